"""Reads updates of the Bot API, from a webhook or a poll. Pure: no network, and the clock is given.

https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, Chat, Message, MessageReactionUpdated, Update, User

from channels.envelope import Broken, Content, Ignored, InboundEvent, InboundMessage, Kind, Sender
from channels.errors import AnomalousPayload
from channels.rendering import clean_text, storable
from channels.telegram.addresses import Address, edit_name, message_name, press_name, reaction_name
from channels.telegram.content import SERVICE, Extra, content_of, kind_of, string
from channels.telegram.groups import is_addressed, without_mention
from channels.telegram.settings import Groups

# Everything else Telegram need not send us.
WANTED = ("message", "edited_message", "callback_query", "message_reaction")
ANONYMOUS_ADMINISTRATOR = 1087968824  # writes for the group itself; its words carry `sender_chat`
UNREADABLE = (
    KeyError, TypeError, ValueError, OverflowError, OSError, AttributeError, IndexError, AssertionError,
    RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """Who we are. Without `username` (the account has not been probed yet) all words in groups are for us."""

    account: str
    bot_id: int
    username: str | None
    groups: Groups


def parse(reading: Reading, body: Any, received_at: datetime) -> Iterator[InboundEvent]:
    """The events of one update. AnomalousPayload when it is no update at all.

    `received_at` (aware, UTC) dates pressed buttons, of which Telegram does not tell the time.
    """
    if not isinstance(body, dict) or not _is_integer(body.get("update_id")):
        raise AnomalousPayload("This is not an update of Telegram.")
    try:
        yield _event(reading, body, received_at)
    except UNREADABLE as error:
        reason = clean_text(f"{type(error).__name__}: {error}")[:300]
        yield Broken(reading.account, reason, storable(body))


def parse_batch(reading: Reading, updates: list[Any], received_at: datetime) -> Iterator[InboundEvent]:
    """The events of a poll, each on its own: a broken one does not take its neighbours with it."""
    for update in updates:
        try:
            yield from parse(reading, update, received_at)
        except AnomalousPayload as error:
            yield Broken(reading.account, str(error), storable(update))


def pressed(update: Any) -> str | None:
    """The id of the callback query to answer, if the update is one: until then the button shows a clock."""
    query = update.get("callback_query") if isinstance(update, dict) else None
    identifier = query.get("id") if isinstance(query, dict) else None
    return identifier if isinstance(identifier, str) and identifier else None


def _event(reading: Reading, body: Mapping[str, Any], received_at: datetime) -> InboundEvent:
    name = next((key for key in body if key != "update_id"), "empty")
    if name not in WANTED:
        return Ignored(reading.account, f"update {clean_text(name)}")
    update = Update.de_json(dict(body))
    if update.callback_query is not None:
        return _press(reading, update.callback_query, received_at)
    if update.message_reaction is not None:
        return _reaction(reading, update.message_reaction, update.update_id)
    message = update.message or update.edited_message
    assert message is not None
    edited_by = update.update_id if update.message is None else None
    return _message(reading, message, body[name], edited_by)


def _message(
    reading: Reading, message: Message, raw: Mapping[str, Any], edited_by: int | None
) -> InboundEvent:
    ignored = _reason_to_ignore(reading, message, raw, edited=edited_by is not None)
    if ignored is not None:
        return Ignored(reading.account, ignored)
    chat, number = _integer(message.chat.id), _integer(message.message_id)
    extra = _group(message.chat)
    content = without_mention(content_of(message, raw, extra), reading.username)
    name, quoted, sent_at = message_name(chat, number), _quoted(message), message.date
    if edited_by is not None:
        extra["edited"] = quoted = name
        name, sent_at = edit_name(chat, number, edited_by), message.edit_date or message.date
        content = replace(content, extra={**content.extra, **extra})
    return InboundMessage(
        account=reading.account,
        external_id=name,
        sender=_sender(message),
        sent_at=sent_at,
        content=content,
        reply_to=quoted,
    )


def _reason_to_ignore(
    reading: Reading, message: Message, raw: Mapping[str, Any], *, edited: bool
) -> str | None:
    kind, sender = kind_of(raw), message.from_user
    if message.chat.type == Chat.CHANNEL or message.is_automatic_forward:
        return "a post of a channel"
    if kind in SERVICE:
        return f"service message {kind}"
    if sender is None or (sender.is_bot and sender.id != ANONYMOUS_ADMINISTRATOR):
        return "words of a bot"  # two of them would talk for ever
    if edited and kind in {"location", "venue"}:
        return "a live location that moved"
    private = message.chat.type == Chat.PRIVATE
    return None if private or _is_for_us(reading, message) else "words in a group, not for us"


def _is_for_us(reading: Reading, message: Message) -> bool:
    if reading.groups == "addressed":
        return is_addressed(message, reading.bot_id, reading.username)
    return reading.groups == "all"


def _sender(message: Message) -> Sender:
    user = message.from_user
    assert user is not None
    by_group = user.id == ANONYMOUS_ADMINISTRATOR and message.sender_chat is not None
    topic = message.message_thread_id if message.is_topic_message else None
    name = message.sender_chat.title if by_group and message.sender_chat else _name(user)
    address = _address(message.chat, user, topic)
    return Sender((address,), clean_text(name or "").strip() or None, _own_phone(message))


def _own_phone(message: Message) -> str | None:
    """The person's own telephone number, which Telegram knows: it is theirs when the contact shared is the
    sender. Not from a forwarded or edited message, whose number may have passed to somebody else, nor in a
    group, where what is told to its holder would be told to all."""
    contact, user = message.contact, message.from_user
    if contact is None or user is None or message.chat.type != Chat.PRIVATE:
        return None
    if message.forward_origin is not None or message.via_bot is not None or message.edit_date is not None:
        return None
    digits = string(contact.phone_number).removeprefix("+")
    own = contact.user_id == user.id and digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15
    return f"+{digits}" if own else None


def _press(reading: Reading, query: CallbackQuery, received_at: datetime) -> InboundEvent:
    message = query.message
    if message is None or query.data is None:
        return Ignored(reading.account, "a button of a game or of an inline message")
    if message.chat.type != Chat.PRIVATE and reading.groups == "none":
        return Ignored(reading.account, "a button in a group")
    choice = string(query.data)
    topic = None
    title = choice
    if isinstance(message, Message):  # else it is too old to be told
        topic = message.message_thread_id if message.is_topic_message else None
        title = _title(message, choice) or choice
    user = query.from_user
    return InboundMessage(
        account=reading.account,
        external_id=press_name(string(query.id)),
        sender=Sender((_address(message.chat, user, topic),), clean_text(_name(user)).strip() or None),
        sent_at=received_at,
        content=Content(kind=Kind.CHOICE, text=title, choice_id=choice, extra=_group(message.chat)),
        reply_to=message_name(_integer(message.chat.id), _integer(message.message_id)),
    )


def _title(message: Message, choice: str) -> str | None:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return next((string(b.text) for row in rows for b in row if b.callback_data == choice), None)


def _reaction(reading: Reading, reaction: MessageReactionUpdated, update_id: int) -> InboundEvent:
    if reaction.user is None or reaction.user.is_bot:
        return Ignored(reading.account, "a reaction of nobody in particular")
    if reaction.chat.type != Chat.PRIVATE and reading.groups != "all":
        return Ignored(reading.account, "a reaction in a group")
    chat, number = _integer(reaction.chat.id), _integer(reaction.message_id)
    signs = [string(getattr(one, "emoji", None) or "★") for one in reaction.new_reaction]
    extra = _group(reaction.chat) | ({} if signs else {"removed": True})
    text = "".join(signs) or "[reaction removed]"
    return InboundMessage(
        account=reading.account,
        external_id=reaction_name(chat, number, update_id),
        sender=Sender(
            (_address(reaction.chat, reaction.user, None),), clean_text(_name(reaction.user)) or None
        ),
        sent_at=reaction.date,
        content=Content(kind=Kind.REACTION, text=text, extra=extra),
        reply_to=message_name(chat, number),
    )


def _quoted(message: Message) -> str | None:
    """In a forum every message answers the one that opened its topic, which nobody wrote."""
    quoted = message.reply_to_message
    if quoted is None or quoted.forum_topic_created is not None:
        return None
    return message_name(_integer(message.chat.id), _integer(quoted.message_id))


def _address(chat: Chat, user: User, topic: int | None) -> str:
    person = _integer(user.id)
    if chat.type == Chat.PRIVATE:
        return str(Address(person))
    return str(Address(_integer(chat.id), person, _integer(topic) if topic is not None else None))


def _name(user: User) -> str:
    return " ".join(string(part) for part in (user.first_name, user.last_name) if part)


def _group(chat: Chat) -> Extra:
    if chat.type == Chat.PRIVATE:
        return {}
    return {"group": {"id": str(_integer(chat.id)), "title": clean_text(str(chat.title or ""))}}


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _integer(value: Any) -> int:
    if not _is_integer(value):
        raise TypeError("an id that is not a number")
    number: int = value
    return number
