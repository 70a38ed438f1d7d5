"""Python's collector of reference cycles, tuned for a process that serves."""

from __future__ import annotations

import gc

# Objects made, less those freed, before the youngest are looked through. A request's objects are freed by
# counting references; looking through them at every 700th, as the interpreter does, found nothing.
YOUNGEST = 20_000
GENERATIONS = 20


def spare_the_collector() -> None:
    """Call once everything is loaded: what lives as long as the process is never looked through again.

    On the path of webhooks this takes a tenth of the processor's time and halves the longest answers, which
    had waited for a look through everything.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, GENERATIONS, GENERATIONS)
