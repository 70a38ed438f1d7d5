"""A browser's words to envelope and back. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from channels.envelope import Attachment, Choice, Content, Kind, Location, ThreadEntry
from channels.webchat.refused import Refused

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
CHOICE_ID_LENGTH = 256
PLACE_NAME_LENGTH = 200
# Storage takes no NUL and no half of a surrogate pair; the other control characters only hide things.
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What a customer may be shown: `pending` has not left yet, `failed` never will.
SHOWN_STATES = frozenset({"sending", "sent", "delivered", "read", "unknown"})


def read_json(raw: str | bytes) -> dict[str, Any]:
    """Refused `unreadable` (400) unless it is one JSON object."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused("unreadable", "The body is not JSON.", status=400) from error
    if not isinstance(body, dict):
        raise Refused("unreadable", "The body is not a JSON object.", status=400)
    return body


def clean(text: str) -> str:
    """Without what no storage takes; line ends made one kind, outer white space gone."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def read_client_id(value: Any) -> str:
    if not isinstance(value, str) or not CLIENT_ID.fullmatch(value):
        raise Refused("bad_client_id", "'client_id' must be 8 to 64 letters, digits, '-' or '_'.")
    return value


def read_position(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise Refused("bad_position", "A position is a whole number, 0 or more.")
    return value


def read_content(body: dict[str, Any], *, text_length: int) -> Content:
    """What a visitor sends: a location, a choice, or text. Refused with the code of what is wrong."""
    if body.get("location") is not None:
        return Content(Kind.LOCATION, location=_location(body["location"]))
    text = _text(body.get("text"), text_length)
    if body.get("choice_id") is not None:
        choice_id = body["choice_id"]
        if not isinstance(choice_id, str) or not clean(choice_id) or len(choice_id) > CHOICE_ID_LENGTH:
            raise Refused("bad_choice", "'choice_id' must be the id of a button.")
        return Content(Kind.CHOICE, text=text, choice_id=clean(choice_id))
    if not text:
        raise Refused("empty", "There is nothing in this message.")
    return Content(Kind.TEXT, text=text)


def _text(value: Any, text_length: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused("unreadable", "'text' must be a string.")
    text = clean(value)
    if len(text) > text_length:
        raise Refused("text_too_long", f"A message has at most {text_length} characters.", status=413)
    return text


def _location(value: Any) -> Location:
    if not isinstance(value, dict):
        raise Refused("bad_location", "'location' must have 'latitude' and 'longitude'.")
    return Location(
        latitude=_degrees(value.get("latitude"), 90),
        longitude=_degrees(value.get("longitude"), 180),
        name=_place(value.get("name")),
        address=_place(value.get("address")),
    )


def _degrees(value: Any, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused("bad_location", "Latitude and longitude must be numbers.")
    if not abs(value) <= most:  # so put, NaN is refused too
        raise Refused("bad_location", "Latitude or longitude is not on Earth.")
    return float(value)


def _place(value: Any) -> str | None:
    return clean(value)[:PLACE_NAME_LENGTH] or None if isinstance(value, str) else None


def is_shown(entry: ThreadEntry) -> bool:
    return entry.direction == "inbound" or entry.state in SHOWN_STATES


def widget_message(entry: ThreadEntry, visitor: str) -> dict[str, Any]:
    """`WidgetMessage` of docs/api.md."""
    content = entry.content
    mine, _, client_id = (entry.external_id or "").partition(":")
    return {
        "id": str(entry.message_id),
        "position": entry.position,
        "direction": entry.direction,
        "author": entry.author,
        "author_name": entry.author_name,
        "text": content.text,
        "choices": [_choice(choice) for choice in content.choices],
        "choice_id": content.choice_id,
        "location": _location_json(content.location),
        "attachments": [_attachment(attachment) for attachment in content.attachments],
        "client_id": client_id if entry.direction == "inbound" and mine == visitor else None,
        "state": entry.state,
        "at": entry.at.isoformat(),
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {"id": choice.id, "title": choice.title, "description": choice.description}


def _location_json(location: Location | None) -> dict[str, Any] | None:
    if location is None:
        return None
    return {
        "latitude": location.latitude,
        "longitude": location.longitude,
        "name": location.name,
        "address": location.address,
    }


def _attachment(attachment: Attachment) -> dict[str, Any]:
    """`id` is null until the desk has the bytes."""
    return {
        "id": (attachment.reference or {}).get("attachment_id"),
        "kind": attachment.kind.value,
        "content_type": attachment.content_type,
        "name": attachment.name,
        "size": attachment.size,
    }
