"""The Bot API's methods, as far as we call them, on the played world.

Words of refusals are the provider's own (Client.cpp of tdlib/telegram-bot-api).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from channels.rendering import length
from channels.sandbox.telegram_chats import Chat, Chats, File
from channels.sandbox.telegram_updates import Conflict, Updates, Webhook

LARGEST_UPLOAD, LARGEST_PHOTO, LARGEST_DOWNLOAD = 50_000_000, 10_000_000, 20_000_000
TEXT_LENGTH, CAPTION_LENGTH, CALLBACK_BYTES, BUTTONS = 4096, 1024, 64, 100
# Parameters that are texts whatever they look like; all others are JSON where they can be read so.
TEXTS = frozenset(
    {"text", "caption", "title", "address", "url", "secret_token", "file_id", "callback_query_id", "action"}
)

Parameters = dict[str, Any]


class Refused(Exception):
    def __init__(self, status: int, words: str, **parameters: Any) -> None:
        super().__init__(words)
        self.status, self.words, self.parameters = status, words, parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.words}
        return body | ({"parameters": self.parameters} if self.parameters else {})


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One call that sent something, in the order in which it was taken."""

    method: str
    parameters: Parameters
    message: dict[str, Any]

    def view(self) -> dict[str, Any]:
        return {"method": self.method, "parameters": self.parameters, "message": self.message}


def read_parameters(given: Mapping[str, str]) -> Parameters:
    return {name: value if name in TEXTS else _json(value) for name, value in given.items()}


class BotApi:
    def __init__(self, chats: Chats, updates: Updates) -> None:
        self._chats = chats
        self._updates = updates
        self.sent: list[SentMessage] = []
        self.answered: list[str] = []  # ids of callback queries
        self.open_presses: set[str] = set()
        self.actions: list[tuple[int, str]] = []
        self._methods: dict[str, Callable[[Parameters], Awaitable[Any]]] = {
            "getMe": self._get_me,
            "getFile": self._get_file,
            "sendChatAction": self._send_chat_action,
            "answerCallbackQuery": self._answer_callback_query,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "getUpdates": self._get_updates,
        }

    async def call(self, method: str, parameters: Parameters, files: Mapping[str, File]) -> Any:
        """The `result` of a call. Refused otherwise."""
        if method in SENDERS:
            return self._send(method, parameters, files)
        handler = self._methods.get(method)
        if handler is None:
            raise Refused(404, "Not Found: method not found")
        return await handler(parameters)

    async def _get_me(self, _given: Parameters) -> Any:
        return self._chats.bot | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _get_file(self, given: Parameters) -> Any:
        file = self._chats.files.get(str(given.get("file_id")))
        if file is None:
            raise Refused(400, "Bad Request: invalid file_id")
        if len(file.data) > LARGEST_DOWNLOAD:
            raise Refused(400, "Bad Request: file is too big")
        return file.view() | {"file_path": file.path}

    async def _send_chat_action(self, given: Parameters) -> Any:
        self.actions.append((self._chat(given).id, str(given.get("action"))))
        return True

    async def _answer_callback_query(self, given: Parameters) -> Any:
        query = str(given.get("callback_query_id"))
        if query not in self.open_presses:
            raise Refused(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        self.open_presses.discard(query)
        self.answered.append(query)
        return True

    async def _edit_message_text(self, given: Parameters) -> Any:
        return self._edit(given, {"text": _checked_text(given)})

    async def _edit_message_reply_markup(self, given: Parameters) -> Any:
        return self._edit(given, {"reply_markup": given.get("reply_markup", {"inline_keyboard": []})})

    def _edit(self, given: Parameters, content: Parameters) -> Any:
        chat = self._chat(given)
        message = chat.messages.get(given.get("message_id", 0))
        if message is None or message["from"]["id"] != self._chats.bot["id"]:
            raise Refused(400, "Bad Request: message to edit not found")
        return self._chats.edit(chat, message["message_id"], content)

    async def _set_webhook(self, given: Parameters) -> Any:
        if not given.get("url"):
            return await self._delete_webhook(given)
        allowed = frozenset(given.get("allowed_updates") or ())
        await self._updates.set_webhook(Webhook(given["url"], given.get("secret_token", ""), allowed))
        return True

    async def _delete_webhook(self, _given: Parameters) -> Any:
        await self._updates.set_webhook(None)
        return True

    async def _get_webhook_info(self, _given: Parameters) -> Any:
        webhook = self._updates.webhook
        return {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates.waiting),
        }

    async def _get_updates(self, given: Parameters) -> Any:
        try:
            return await self._updates.poll(
                int(given.get("offset", 0)),
                int(given.get("limit", 100)),
                float(given.get("timeout", 0)),
                given.get("allowed_updates") or (),
            )
        except Conflict as conflict:
            raise Refused(409, f"Conflict: {conflict}") from conflict

    def _send(self, method: str, given: Parameters, files: Mapping[str, File]) -> Any:
        chat = self._chat(given)
        content = SENDERS[method](given, files)
        markup = given.get("reply_markup")
        if markup is not None:
            _check_markup(markup)
            if "inline_keyboard" in markup:  # the other keyboards are not part of the message
                content["reply_markup"] = markup
        reply = given.get("reply_parameters") or {}
        quoted = reply.get("message_id")
        if (
            quoted is not None
            and quoted not in chat.messages
            and not reply.get("allow_sending_without_reply")
        ):
            raise Refused(400, "Bad Request: message to be replied not found")
        message = self._chats.answer(chat, content, quoted)
        self.sent.append(SentMessage(method, given, message))
        return message

    def _chat(self, given: Parameters) -> Chat:
        chat = self._chats.chats.get(given.get("chat_id", 0))
        if chat is None:
            raise Refused(400, "Bad Request: chat not found")
        if chat.moved_to is not None:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, words, migrate_to_chat_id=chat.moved_to)
        if chat.is_private and self._chats.people[chat.id].blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat


def _text(given: Parameters, _files: Mapping[str, File]) -> Parameters:
    return {"text": _checked_text(given)}


def _checked_text(given: Parameters) -> str:
    text = str(given.get("text", ""))
    if not text.strip():
        raise Refused(400, "Bad Request: message text is empty")
    if length(text) > TEXT_LENGTH:
        raise Refused(400, "Bad Request: message is too long")
    return text


def _media(name: str, largest: int) -> Callable[[Parameters, Mapping[str, File]], Parameters]:
    def read(given: Parameters, files: Mapping[str, File]) -> Parameters:
        file = files.get(name)
        if file is None:
            raise Refused(400, f"Bad Request: there is no {name} in the request")
        if len(file.data) > largest:
            raise Refused(413, "Request Entity Too Large")
        caption = str(given.get("caption", ""))
        if length(caption) > CAPTION_LENGTH:
            raise Refused(400, "Bad Request: message caption is too long")
        return {name: media_view(name, file), **({"caption": caption} if caption else {})}

    return read


def media_view(name: str, file: File) -> Any:
    """How the Bot API describes this file inside a message."""
    about = file.view()
    if name == "photo":
        return [about | {"width": 90, "height": 60}, about | {"width": 900, "height": 600}]
    if name == "sticker":
        square = {"width": 512, "height": 512, "type": "regular"}
        return about | square | {"is_animated": False, "is_video": False}
    about["mime_type"] = file.content_type
    if file.name and name != "voice":
        about["file_name"] = file.name
    if name in {"video", "animation"}:
        about |= {"width": 640, "height": 480}
    return about | ({} if name == "document" else {"duration": 3})


def _location(given: Parameters, _files: Mapping[str, File]) -> Parameters:
    return {"location": {"latitude": given.get("latitude"), "longitude": given.get("longitude")}}


def _venue(given: Parameters, files: Mapping[str, File]) -> Parameters:
    point = _location(given, files)
    return point | {"venue": {**point, "title": given.get("title"), "address": given.get("address")}}


SENDERS: dict[str, Callable[[Parameters, Mapping[str, File]], Parameters]] = {
    "sendMessage": _text,
    "sendPhoto": _media("photo", LARGEST_PHOTO),
    "sendDocument": _media("document", LARGEST_UPLOAD),
    "sendVoice": _media("voice", LARGEST_UPLOAD),
    "sendAudio": _media("audio", LARGEST_UPLOAD),
    "sendVideo": _media("video", LARGEST_UPLOAD),
    "sendSticker": _media("sticker", 512_000),
    "sendLocation": _location,
    "sendVenue": _venue,
}


def _check_markup(markup: Any) -> None:
    buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
    if len(buttons) > BUTTONS:
        raise Refused(400, "Bad Request: reply markup is too long")
    for button in buttons:
        if not 0 < len(button.get("callback_data", "").encode()) <= CALLBACK_BYTES:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
