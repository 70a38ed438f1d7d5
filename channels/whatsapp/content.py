"""What one inbound WhatsApp message says. Every kind becomes something a person can read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from channels.envelope import Attachment, Content, Kind, Location
from channels.rendering import clean_text, storable

_MEDIA = {kind.value: kind for kind in (Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.DOCUMENT, Kind.STICKER)}


def content_of(message: Mapping[str, Any], errors: Any = None) -> tuple[Content, str | None]:
    """The content, and the id of the message it answers. `errors` are those told beside the message.

    KeyError, TypeError or ValueError: the message is of a known kind, but broken.
    """
    kind = message["type"]
    extra = _surroundings(message, errors)
    quoted = _quoted(message)
    reader = _READERS.get(kind)
    if reader is None:
        return _stub(clean_text(str(kind)), extra), quoted
    content, target = reader(message, extra)
    return content, target or quoted


def identifier(value: Any) -> str:
    """A provider's id, as it may be stored; ValueError when there is none."""
    if not isinstance(value, str) or not (cleaned := clean_text(value).strip()):
        raise ValueError("an empty identifier")
    return cleaned


Read = tuple[Content, str | None]
Extra = dict[str, Any]


def _surroundings(message: Mapping[str, Any], errors: Any) -> Extra:
    context = message.get("context") or {}
    extra: Extra = {}
    if context.get("forwarded") or context.get("frequently_forwarded"):
        extra["forwarded"] = True
    if context.get("referred_product"):
        extra["referred_product"] = storable(context["referred_product"])
    for key in ("referral", "group_id"):
        if message.get(key):
            extra[key] = storable(message[key])
    told = message.get("errors") or errors
    if told:
        extra["errors"] = storable(told)
    return extra


def _quoted(message: Mapping[str, Any]) -> str | None:
    quoted = (message.get("context") or {}).get("id")
    return identifier(quoted) if quoted else None


def _stub(what: str, extra: Extra) -> Content:
    return Content(kind=Kind.UNSUPPORTED, text=f"[{what}]", extra=extra | {"type": what})


def _text(message: Mapping[str, Any], extra: Extra) -> Read:
    return Content(text=_string(message["text"]["body"]), extra=extra), None


def _media(message: Mapping[str, Any], extra: Extra) -> Read:
    kind = message["type"]
    if not message.get(kind) and extra.get("errors"):  # Meta itself could not take the file (131052)
        return _stub(kind, extra), None
    media = message[kind]
    for flag in ("voice", "animated"):
        if media.get(flag):
            extra[flag] = True
    attachment = Attachment(
        kind=_MEDIA[kind],
        content_type=_string(media["mime_type"]),
        name=_optional(media.get("filename")),
        reference={"media_id": identifier(media["id"]), "kind": kind},
    )
    text = _optional(media.get("caption")) or ""
    return Content(kind=_MEDIA[kind], text=text, attachments=(attachment,), extra=extra), None


def _location(message: Mapping[str, Any], extra: Extra) -> Read:
    place = message["location"]
    latitude, longitude = float(place["latitude"]), float(place["longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("a place that is not on Earth")
    location = Location(latitude, longitude, _optional(place.get("name")), _optional(place.get("address")))
    if place.get("url"):
        extra["url"] = _string(place["url"])
    text = ", ".join(part for part in (location.name, location.address) if part)
    return Content(kind=Kind.LOCATION, text=text, location=location, extra=extra), None


def _contacts(message: Mapping[str, Any], extra: Extra) -> Read:
    contacts = message["contacts"]
    lines = []
    for contact in contacts:
        name = (contact.get("name") or {}).get("formatted_name") or ""
        phones = ", ".join(_string(phone.get("phone") or "") for phone in contact.get("phones") or ())
        lines.append(": ".join(part for part in (_string(name), phones) if part))
    extra["contacts"] = storable(contacts)
    return Content(kind=Kind.CONTACTS, text="\n".join(lines), extra=extra), None


def _interactive(message: Mapping[str, Any], extra: Extra) -> Read:
    interactive = message.get("interactive") or {}
    kind = interactive.get("type")
    if kind in {"button_reply", "list_reply"}:
        reply = interactive[kind]
        return Content(
            kind=Kind.CHOICE, text=_string(reply["title"]), choice_id=identifier(reply["id"]), extra=extra
        ), None
    if kind == "nfm_reply":  # a form (WhatsApp Flow) that the customer filled in
        reply = interactive[kind]
        answers = json.loads(reply["response_json"])
        lines = [f"{key}: {value}" for key, value in answers.items() if key != "flow_token"]
        extra["form"] = storable(answers)
        return Content(
            text=clean_text("\n".join(lines)) or _string(reply.get("body") or ""), extra=extra
        ), None
    return _stub(f"interactive {clean_text(str(kind))}" if kind else "interactive", extra), None


def _button(message: Mapping[str, Any], extra: Extra) -> Read:
    button = message["button"]  # a quick reply of a template
    text = _string(button["text"])
    choice_id = identifier(button.get("payload") or text)
    return Content(kind=Kind.CHOICE, text=text, choice_id=choice_id, extra=extra), None


def _reaction(message: Mapping[str, Any], extra: Extra) -> Read:
    reaction = message["reaction"]
    emoji = _optional(reaction.get("emoji"))
    if emoji is None:
        extra["removed"] = True
    return Content(kind=Kind.REACTION, text=emoji or "[reaction removed]", extra=extra), identifier(
        reaction["message_id"]
    )


def _order(message: Mapping[str, Any], extra: Extra) -> Read:
    order = message["order"]
    lines = [_string(order.get("text") or "")]
    for item in order["product_items"]:
        price = f" ({item['item_price']} {item.get('currency', '')})" if "item_price" in item else ""
        lines.append(_string(f"{item['product_retailer_id']} × {item.get('quantity', 1)}{price}"))
    extra["order"] = storable(order)
    return Content(kind=Kind.ORDER, text="\n".join(line for line in lines if line), extra=extra), None


def _system(message: Mapping[str, Any], extra: Extra) -> Read:
    system = message["system"]
    extra["system"] = storable({key: value for key, value in system.items() if key != "body"})
    words = system.get("body") or system.get("type")
    return Content(kind=Kind.SYSTEM, text=_string(words), extra=extra), None


def _revoke(message: Mapping[str, Any], extra: Extra) -> Read:
    return _stub("message deleted by its sender", extra), identifier(message["revoke"]["original_message_id"])


def _unsupported(message: Mapping[str, Any], extra: Extra) -> Read:
    what = (message.get("unsupported") or {}).get("type")
    return _stub(f"unsupported {clean_text(str(what))}" if what else "unsupported", extra), None


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text that is not a string")
    return clean_text(value)


def _optional(value: Any) -> str | None:
    return _string(value).strip() or None if value is not None else None


_READERS: dict[str, Callable[[Mapping[str, Any], Extra], Read]] = {
    "text": _text,
    **dict.fromkeys(_MEDIA, _media),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
    "revoke": _revoke,
    "unsupported": _unsupported,
}
