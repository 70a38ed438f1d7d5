"""Webhook bodies as Meta writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

NUMBER = "106540352242922"


def body(*values: dict[str, Any], field: str = "messages") -> dict[str, Any]:
    """One entry with a change for each value."""
    changes = [{"field": field, "value": value} for value in values]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}


def value(
    messages: Sequence[Any] = (), statuses: Sequence[Any] = (), *, number: str = NUMBER, **more: Any
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "212522000000", "phone_number_id": number},
    }
    if messages:
        about["messages"] = list(messages)
    if statuses:
        about["statuses"] = list(statuses)
    return about | more


def text(external_id: str, sender: str = "212600000001", words: str = "Salam", **more: Any) -> dict[str, Any]:
    return {
        "from": sender,
        "id": external_id,
        "timestamp": "1795430400",
        "type": "text",
        "text": {"body": words},
        **more,
    }


def status(external_id: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": external_id,
        "status": state,
        "timestamp": "1795430400",
        "recipient_id": "212600000001",
        **more,
    }


def encode(whole: Any) -> bytes:
    return json.dumps(whole, separators=(",", ":")).encode()
