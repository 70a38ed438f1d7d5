"""A request of a browser that is not carried out, with the code the widget translates."""

from __future__ import annotations


class Refused(Exception):
    """`code` is stable, `status` honest; `retry_after` in seconds when the same request may come again."""

    def __init__(self, code: str, message: str, *, status: int = 422, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after = retry_after
