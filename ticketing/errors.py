"""What the desk refuses, and with which status. One middleware renders them; nobody else picks a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class DeskError(Exception):
    """Root of what the desk refuses. `code` is stable and translated by interfaces; the message is
    English.
    """

    status: ClassVar[int] = 500

    def __init__(self, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})


class NotFound(DeskError):
    """It is not there, or not for this agent's eyes."""

    status = 404


class Forbidden(DeskError):
    status = 403


class Conflict(DeskError):
    """Someone was faster, or the state forbids it."""

    status = 409


class Invalid(DeskError):
    """Well-formed, but not acceptable."""

    status = 422


class Busy(DeskError):
    """The desk cannot store it now; whoever sent it keeps it and comes again."""

    status = 503

    def __init__(self, message: str = "The desk cannot store messages at the moment.") -> None:
        super().__init__("busy", message)
