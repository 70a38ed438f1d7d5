"""What the played Telegram remembers, in memory: people, chats, messages and files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

FIRST_GROUP = -1_001_000_000_000


@dataclass(slots=True)
class Person:
    id: int
    name: str
    username: str | None = None
    blocked: bool = False  # refuses our messages

    def view(self) -> dict[str, Any]:
        about: dict[str, Any] = {"id": self.id, "is_bot": False, "first_name": self.name}
        return about | ({"username": self.username} if self.username else {})


@dataclass(slots=True)
class Chat:
    """A private chat has the id of its person; a group one below zero."""

    id: int
    title: str | None = None
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    moved_to: int | None = None  # it has become a supergroup

    @property
    def is_private(self) -> bool:
        return self.id > 0


@dataclass(frozen=True, slots=True)
class File:
    id: str
    content_type: str
    data: bytes
    name: str | None = None

    @property
    def path(self) -> str:
        return f"documents/{self.id}"

    def view(self) -> dict[str, Any]:
        unique = hashlib.sha256(self.id.encode()).hexdigest()[:16]
        about: dict[str, Any] = {"file_id": self.id, "file_unique_id": unique, "file_size": len(self.data)}
        return about


class Chats:
    """The world of one bot."""

    def __init__(self, bot: Mapping[str, Any]) -> None:
        self.bot = dict(bot)
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self._messages = 0

    def meet(self, person_id: int, name: str = "", username: str | None = None) -> Person:
        """The person of this id; a new one, who has opened a chat with the bot, when there is none."""
        person = self.people.get(person_id)
        if person is None:
            person = self.people[person_id] = Person(person_id, name or f"Person {person_id}", username)
            self.chats[person_id] = Chat(person_id)
        elif name:
            person.name = name
        return person

    def found_group(self, title: str) -> Chat:
        chat = Chat(FIRST_GROUP - len(self.chats), title)
        self.chats[chat.id] = chat
        return chat

    def write(self, person: Person, chat: Chat, content: Mapping[str, Any]) -> dict[str, Any]:
        """A person's message; `content` is what the Bot API says of it beside sender, chat and time."""
        return self._keep(chat, {"from": person.view(), **self._resolved(chat, content)})

    def edit(self, chat: Chat, message_id: int, content: Mapping[str, Any]) -> dict[str, Any]:
        """KeyError when there is no such message."""
        chat.messages[message_id] |= {**content, "edit_date": _now()}
        return chat.messages[message_id]

    def answer(self, chat: Chat, content: Mapping[str, Any], reply_to: int | None) -> dict[str, Any]:
        """The bot's message."""
        more = {} if reply_to is None else {"reply_to_message_id": reply_to}
        return self._keep(chat, {"from": self.bot, **self._resolved(chat, {**content, **more})})

    def keep(self, content_type: str, data: bytes, name: str | None = None) -> File:
        number = len(self.files) + 1
        file = File(f"file_{number}", content_type, data, name)
        self.files[file.id] = file
        return file

    def describe(self, chat: Chat) -> dict[str, Any]:
        if chat.is_private:
            return {"id": chat.id, "type": "private", "first_name": self.people[chat.id].name}
        return {"id": chat.id, "type": "supergroup", "title": chat.title}

    def clear(self) -> None:
        self.people.clear()
        self.chats.clear()
        self.files.clear()

    def _resolved(self, chat: Chat, content: Mapping[str, Any]) -> dict[str, Any]:
        """A message that answers another carries it, without what that one answers itself."""
        told = dict(content)
        quoted = chat.messages.get(told.pop("reply_to_message_id", 0))
        if quoted is not None:
            told["reply_to_message"] = {k: v for k, v in quoted.items() if k != "reply_to_message"}
        return told

    def _keep(self, chat: Chat, told: Mapping[str, Any]) -> dict[str, Any]:
        self._messages += 1
        message = {"message_id": self._messages, "date": _now(), "chat": self.describe(chat), **told}
        chat.messages[self._messages] = message
        return message


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
