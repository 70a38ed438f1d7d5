"""Reads the loopback provider's updates. Pure: no clock, no network.

{"events": [
  {"type": "message", "id": "m1", "from": "amina", "at": "2026-11-23T10:00:00+00:00", "text": "Salam",
   "name": "Amina", "phone": "+212600000001", "choice_id": null, "reply_to": null,
   "location": {"latitude": 33.5, "longitude": -7.6}, "files": [{"id": "f1", "content_type": "image/png"}]},
  {"type": "receipt", "id": "p1", "state": "delivered", "at": "…", "message_id": "<our id>"}]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from channels.envelope import (
    MEDIA_KINDS,
    Attachment,
    Broken,
    Content,
    DeliveryReceipt,
    DeliveryState,
    Ignored,
    InboundEvent,
    InboundMessage,
    Kind,
    Location,
    Sender,
)
from channels.errors import AnomalousPayload
from channels.rendering import clean_text


def parse(account: str, body: Any) -> Iterator[InboundEvent]:
    """Every event of a body, each on its own: a broken one does not take its neighbours with it.

    AnomalousPayload when the body is not a loopback update at all.
    """
    if not isinstance(body, dict) or not isinstance(body.get("events"), list):
        raise AnomalousPayload("This is not a loopback update.")
    for event in body["events"]:
        try:
            yield _event(account, event)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            yield Broken(account, f"{type(error).__name__}: {error}", {"events": [event]})


def _event(account: str, event: Mapping[str, Any]) -> InboundEvent:
    match event["type"]:
        case "message":
            return _message(account, event)
        case "receipt":
            return _receipt(account, event)
        case other:
            return Ignored(account, f"type {other}")


def _message(account: str, event: Mapping[str, Any]) -> InboundMessage:
    return InboundMessage(
        account=account,
        external_id=_identifier(event["id"]),
        sender=Sender((_identifier(event["from"]),), _text(event.get("name")) or None, event.get("phone")),
        sent_at=_instant(event["at"]),
        content=_content(event),
        reply_to=event.get("reply_to"),
    )


def _content(event: Mapping[str, Any]) -> Content:
    text = _text(event.get("text"))
    if event.get("choice_id"):
        return Content(kind=Kind.CHOICE, text=text, choice_id=str(event["choice_id"]))
    if event.get("location"):
        place = event["location"]
        location = Location(float(place["latitude"]), float(place["longitude"]), place.get("name"))
        return Content(kind=Kind.LOCATION, text=text, location=location)
    files = tuple(_file(file) for file in event.get("files") or ())
    return Content(kind=files[0].kind if files else Kind.TEXT, text=text, attachments=files)


def _file(file: Mapping[str, Any]) -> Attachment:
    content_type = _text(file["content_type"])
    family = content_type.partition("/")[0]
    kind = Kind(family) if family in MEDIA_KINDS else Kind.DOCUMENT
    return Attachment(kind, content_type, file.get("name"), file.get("size"), {"id": _identifier(file["id"])})


def _receipt(account: str, event: Mapping[str, Any]) -> DeliveryReceipt:
    return DeliveryReceipt(
        account=account,
        external_id=_identifier(event["id"]),
        state=DeliveryState(event["state"]),
        at=_instant(event["at"]),
        message_id=UUID(event["message_id"]) if event.get("message_id") else None,
    )


def _instant(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC)


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not (cleaned := clean_text(value).strip()):
        raise ValueError("an empty identifier")
    return cleaned


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError("text that is not a string")
    return clean_text(value or "")
