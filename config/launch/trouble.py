"""What stops a command, told in one clear sentence."""

from __future__ import annotations

import errno
import re

NETWORK_SIGNS = re.compile(
    r"dns error|failed to lookup|name resolution|could not resolve|not known|ENOTFOUND|EAI_AGAIN|ETIMEDOUT"
    r"|ECONNREFUSED|ECONNRESET|ENETUNREACH|network is unreachable|error sending request|connection refused"
    r"|connection timed out|NewConnectionError|tunnel error|proxyconnect|operation timed out"
    r"|CERTIFICATE_VERIFY",
    re.IGNORECASE,
)
DISK_SIGNS = re.compile(r"No space left on device|ENOSPC|os error 28|Disk quota exceeded", re.IGNORECASE)


class Trouble(Exception):
    """The command cannot go on.

    `sentence` is for the person at the terminal; `details` are lines that help (the end of a log), or "".
    """

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class Stopped(Exception):
    """Somebody pressed Ctrl-C or asked us to end: not an error."""


def from_system(error: OSError) -> Trouble:
    """What the system refused us (no space, no permission), in a sentence."""
    place = f" ({error.filename})" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Trouble(f"The disk is full{place}: free some space and start again.")
    return Trouble(f"The system refused: {error.strerror or error}{place}.")


def explain(title: str, exit_code: int, output: str, log: str) -> Trouble:
    """Make the trouble of a failed step from what its program printed.

    `title` is what was being done ("installing the desk's packages"), `output` the end of the program's
    output, `log` where all of it can be read.
    """
    if DISK_SIGNS.search(output):
        return Trouble(f"The disk is full ({title}): free some space and start again; details are in {log}.")
    if NETWORK_SIGNS.search(output):
        return Trouble(
            f"The package index cannot be reached ({title}): check the network and proxy settings, "
            f"then start again; details are in {log}."
        )
    last_lines = "\n".join(output.rstrip().splitlines()[-12:])
    return Trouble(
        f"This step failed with exit code {exit_code}: {title}; its output is in {log}.", last_lines
    )
