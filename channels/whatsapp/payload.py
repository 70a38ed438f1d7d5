"""Reads Cloud API webhooks: entries × changes × messages × statuses. Pure: no clock, no network.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from channels.envelope import (
    Broken,
    DeliveryReceipt,
    DeliveryState,
    Failure,
    Ignored,
    InboundEvent,
    InboundMessage,
    Sender,
)
from channels.errors import AnomalousPayload
from channels.rendering import clean_text, storable
from channels.whatsapp.codes import reason_for
from channels.whatsapp.content import content_of, identifier

OBJECT = "whatsapp_business_account"
STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "played": DeliveryState.READ,  # a voice message was listened to
    "failed": DeliveryState.FAILED,
}
# Opens the chat for the first time without writing: nothing to answer yet.
SILENT_TYPES = frozenset({"request_welcome"})
UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, OSError, AttributeError, IndexError)


def parse(account: str, phone_number_id: str, body: Any) -> Iterator[InboundEvent]:
    """Every event of a webhook body, each on its own: a broken one does not take its neighbours with it.

    A `Broken.raw` is again a whole body, with that element alone, so that it can be parsed again later.
    AnomalousPayload when the body is not a WhatsApp webhook at all.
    """
    if not isinstance(body, dict) or body.get("object") != OBJECT or not isinstance(body.get("entry"), list):
        raise AnomalousPayload("This is not a WhatsApp webhook.")
    for entry in body["entry"]:
        if not isinstance(entry, dict) or not isinstance(entry.get("changes"), list):
            yield Broken(account, "An entry without changes.", storable({"object": OBJECT, "entry": [entry]}))
            continue
        for change in entry["changes"]:
            yield from _change(account, phone_number_id, entry, change)


def _change(
    account: str, phone_number_id: str, entry: Mapping[str, Any], change: Any
) -> Iterator[InboundEvent]:
    def raw(part: Any) -> Any:
        return storable({"object": OBJECT, "entry": [{"id": entry.get("id"), "changes": [part]}]})

    field = change.get("field") if isinstance(change, dict) else None
    if field != "messages":
        known = isinstance(field, str)
        yield (
            Ignored(account, f"field {field}")
            if known
            else Broken(account, "A change without field.", raw(change))
        )
        return
    value = change.get("value")
    number = value["metadata"].get("phone_number_id") if _has_metadata(value) else None
    if number is None:
        yield Broken(account, "A change without its telephone number id.", raw(change))
        return
    if number != phone_number_id:
        yield Ignored(account, f"telephone number id {clean_text(str(number))}")
        return
    for key, read in (("messages", _message), ("statuses", _status)):
        elements = value.get(key, [])
        if not isinstance(elements, list):
            yield Broken(account, f"{key} is not a list.", raw(change))
            continue
        for element in elements:
            try:
                yield read(account, value, element)
            except UNREADABLE as error:
                alone = {k: v for k, v in value.items() if k not in {"messages", "statuses"}} | {
                    key: [element]
                }
                reason = clean_text(f"{type(error).__name__}: {error}")[:300]
                yield Broken(account, reason, raw({"field": field, "value": alone}))
    if "messages" not in value and "statuses" not in value:
        yield Ignored(
            account, "errors without a message" if value.get("errors") else "a change without messages"
        )


def _has_metadata(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("metadata"), dict)


def _message(account: str, value: Mapping[str, Any], message: Any) -> InboundEvent:
    if message["type"] in SILENT_TYPES:
        return Ignored(account, f"message type {message['type']}")
    content, quoted = content_of(message, value.get("errors"))
    return InboundMessage(
        account=account,
        external_id=identifier(message["id"]),
        sender=_sender(value, message),
        sent_at=_instant(message["timestamp"]),
        content=content,
        reply_to=quoted,
    )


def _sender(value: Mapping[str, Any], message: Mapping[str, Any]) -> Sender:
    """A person has a wa_id (the number's digits), a business-scoped id, or both; either may be the only one.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
    """
    wa_id, user_id = message.get("from"), message.get("from_user_id")
    contacts = [one for one in value.get("contacts") or () if isinstance(one, dict)]
    own = [
        one
        for one in contacts
        if (wa_id and one.get("wa_id") == wa_id) or (user_id and one.get("user_id") == user_id)
    ]
    # Some countries' numbers are written in two ways; a lone contact is the sender all the same.
    contact = own[0] if own else contacts[0] if len(contacts) == 1 else {}
    wa_id, user_id = wa_id or contact.get("wa_id"), user_id or contact.get("user_id")
    addresses = tuple(identifier(address) for address in (wa_id, user_id) if address)
    if not addresses:
        raise ValueError("a message without a sender")
    name = (contact.get("profile") or {}).get("name")
    digits = isinstance(wa_id, str) and wa_id.isascii() and wa_id.isdigit()
    return Sender(addresses, clean_text(str(name)).strip() if name else None, f"+{wa_id}" if digits else None)


def _status(account: str, _value: Mapping[str, Any], status: Any) -> InboundEvent:
    state = STATES.get(status["status"])
    if state is None:
        return Ignored(account, f"status {clean_text(str(status['status']))}")
    return DeliveryReceipt(
        account=account,
        external_id=identifier(status["id"]),
        state=state,
        at=_instant(status["timestamp"]),
        failure=_failure(status.get("errors")) if state is DeliveryState.FAILED else None,
        message_id=_our_id(status.get("biz_opaque_callback_data")),
    )


def _failure(errors: Any) -> Failure:
    error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = error.get("code")
    known = code if isinstance(code, int) else None
    data = error.get("error_data")
    detail = data.get("details") if isinstance(data, dict) else None
    words = detail or error.get("message") or error.get("title")
    return Failure(
        reason_for(known), str(code) if code is not None else None, clean_text(str(words or "")) or None
    )


def _our_id(tracker: Any) -> UUID | None:
    try:
        return UUID(tracker)
    except (ValueError, TypeError, AttributeError):
        return None  # sent by another program with the same number


def _instant(value: Any) -> datetime:
    if isinstance(value, bool):
        raise TypeError("a time that is not a number")
    return datetime.fromtimestamp(int(value), UTC)
