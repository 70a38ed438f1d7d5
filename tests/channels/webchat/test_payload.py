"""Reading what a browser says: odd input has a code, and nothing reaches storage that it cannot hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.envelope import Attachment, Choice, Content, Kind, Location, ThreadEntry
from channels.webchat.payload import (
    clean,
    read_client_id,
    read_content,
    read_json,
    read_position,
    widget_message,
)
from channels.webchat.refused import Refused


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "empty"),
        ({"text": "   \n "}, "empty"),
        ({"text": "\x00\x07"}, "empty"),
        ({"text": 5}, "unreadable"),
        ({"text": ["a"]}, "unreadable"),
        ({"text": "x" * 41}, "text_too_long"),
        ({"choice_id": ""}, "bad_choice"),
        ({"choice_id": 7, "text": "a"}, "bad_choice"),
        ({"choice_id": "x" * 257}, "bad_choice"),
        ({"location": "here"}, "bad_location"),
        ({"location": {}}, "bad_location"),
        ({"location": {"latitude": True, "longitude": 1}}, "bad_location"),
        ({"location": {"latitude": 91, "longitude": 1}}, "bad_location"),
        ({"location": {"latitude": 1, "longitude": -180.5}}, "bad_location"),
        ({"location": {"latitude": float("nan"), "longitude": 1}}, "bad_location"),
        ({"location": {"latitude": 10**400, "longitude": 1}}, "bad_location"),
    ],
)
def test_what_cannot_be_taken_has_a_code(body: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_content(body, text_length=40)
    assert refused.value.code == code


def test_text_choice_and_location() -> None:
    assert read_content({"text": " سلام \r\nخويا "}, text_length=40) == Content(Kind.TEXT, text="سلام \nخويا")
    choice = read_content({"choice_id": "bill", "text": "فاتورتي"}, text_length=40)
    assert (choice.kind, choice.choice_id, choice.text) == (Kind.CHOICE, "bill", "فاتورتي")
    place = read_content(
        {"location": {"latitude": 32, "longitude": -8.5, "name": " Zemamra\x00 "}}, text_length=40
    )
    assert place.location == Location(32.0, -8.5, name="Zemamra")


@pytest.mark.parametrize(
    "value", [None, 5, "", "short", "x" * 65, "with space here", "لالالالالا", "a:b:c:d:e", "a\x00bcdefgh"]
)
def test_client_ids_are_plain(value: Any) -> None:
    with pytest.raises(Refused, match="client_id"):
        read_client_id(value)


@pytest.mark.parametrize("value", [-1, 1.5, True, "x", "", "-1", "٣", 2**63, "9" * 30, None])
def test_positions_are_whole_numbers(value: Any) -> None:
    with pytest.raises(Refused, match="position"):
        read_position(value)


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '"a"', "[" * 100_000, b"\xff\xfe\x00"])
def test_only_one_json_object_is_read(raw: str | bytes) -> None:
    with pytest.raises(Refused) as refused:
        read_json(raw)
    assert (refused.value.code, refused.value.status) == ("unreadable", 400)


@given(st.text(st.characters(), max_size=200))
def test_clean_text_can_be_stored_and_is_stable(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")  # no half surrogate pair is left
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned


@given(
    st.dictionaries(
        st.sampled_from(["text", "choice_id", "location"]),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=50),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["latitude", "longitude", "name"]), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_any_object_is_taken_or_refused(body: dict[str, Any]) -> None:
    try:
        content = read_content(body, text_length=40)
    except Refused:
        return
    assert content.text or content.location or content.choice_id


def test_what_the_widget_is_told() -> None:
    attachment = Attachment(Kind.IMAGE, "image/png", "a.png", 3, {"attachment_id": "42"})
    entry = ThreadEntry(
        message_id=uuid4(),
        position=7,
        direction="inbound",
        author="customer",
        author_name=None,
        content=Content(Kind.IMAGE, text="x", choices=(Choice("a", "A"),), attachments=(attachment,)),
        state=None,
        external_id="me:0123456789",
        at=datetime(2026, 11, 23, tzinfo=UTC),
    )
    told = widget_message(entry, "me")
    assert told["client_id"] == "0123456789"
    assert widget_message(entry, "another")["client_id"] is None
    assert told["at"] == "2026-11-23T00:00:00+00:00"
    assert told["attachments"] == [
        {"id": "42", "kind": "image", "content_type": "image/png", "name": "a.png", "size": 3}
    ]
    json.dumps(told)
