"""How people and messages of Telegram are named here.

A person in a private chat is `<person>`. The same person in a group is `<group>:<person>`, in a topic of a
forum `<group>:<person>:<topic>`: the identity is the person, the answer goes where the words were spoken, and
what is said in private never ends up before a group.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from channels.envelope import FailureReason
from channels.errors import PermanentFailure

_ADDRESS = re.compile(r"(-?\d{1,19})(?::(\d{1,19})(?::(\d{1,19}))?)?", re.ASCII)
_MESSAGE = re.compile(r"(-?\d{1,19}):(\d{1,19})(?::edit:\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    chat: int
    person: int | None = None  # None: the chat is private, and the person its only one
    topic: int | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """PermanentFailure when this is no address of Telegram."""
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise PermanentFailure(FailureReason.RECIPIENT_INVALID, "This is no address of Telegram.")
        chat, person, topic = (int(part) if part else None for part in found.groups())
        assert chat is not None
        return cls(chat, person, topic)

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.chat, self.person, self.topic) if part is not None)


def message_name(chat: int, message: int) -> str:
    """Message ids are unique in their chat alone."""
    return f"{chat}:{message}"


def edit_name(chat: int, message: int, update: int) -> str:
    """Two edits may come within one second: only the update's id tells them apart."""
    return f"{message_name(chat, message)}:edit:{update}"


def reaction_name(chat: int, message: int, update: int) -> str:
    return f"{message_name(chat, message)}:reaction:{update}"


def press_name(query: str) -> str:
    """A pressed button, by the id of its callback query."""
    return f"callback:{query}"


def quoted_message(external_id: str | None, chat: int) -> int | None:
    """The id, in this chat, of the message so named; None when it names something that cannot be quoted."""
    found = _MESSAGE.fullmatch(external_id or "")
    return int(found.group(2)) if found and int(found.group(1)) == chat else None
