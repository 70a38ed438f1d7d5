"""Whether words spoken in a group are meant for us. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from telegram import Message, MessageEntity

from channels.envelope import Content


def is_addressed(message: Message, bot_id: int, username: str | None) -> bool:
    """An answer to our words, a mention of us, or a command that is not another bot's."""
    if username is None:
        return True
    quoted = message.reply_to_message
    if quoted is not None and quoted.from_user is not None and quoted.from_user.id == bot_id:
        return True
    text = message.text or message.caption or ""
    ours = f"@{username}".casefold()
    for entity in (*message.entities, *message.caption_entities):
        words = _part(text, entity.offset, entity.length).casefold()
        if entity.type == MessageEntity.MENTION and words == ours:
            return True
        if entity.type == MessageEntity.BOT_COMMAND and ("@" not in words or words.endswith(ours)):
            return True
        if entity.type == MessageEntity.TEXT_MENTION and entity.user and entity.user.id == bot_id:
            return True
    return False


def without_mention(content: Content, username: str | None) -> Content:
    """Our own name at the beginning is an address, not words; alone, it stays."""
    if username is None or "@" not in content.text:
        return content
    rest = re.sub(rf"^\s*@{re.escape(username)}\b[\s,:،]*", "", content.text, flags=re.IGNORECASE)
    return replace(content, text=rest) if rest else content


def _part(text: str, offset: int, length: int) -> str:
    """Telegram counts in UTF-16 units."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")
