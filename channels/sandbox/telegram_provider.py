"""The played Telegram itself: people write and press, we call, updates follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from channels.sandbox.faults import Faults
from channels.sandbox.telegram_api import BotApi, Refused, media_view
from channels.sandbox.telegram_chats import Chat, Chats, File, Person
from channels.sandbox.telegram_updates import Updates

# Called with the method and its parameters (files by their names); what it raises is a violation.
Validate = Callable[[str, Mapping[str, Any]], None]


class TelegramSandboxSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr = SecretStr("7000000001:sandbox-token")
    username: str = "srm_cs_bot"
    name: str = "SRM Casablanca-Settat"
    webhook_timeout: timedelta = timedelta(seconds=20)
    retry_first: timedelta = timedelta(milliseconds=500)  # doubles up to the longest, for ever
    retry_longest: timedelta = timedelta(seconds=30)
    retry_after: int = Field(default=5, ge=1)  # seconds told with a 429


class TelegramSandbox:
    """The provider itself; `violations` holds what `validate` complained about."""

    def __init__(self, settings: TelegramSandboxSettings, validate: Validate | None = None) -> None:
        self.settings = settings
        self.validate = validate
        self.violations: list[str] = []
        self.faults = Faults()
        number = int(settings.token.get_secret_value().partition(":")[0])
        about = {"id": number, "is_bot": True, "first_name": settings.name, "username": settings.username}
        self.chats = Chats(about)
        self.updates = Updates(
            self._carry,
            timeout=settings.webhook_timeout,
            retry_first=settings.retry_first,
            retry_longest=settings.retry_longest,
        )
        self.api = BotApi(self.chats, self.updates)

    def write(self, person: Person, content: Mapping[str, Any], chat: Chat | None = None) -> dict[str, Any]:
        """A person sends a message (Bot API fields), in private or in a group."""
        message = self.chats.write(person, chat or self.chats.chats[person.id], content)
        self.updates.tell("message", message)
        return message

    def edit(self, chat: Chat, message_id: int, content: Mapping[str, Any]) -> dict[str, Any]:
        """A person changes a message. KeyError when there is none."""
        message = self.chats.edit(chat, message_id, content)
        self.updates.tell("edited_message", message)
        return message

    def press(self, person: Person, chat: Chat, message_id: int, data: str) -> str:
        """A person presses a button below our message; the id of the query. KeyError: no such message."""
        message, query = chat.messages[message_id], str(uuid4().int % 10**18)
        self.api.open_presses.add(query)
        told = {"id": query, "from": person.view(), "message": message, "chat_instance": str(chat.id)}
        self.updates.tell("callback_query", told | {"data": data})
        return query

    def react(self, person: Person, chat: Chat, message_id: int, emoji: str | None) -> None:
        """None takes the reaction away."""
        told = {
            "chat": self.chats.describe(chat),
            "message_id": message_id,
            "user": person.view(),
            "date": chat.messages[message_id]["date"],
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
        }
        self.updates.tell("message_reaction", told)

    def attach(self, kind: str, content_type: str, data: bytes, name: str | None = None) -> dict[str, Any]:
        """A file kept, as the content of a message: `{"photo": …}`, `{"document": …}`."""
        return {kind: media_view(kind, self.chats.keep(content_type, data, name))}

    async def call(self, method: str, parameters: dict[str, Any], files: Mapping[str, File]) -> Any:
        """One call of ours. Refused when the provider says so."""
        if self.validate is not None:
            try:
                self.validate(method, parameters | {name: file.name for name, file in files.items()})
            except Exception as error:
                self.violations.append(str(error))
                raise Refused(400, f"Bad Request: {error}") from error
        return await self.api.call(method, parameters, files)

    async def _carry(self, method: str, parameters: dict[str, Any]) -> object:
        try:
            return await self.call(method, parameters, {})
        except Refused:
            return None  # the provider tells nobody
