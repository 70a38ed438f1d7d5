"""A circuit breaker: after several failures in a row, stop asking for a while, then try once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class CircuitBreaker:
    """Opens after `threshold` consecutive failures, for `pause` seconds; then lets one probe through.

    `clock` is monotonic seconds. Not for use from several threads.
    """

    threshold: int
    pause: float
    clock: Callable[[], float]
    _failures: int = field(default=0, init=False)
    _closed_until: float = field(default=0.0, init=False)  # while open: when to probe
    _probing: bool = field(default=False, init=False)

    def allows(self) -> bool:
        """Tell whether to ask now. Who is let through must report `succeeded`, `failed` or `left`."""
        if self._failures < self.threshold:
            return True
        if self._probing or self.clock() < self._closed_until:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failures = 0
        self._probing = False

    def failed(self) -> None:
        self._failures += 1
        self._probing = False
        self._closed_until = self.clock() + self.pause

    def left(self) -> None:
        """The caller was cancelled before it knew."""
        self._probing = False
