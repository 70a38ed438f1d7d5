"""Reading updates: what is broken is kept alone, whatever it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.envelope import Broken, InboundMessage
from channels.errors import AnomalousPayload
from channels.telegram.payload import Reading, parse, parse_batch, pressed
from tests.channels.telegram.bodies import AMINA, PRIVATE, message, update

READING = Reading("telegram", 7000000001, "srm_cs_bot", "addressed")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NESTED: Any = message()
for _ in range(3000):
    NESTED = {**message(), "reply_to_message": NESTED}


@pytest.mark.parametrize(
    "body", [None, [], "x", 3, {}, {"update_id": "1"}, {"update_id": True}, {"message": {}}]
)
def test_what_is_no_update_is_refused(body: Any) -> None:
    with pytest.raises(AnomalousPayload):
        list(parse(READING, body, NOW))


@pytest.mark.parametrize(
    "told",
    [
        5,
        None,
        {},
        {"message_id": 1},
        message(text=5),
        message() | {"chat": {"id": "4567", "type": "private"}},
        message() | {"from": AMINA | {"id": "4567"}},
        message() | {"date": "yesterday"},
        message() | {"date": 10**20},
        message(location={"latitude": 91, "longitude": 0}),
        message(location={"latitude": float("nan"), "longitude": 0}),
        message(photo=[]),
        message(photo="x"),
        message(voice={"file_id": ""}),
        NESTED,
    ],
    ids=range(15),
)
def test_a_broken_message_is_kept_raw_and_its_neighbours_are_read(told: Any) -> None:
    batch = [update(1), {"update_id": 2, "message": told}, "not an update", update(3)]
    events = list(parse_batch(READING, batch, NOW))
    kinds = [InboundMessage, Broken, Broken, InboundMessage]
    assert [type(event) for event in events] == kinds
    assert isinstance(events[1], Broken)
    assert events[1].reason
    json.dumps(events[1].raw, allow_nan=False)
    assert events[1].raw["update_id"] == 2


@pytest.mark.parametrize(
    "words", ["", " ", "a\x00b", "\ud83d", "ـ" * 5000, "👩‍👩‍👧‍👦", "<script>", "'; DROP TABLE"]
)
def test_any_text_can_be_stored(words: str) -> None:
    (event,) = parse(READING, update(1, **message(text=words)), NOW)
    assert isinstance(event, InboundMessage)
    assert "\x00" not in event.content.text
    event.content.text.encode()


NAMES = st.sampled_from(["text", "chat", "from", "message_id", "date", "photo", "voice", "id", "type", "x"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=20)


@given(JSON)
def test_no_message_breaks_the_parser(told: Any) -> None:
    whole = {"chat": PRIVATE, "from": told}
    for content in (told, message() | {"text": told}, message() | {"reply_to_message": told}, whole):
        (event,) = parse(READING, {"update_id": 1, "message": content}, NOW)
        json.dumps(getattr(event, "raw", None), allow_nan=False)


def test_a_pressed_button_is_found_even_when_the_rest_is_broken() -> None:
    assert pressed({"update_id": 1, "callback_query": {"id": "77"}}) == "77"
    for other in (None, {}, {"callback_query": 5}, {"callback_query": {"id": 5}}, update()):
        assert pressed(other) is None
