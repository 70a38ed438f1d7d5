"""Cursors come back as they were made, and nothing else is taken for one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.cursors import LONGEST, Cursor
from ticketing.errors import Invalid

ONE: Cursor[str, UUID] = Cursor("one", str, UUID)
TIMES: Cursor[datetime | None, int] = Cursor("times", datetime | None, int)
NOBODY = UUID(int=0)

names = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=150)
moments = st.none() | st.datetimes(timezones=st.just(UTC))


def crafted(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(names, st.uuids(), moments, st.integers(-(2**62), 2**62))
def test_what_was_made_is_read(name: str, number: UUID, at: datetime | None, count: int) -> None:
    assert ONE.read(ONE.make(name, number)) == (name, number)
    assert TIMES.read(TIMES.make(at, count)) == (at, count)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_what_was_not_made_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        ONE.read(text)


@pytest.mark.parametrize(
    "text",
    [
        TIMES.make(None, 1),
        Cursor("other", str, UUID).make("a", NOBODY),
        crafted(f'one ["\\u0000", "{NOBODY}"]'),
        crafted('one ["a"]'),
        crafted("one"),
        ONE.make("a", NOBODY) + "é",
        ONE.make("a" * LONGEST, NOBODY),
    ],
)
def test_foreign_cursors(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        ONE.read(text)
    assert refused.value.fields == {"cursor": "unreadable"}


def test_numbers_that_no_column_holds() -> None:
    with pytest.raises(Invalid):
        TIMES.read(crafted(f"times [null, {2**63}]"))
