"""Updates as the Bot API writes them."""

from __future__ import annotations

import json
from typing import Any

AMINA = {"id": 4567, "is_bot": False, "first_name": "Amina", "last_name": "Idrissi", "language_code": "ar"}
PRIVATE = {"id": 4567, "type": "private", "first_name": "Amina", "last_name": "Idrissi"}
GROUP = {"id": -1001234, "type": "supergroup", "title": "Derb Sultan"}
BOT = {"id": 7000000001, "is_bot": True, "first_name": "SRM", "username": "srm_cs_bot"}
AT = 1795430400


def message(number: int = 1, chat: dict[str, Any] = PRIVATE, **content: Any) -> dict[str, Any]:
    return {"message_id": number, "from": AMINA, "chat": chat, "date": AT, **(content or {"text": "Salam"})}


def update(number: int = 1, kind: str = "message", **told: Any) -> dict[str, Any]:
    return {"update_id": number, kind: told or message()}


def encode(whole: Any) -> bytes:
    return json.dumps(whole, separators=(",", ":")).encode()
