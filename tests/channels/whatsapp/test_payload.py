"""Reading webhooks: batches, broken parts, people without a telephone number, text no database takes."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.envelope import (
    Broken,
    DeliveryReceipt,
    DeliveryState,
    FailureReason,
    Ignored,
    InboundEvent,
    InboundMessage,
    Kind,
)
from channels.errors import AnomalousPayload
from channels.whatsapp.payload import parse
from tests.channels.whatsapp.bodies import NUMBER, body, status, text, value


def read(whole: Any) -> list[InboundEvent]:
    return list(parse("whatsapp-main", NUMBER, whole))


def one(whole: Any) -> Any:
    (event,) = read(whole)
    return event


def test_a_body_is_walked_whole() -> None:
    entries = []
    for entry in range(3):
        first = value([text(f"m-{entry}-0-{n}") for n in range(4)], [status(f"s-{entry}", "sent")])
        second = value([text(f"m-{entry}-1-{n}") for n in range(4)])
        entries += body(first, second)["entry"]
    entries[0]["changes"].append(
        {"field": "messages", "value": value([], [status("s-a", "read"), status("s-b", "read")])}
    )
    events = read({"object": "whatsapp_business_account", "entry": entries})
    messages = [event.external_id for event in events if isinstance(event, InboundMessage)]
    assert len(set(messages)) == 24
    assert sum(isinstance(event, DeliveryReceipt) for event in events) == 5


BROKEN: list[Any] = [
    {"from": "1", "id": "x", "type": "text", "timestamp": "1795430400"},  # no text
    {"from": "1", "id": "x", "type": "text", "timestamp": "soon", "text": {"body": "a"}},
    {"from": "1", "id": "x", "type": "text", "timestamp": "99999999999999999", "text": {"body": "a"}},
    {"from": "1", "id": "", "type": "text", "timestamp": "1795430400", "text": {"body": "a"}},
    {"from": "1", "id": "x", "type": "text", "timestamp": "1795430400", "text": {"body": 5}},
    {"id": "x", "type": "text", "timestamp": "1795430400", "text": {"body": "nobody wrote this"}},
    {
        "from": "1",
        "id": "x",
        "type": "location",
        "timestamp": "1795430400",
        "location": {"latitude": 91, "longitude": 0},
    },
    {"from": "1", "id": "x", "type": "image", "timestamp": "1795430400", "image": {"mime_type": "image/png"}},
    {"from": "1", "id": "x", "type": {"a": 1}, "timestamp": "1795430400"},
    None,
    7,
    "text",
    [],
]


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_broken_message_spares_its_neighbours_and_stays_readable_later(broken: Any) -> None:
    events = read(body(value([text("before"), broken, text("after")], [status("s", "sent")])))
    kinds = [type(event) for event in events]
    assert kinds == [InboundMessage, Broken, InboundMessage, DeliveryReceipt]
    (kept,) = [event for event in events if isinstance(event, Broken)]
    assert kept.reason
    # What was kept is a body again, with the broken part alone: repaired, it can be read.
    (message,) = kept.raw["entry"][0]["changes"][0]["value"]["messages"]
    assert message == broken
    kept.raw["entry"][0]["changes"][0]["value"]["messages"] = [text("repaired")]
    assert one(kept.raw).external_id == "repaired"


@pytest.mark.parametrize(
    "whole",
    [
        {"object": "whatsapp_business_account", "entry": [5]},
        {"object": "whatsapp_business_account", "entry": [{"id": "1"}]},
        body() | {"entry": [{"id": "1", "changes": ["x"]}]},
        body() | {"entry": [{"id": "1", "changes": [{"field": "messages", "value": None}]}]},
        body({"messages": [text("a")]}),
        body(value() | {"messages": {"0": text("a")}}),
    ],
    ids=str,
)
def test_broken_surroundings_are_kept(whole: Any) -> None:
    good = body(value([text("good")]))["entry"]
    events = read(whole | {"entry": whole["entry"] + good})
    assert [type(event) for event in events if not isinstance(event, Ignored)] == [Broken, InboundMessage]


def test_a_broken_status_spares_its_neighbours() -> None:
    events = read(body(value([], [status("a", "sent"), {"status": "read"}, status("b", "read")])))
    assert [type(event) for event in events] == [DeliveryReceipt, Broken, DeliveryReceipt]


@pytest.mark.parametrize("whole", [None, [], {}, {"object": "page", "entry": []}, body() | {"entry": "x"}])
def test_what_is_not_a_whatsapp_webhook_is_refused(whole: Any) -> None:
    with pytest.raises(AnomalousPayload):
        read(whole)


@pytest.mark.parametrize(
    "whole",
    [
        body(value([text("a")], number="1")),  # another number of ours at the same address
        body({"anything": 1}, field="account_update"),
        body(value(errors=[{"code": 131000}])),
        body(value([], [status("a", "deleted")])),
        body(value([text("a") | {"type": "request_welcome"}])),
    ],
    ids=str,
)
def test_known_and_left_alone(whole: Any) -> None:
    assert isinstance(one(whole), Ignored)


CONTACT = {"profile": {"name": "Amina"}, "wa_id": "212600000001", "user_id": "MA.111"}
OTHER = {"profile": {"name": "Brahim"}, "user_id": "MA.222"}


@pytest.mark.parametrize(
    ("message", "addresses", "name", "phone"),
    [
        (text("a"), ("212600000001", "MA.111"), "Amina", "+212600000001"),
        (text("a", from_user_id="MA.111"), ("212600000001", "MA.111"), "Amina", "+212600000001"),
        (text("a", sender="", from_user_id="MA.222"), ("MA.222",), "Brahim", None),
        (text("a", sender="", from_user_id="MA.333"), ("MA.333",), None, None),
        (text("a", sender="212600000009"), ("212600000009",), None, "+212600000009"),
    ],
)
def test_who_wrote(message: Any, addresses: tuple[str, ...], name: str | None, phone: str | None) -> None:
    sender = one(body(value([message], contacts=[CONTACT, OTHER]))).sender
    assert (sender.addresses, sender.name, sender.phone) == (addresses, name, phone)


def test_a_lone_contact_is_the_sender() -> None:
    nameless = {key: item for key, item in text("a").items() if key != "from"}
    assert one(body(value([nameless], contacts=[OTHER]))).sender.addresses == ("MA.222",)


def interactive(kind: str, reply: Any) -> dict[str, Any]:
    return text("a") | {"type": "interactive", "interactive": {"type": kind, kind: reply}}


@pytest.mark.parametrize(
    ("message", "kind", "words", "choice_id"),
    [
        (interactive("button_reply", {"id": "yes", "title": "نعم"}), Kind.CHOICE, "نعم", "yes"),
        (
            interactive("list_reply", {"id": "r1", "title": "Souk", "description": "d"}),
            Kind.CHOICE,
            "Souk",
            "r1",
        ),
        (
            text("a") | {"type": "button", "button": {"payload": "stop", "text": "Arrêter"}},
            Kind.CHOICE,
            "Arrêter",
            "stop",
        ),
        (
            interactive(
                "nfm_reply", {"name": "flow", "response_json": '{"meter": "123", "flow_token": "t"}'}
            ),
            Kind.TEXT,
            "meter: 123",
            None,
        ),
        (
            interactive("call_permission_reply", {}),
            Kind.UNSUPPORTED,
            "[interactive call_permission_reply]",
            None,
        ),
        (
            text("a")
            | {"type": "system", "system": {"body": "Amina changed number", "wa_id": "212600000002"}},
            Kind.SYSTEM,
            "Amina changed number",
            None,
        ),
        (
            text("a") | {"type": "revoke", "revoke": {"original_message_id": "m"}},
            Kind.UNSUPPORTED,
            "[message deleted by its sender]",
            None,
        ),
        (text("a") | {"type": "hologram"}, Kind.UNSUPPORTED, "[hologram]", None),
        (
            text("a") | {"type": "image", "image": None, "errors": [{"code": 131052}]},
            Kind.UNSUPPORTED,
            "[image]",
            None,
        ),
    ],
)
def test_kinds(message: Any, kind: Kind, words: str, choice_id: str | None) -> None:
    content = one(body(value([message]))).content
    assert (content.kind, content.text, content.choice_id) == (kind, words, choice_id)


def test_a_receipt_settles_our_own_message() -> None:
    message_id = uuid4()
    receipt = one(body(value([], [status("w", "delivered", biz_opaque_callback_data=str(message_id))])))
    assert (receipt.state, receipt.message_id) == (DeliveryState.DELIVERED, message_id)


@pytest.mark.parametrize(
    ("errors", "reason", "code"),
    [
        ([{"code": 131047, "error_data": {"details": "24 hours"}}], FailureReason.WINDOW_CLOSED, "131047"),
        ([{"code": 131026, "title": "undeliverable"}], FailureReason.RECIPIENT_UNREACHABLE, "131026"),
        ([{"code": 131031}], FailureReason.ACCOUNT_REJECTED, "131031"),
        ([{"code": 999999}], FailureReason.OTHER, "999999"),
        ([], FailureReason.OTHER, None),
        (None, FailureReason.OTHER, None),
        ("odd", FailureReason.OTHER, None),
    ],
)
def test_why_it_failed(errors: Any, reason: FailureReason, code: str | None) -> None:
    failure = one(body(value([], [status("w", "failed", errors=errors)]))).failure
    assert (failure.reason, failure.provider_code) == (reason, code)


def test_what_no_database_takes_is_cleaned() -> None:
    words = json.loads(r'"a\u0000b\ud800c"')
    contacts = [{"profile": {"name": words}, "wa_id": "212600000001"}]
    message = one(body(value([text("m", words=words)], contacts=contacts)))
    assert (message.content.text, message.sender.name) == ("ab�c", "ab�c")
    # Also in what is kept raw, and with numbers that are not in JSON.
    broken = text("m", words=words) | {"timestamp": words, "odd": float("inf"), words: words}
    raw = json.dumps(one(body(value([broken]))).raw, allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in raw
    raw.encode("utf-8")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "id",
        "from",
        "from_user_id",
        "timestamp",
        "type",
        "text",
        "context",
        "errors",
        "interactive",
        "image",
        "system",
    ]
)
TYPES = st.sampled_from(
    [
        "text",
        "image",
        "interactive",
        "button",
        "location",
        "contacts",
        "order",
        "reaction",
        "system",
        "unsupported",
    ]
)


@given(st.dictionaries(FIELDS | TYPES, JSON, max_size=6), TYPES | JSON)
def test_whatever_comes_is_an_event_and_never_an_exception(fields: dict[str, Any], kind: Any) -> None:
    events = read(body(value([text("a"), text("b") | fields | {"type": kind}, text("c")])))
    assert len(events) == 3
    assert [event.external_id for event in (events[0], events[2]) if isinstance(event, InboundMessage)] == [
        "a",
        "c",
    ]
