"""Every captured update is read as something a person can read. A file without an expectation fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.envelope import DeliveryReceipt, DeliveryState, FailureReason, InboundMessage, Kind
from channels.whatsapp.payload import parse

UPDATES = Path(__file__).parent / "updates"
Check = Callable[[Any], object]

MESSAGES: dict[str, tuple[Kind, Check]] = {
    "text": (Kind.TEXT, lambda m: m.content.text == "Body Text"),
    "image": (Kind.IMAGE, lambda m: m.content.attachments[0].reference["media_id"] == "65463453"),
    "media_with_url": (Kind.IMAGE, lambda m: m.content.attachments[0].content_type == "image/jpeg"),
    "video": (Kind.VIDEO, lambda m: m.content.text == "caption" and m.content.extra["forwarded"]),
    "document": (Kind.DOCUMENT, lambda m: m.content.attachments[0].name == "filename.pdf"),
    "audio": (Kind.AUDIO, lambda m: "voice" not in m.content.extra),
    "voice": (Kind.AUDIO, lambda m: m.content.extra["voice"]),
    "static_sticker": (Kind.STICKER, lambda m: "animated" not in m.content.extra),
    "animated_sticker": (Kind.STICKER, lambda m: m.content.extra["animated"]),
    "reaction": (Kind.REACTION, lambda m: m.content.text == "😮" and m.reply_to == "wamid.yzxyzx="),
    "unreaction_empty": (
        Kind.REACTION,
        lambda m: m.content.extra["removed"] and m.reply_to == "wamid.yzxyzx=",
    ),
    "unreaction_no_emoji": (Kind.REACTION, lambda m: m.content.extra["removed"]),
    "current_location": (Kind.LOCATION, lambda m: m.content.location.latitude == 12.25089),
    "chosen_location": (Kind.LOCATION, lambda m: m.content.text.startswith("Facebook HQ, 1 Hacker Way")),
    "contacts": (Kind.CONTACTS, lambda m: m.content.text.splitlines()[0] == "Chandler Bing: +1 555-555-5555"),
    "order": (Kind.ORDER, lambda m: m.content.text.splitlines()[0] == "HAMBURGER × 3 (30 ILS)"),
    "unsupported": (Kind.UNSUPPORTED, lambda m: m.content.text == "[unsupported]"),
    "unsupported_with_type": (Kind.UNSUPPORTED, lambda m: m.content.text == "[unsupported pool]"),
    "reply": (Kind.TEXT, lambda m: m.reply_to == "wamid.xyzxyz=="),
    "forwarded": (Kind.TEXT, lambda m: m.content.extra["forwarded"] and m.reply_to is None),
    "forwarded_many_times": (Kind.TEXT, lambda m: m.content.extra["forwarded"]),
    "interactive_message_with_err": (Kind.UNSUPPORTED, lambda m: m.content.extra["errors"]),
    "referral": (Kind.TEXT, lambda m: m.content.extra["referral"]["headline"] == "AD_TITLE"),
}
STATUSES: dict[str, tuple[DeliveryState, Check]] = {
    "sent": (DeliveryState.SENT, lambda r: r.external_id == "wamid.xyzxyz"),
    "delivered": (DeliveryState.DELIVERED, lambda r: r.failure is None),
    "read": (DeliveryState.READ, lambda r: r.at.year == 2023),
    "played": (DeliveryState.READ, lambda r: r.at.tzinfo is not None),
    "failed": (DeliveryState.FAILED, lambda r: r.failure.reason is FailureReason.POLICY),
    "with_tracker": (DeliveryState.SENT, lambda r: r.message_id is None),  # another program's tracker
    "group": (DeliveryState.READ, lambda r: r.external_id == "<WHATSAPP_MESSAGE_ID>"),
}


def captured(name: str) -> dict[str, Any]:
    updates: dict[str, Any] = json.loads((UPDATES / name).read_text("utf-8"))
    return updates


def read(update: dict[str, Any]) -> Any:
    number = update["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"]
    (event,) = parse("whatsapp-main", number, update)
    return event


def test_every_captured_update_has_an_expectation() -> None:
    assert {path.name for path in UPDATES.iterdir()} == {"message.json", "message_status.json"}
    assert set(captured("message.json")) == set(MESSAGES)
    assert set(captured("message_status.json")) == set(STATUSES)


@pytest.mark.parametrize("name", MESSAGES)
def test_captured_messages(name: str) -> None:
    event = read(captured("message.json")[name])
    kind, check = MESSAGES[name]
    assert isinstance(event, InboundMessage)
    assert event.content.kind is kind
    assert check(event)
    assert event.content.text or event.content.attachments or event.content.location
    assert event.sender.addresses == ("972987654321", "US.13491208655302741918")
    assert (event.sender.name, event.sender.phone) == ("Test Name", "+972987654321")
    json.dumps(event.content.extra)


@pytest.mark.parametrize("name", STATUSES)
def test_captured_statuses(name: str) -> None:
    event = read(captured("message_status.json")[name])
    state, check = STATUSES[name]
    assert isinstance(event, DeliveryReceipt)
    assert event.state is state
    assert check(event)
