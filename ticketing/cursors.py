"""Where the next page of a list begins: opaque to whoever carries it, checked when it comes back.

    BY_NAME: Cursor[str, UUID] = Cursor("people", str, UUID)

    next_cursor = BY_NAME.make(last.name, last.id) if more else None
    name, after = BY_NAME.read(query.cursor)

A cursor names its list, so that one of another list is refused instead of misread. It is not signed: it says
nothing beyond the sort keys of a row that its bearer was shown, and every page asks for permissions anew.
"""

from __future__ import annotations

import base64
from typing import Any, Final, Generic, TypeVarTuple

from pydantic import TypeAdapter

from ticketing.errors import Invalid

LONGEST: Final = 1000  # characters
LARGEST: Final = 2**63  # of a whole number in the database

KeysT = TypeVarTuple("KeysT")


class Cursor(Generic[*KeysT]):
    """The cursor of one list, sorted one way. `keys` are the types of its sort keys (`str | None`, too)."""

    def __init__(self, name: str, *keys: Any) -> None:
        self.name = name
        self._keys: TypeAdapter[Any] = TypeAdapter(tuple[keys])  # type: ignore[valid-type]

    def make(self, *values: *KeysT) -> str:
        """The cursor after a row with these sort keys."""
        raw = self._keys.dump_json(values).decode()
        return base64.urlsafe_b64encode(f"{self.name} {raw}".encode()).decode().rstrip("=")

    def read(self, cursor: str) -> tuple[*KeysT]:
        """The sort keys of the last row of the page before. Raises Invalid for what `make` did not make."""
        try:
            values: tuple[*KeysT] = self._values(cursor)
        except ValueError as error:  # binascii's, unicode's and pydantic's errors are some
            fields = {"cursor": "unreadable"}
            raise Invalid("invalid", "This cursor is none of this list's.", fields) from error
        return values

    def _values(self, cursor: str) -> Any:
        if len(cursor) > LONGEST:
            raise ValueError("too long")
        padded = (cursor + "=" * (-len(cursor) % 4)).encode("ascii")
        name, _, raw = base64.b64decode(padded, b"-_", validate=True).decode().partition(" ")
        if name != self.name:
            raise ValueError("made for another list")
        values = self._keys.validate_json(raw)
        # What a crafted one could hold and the database cannot take.
        if any(isinstance(value, str) and "\x00" in value for value in values):
            raise ValueError("no text of ours")
        if any(isinstance(value, int) and abs(value) >= LARGEST for value in values):
            raise ValueError("no number of ours")
        return values
