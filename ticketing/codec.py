"""Envelopes to JSON and back: what `messages.content` and `failed_events.raw` hold."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from channels.envelope import (
    Attachment,
    Choice,
    Content,
    DeliveryReceipt,
    DeliveryState,
    Failure,
    FailureReason,
    InboundMessage,
    Kind,
    Location,
    Sender,
    Template,
)
from channels.rendering import clean_text

TEXT_LIMIT = 65_536  # characters; longer texts are cut, no customer wrote them by hand
EXTRA_LIMIT = 262_144  # characters of JSON


def _unusual(value: Any) -> str:
    if isinstance(value, str):
        return str(value)  # a kind of string, which the encoder does not take for one
    raise TypeError(f"A {type(value).__name__} is not JSON.")


# PostgreSQL reads ids without hyphens, and they are shorter.
_encode = msgspec.json.Encoder(enc_hook=_unusual, uuid_format="hex").encode


def rows_as_json(value: Any) -> str:
    """JSON of rows for a statement: ids and times as PostgreSQL reads them, numbers it has no word for as
    null. TypeError for what is no JSON, ValueError for text that is no Unicode.
    """
    return _encode(value).decode()


def stored_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Without what PostgreSQL cannot store, and no longer than `limit` characters."""
    return clean_text(text[:limit])


def optional_text(text: str | None, limit: int = TEXT_LIMIT) -> str | None:
    return None if text is None else stored_text(text, limit)


def stored_json(value: Any) -> Any:
    """JSON that PostgreSQL can store: texts cleaned, and numbers it has no word for as null.

    ValueError for what is no JSON at all.
    """
    if isinstance(value, str):
        return stored_text(value)
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {stored_text(str(key)): stored_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [stored_json(item) for item in value]
    raise ValueError(f"A {type(value).__name__} is not JSON.")


def to_utc(moment: datetime) -> datetime:
    """ValueError for a naive time: nobody knows which hour it was."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be stored.")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def content_to_json(content: Content) -> dict[str, Any]:
    """What is said, without attachments: those are rows of their own."""
    extra = stored_json(content.extra) if content.extra else None
    if extra and len(json.dumps(extra)) > EXTRA_LIMIT:
        raise ValueError(f"The extra part of a message is larger than {EXTRA_LIMIT} characters.")
    stored: dict[str, Any] = {"text": stored_text(content.text)}
    if content.choices:
        stored["choices"] = [_choice_to_json(choice) for choice in content.choices]
    if content.choices_label is not None:
        stored["choices_label"] = stored_text(content.choices_label)
    if content.choice_id is not None:
        stored["choice_id"] = stored_text(content.choice_id)
    if content.location is not None:
        stored["location"] = _location_to_json(content.location)
    if content.template is not None:
        stored["template"] = _template_to_json(content.template)
    if extra:
        stored["extra"] = extra
    return stored


def content_from_json(
    kind: str, stored: Mapping[str, Any], attachments: Iterable[Attachment] = ()
) -> Content:
    location, template = stored.get("location"), stored.get("template")
    return Content(
        kind=Kind(kind),
        text=stored.get("text", ""),
        choices=tuple(
            Choice(choice["id"], choice["title"], choice.get("description"))
            for choice in stored.get("choices", ())
        ),
        choices_label=stored.get("choices_label"),
        choice_id=stored.get("choice_id"),
        location=None if location is None else Location(**location),
        attachments=tuple(attachments),
        template=None
        if template is None
        else Template(
            template["name"],
            template["language"],
            tuple(template["parameters"]),
            template.get("one_time_code"),
        ),
        extra=stored.get("extra", {}),
    )


def _choice_to_json(choice: Choice) -> dict[str, Any]:
    return {
        "id": stored_text(choice.id),
        "title": stored_text(choice.title),
        "description": optional_text(choice.description),
    }


def _location_to_json(location: Location) -> dict[str, Any]:
    latitude, longitude = float(location.latitude), float(location.longitude)
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise ValueError("A location needs a latitude and a longitude.")
    return {
        "latitude": latitude,
        "longitude": longitude,
        "name": optional_text(location.name),
        "address": optional_text(location.address),
    }


def _template_to_json(template: Template) -> dict[str, Any]:
    return {
        "name": stored_text(template.name),
        "language": stored_text(template.language),
        "parameters": [stored_text(parameter) for parameter in template.parameters],
        "one_time_code": optional_text(template.one_time_code),
    }


def failure_to_json(failure: Failure) -> dict[str, Any]:
    return {
        "reason": str(failure.reason),
        "provider_code": optional_text(failure.provider_code, 200),
        "detail": optional_text(failure.detail, 2000),
    }


def event_to_json(event: InboundMessage | DeliveryReceipt) -> dict[str, Any]:
    """Everything the event holds, for `failed_events`. Never raises: what is no JSON is kept as its
    `repr`.
    """
    if isinstance(event, DeliveryReceipt):
        return {
            "type": "receipt",
            "account": _kept(event.account),
            "external_id": _kept(event.external_id),
            "state": str(event.state),
            "at": _kept(event.at),
            "failure": None if event.failure is None else failure_to_json(event.failure),
            "message_id": None if event.message_id is None else str(event.message_id),
        }
    content = event.content
    return {
        "type": "message",
        "account": _kept(event.account),
        "external_id": _kept(event.external_id),
        "sender": {
            "addresses": _kept(event.sender.addresses),
            "name": _kept(event.sender.name),
            "phone": _kept(event.sender.phone),
        },
        "sent_at": _kept(event.sent_at),
        "reply_to": _kept(event.reply_to),
        "kind": str(content.kind),
        "content": _content_kept(content),
        "attachments": [_attachment_kept(attachment) for attachment in content.attachments],
    }


def event_from_json(raw: Mapping[str, Any]) -> InboundMessage | DeliveryReceipt:
    """Back from `event_to_json`, for a replay. KeyError, TypeError or ValueError when it cannot be read."""
    if raw["type"] == "receipt":
        failure = raw["failure"]
        return DeliveryReceipt(
            raw["account"],
            raw["external_id"],
            DeliveryState(raw["state"]),
            datetime.fromisoformat(raw["at"]),
            None
            if failure is None
            else Failure(FailureReason(failure["reason"]), failure["provider_code"], failure["detail"]),
            None if raw["message_id"] is None else UUID(raw["message_id"]),
        )
    sender = raw["sender"]
    attachments = [_attachment_restored(attachment) for attachment in raw["attachments"]]
    return InboundMessage(
        raw["account"],
        raw["external_id"],
        Sender(tuple(sender["addresses"]), sender["name"], sender["phone"]),
        datetime.fromisoformat(raw["sent_at"]),
        content_from_json(raw["kind"], raw["content"], attachments),
        raw["reply_to"],
    )


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    try:
        return stored_json(value)
    except ValueError:
        return stored_text(repr(value))


def _content_kept(content: Content) -> Any:
    try:
        return content_to_json(content)
    except (ValueError, TypeError, AttributeError):
        return {"text": _kept(content.text), "unreadable": stored_text(repr(content))}


def _attachment_kept(attachment: Attachment) -> dict[str, Any]:
    data = attachment.data
    return {
        "kind": str(attachment.kind),
        "content_type": _kept(attachment.content_type),
        "name": _kept(attachment.name),
        "size": attachment.size,
        "reference": _kept(attachment.reference),
        "data": None if data is None else base64.b64encode(data).decode(),
    }


def _attachment_restored(raw: Mapping[str, Any]) -> Attachment:
    return Attachment(
        Kind(raw["kind"]),
        raw["content_type"],
        raw["name"],
        raw["size"],
        raw["reference"],
        None if raw["data"] is None else base64.b64decode(raw["data"]),
    )
