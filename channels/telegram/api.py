"""Calls to the Bot API, each with its one failure class. The refusals are sorted in `codes.py`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import ClientSession
from telegram import Bot, InputFile, LinkPreviewOptions, Message, ReplyParameters, User
from telegram.constants import ChatAction
from telegram.error import TelegramError

from channels.envelope import Attachment, Content, FailureReason, Kind, OutboundMessage
from channels.errors import ChannelError, PermanentFailure, TemporaryFailure
from channels.telegram.addresses import Address, message_name, quoted_message
from channels.telegram.codes import error_for
from channels.telegram.messages import file_name, keyboard
from channels.telegram.payload import WANTED
from channels.telegram.request import NotConnected, Refusal, SessionRequest, TooLarge
from channels.telegram.settings import TelegramSettings

ResultT = TypeVar("ResultT")
POLL_LIMIT = 100  # the most the provider gives at once
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


class Moved(Exception):
    """The group has become a supergroup, with another id."""

    def __init__(self, chat: int) -> None:
        super().__init__(chat)
        self.chat = chat


class BotClient:
    """One bot, on the session of the whole process."""

    def __init__(self, http: ClientSession, settings: TelegramSettings, title_length: int) -> None:
        self._settings = settings
        self._title_length = title_length
        self._request = SessionRequest(http, settings.timeout)
        base = str(settings.base_url).rstrip("/")
        self._bot = Bot(
            settings.token.get_secret_value(),
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    async def probe(self) -> User:
        """Who we are with this token. AccountRejected or TemporaryFailure otherwise."""
        return await self._call(self._bot.get_me())

    async def receive_by_webhook(self, url: str, secret: str) -> None:
        await self._call(self._bot.set_webhook(url, secret_token=secret, allowed_updates=list(WANTED)))

    async def receive_by_polling(self) -> None:
        """A webhook stands in the way of polling; what waits is kept."""
        await self._call(self._bot.delete_webhook())

    async def poll(self, offset: int | None, wait: timedelta) -> list[Any]:
        """Updates from `offset` on, raw; asking for an offset confirms all before it.

        The library would read the whole batch at once, and lose it all for one it cannot read.
        """
        asked = {
            "limit": POLL_LIMIT,
            "timeout": int(wait.total_seconds()),
            "allowed_updates": json.dumps(WANTED),
            **({} if offset is None else {"offset": offset}),
        }
        patience = (wait + self._settings.timeout).total_seconds()
        url = f"{self._bot.base_url}/getUpdates?{urlencode(asked)}"
        raw = await self._call(self._request.post(url, read_timeout=patience))
        if not isinstance(raw, list):
            raise TemporaryFailure("The provider gave no list of updates.")
        return raw

    async def answer_press(self, query: str) -> None:
        """Take the clock off the pressed button."""
        await self._call(self._bot.answer_callback_query(query))

    async def typing(self, address: Address) -> None:
        await self._call(
            self._bot.send_chat_action(address.chat, ChatAction.TYPING, message_thread_id=address.topic)
        )

    async def send(self, message: OutboundMessage) -> str:
        """Hand a message over; its name (chat and message id). ChannelError otherwise."""
        address = Address.read(message.recipient)
        quoted = quoted_message(message.reply_to, address.chat)
        try:
            sent = await self._deliver(address.chat, address.topic, quoted, message.content)
        except Moved as moved:  # ids of messages have changed as well
            try:
                sent = await self._deliver(moved.chat, address.topic, None, message.content)
            except Moved as again:
                raise TemporaryFailure("The group keeps moving.") from again
        return message_name(sent.chat.id, sent.message_id)

    async def download(self, reference: Mapping[str, str]) -> Attachment:
        """Two steps: ask where the file is (valid for an hour), then fetch it there with our token."""
        file = await self._call(self._bot.get_file(reference["file_id"]))
        if file.file_path is None or not file.file_path.startswith(("http://", "https://")):
            raise TemporaryFailure("The provider did not say where the file is.")
        try:
            data = await self._request.retrieve(file.file_path)
        except Refusal as error:
            if error.answer.status == 404:
                raise PermanentFailure(FailureReason.OTHER, "The file is no longer there.") from error
            raise error_for(error.answer, sending=False) from error
        except TooLarge as error:
            raise PermanentFailure(FailureReason.MEDIA_TOO_LARGE, str(error)) from error
        except TelegramError as error:
            raise TemporaryFailure(f"The download broke off: {error}") from error
        return Attachment(Kind(reference["kind"]), reference["content_type"], size=len(data), data=data)

    async def _deliver(self, chat: int, topic: int | None, quoted: int | None, content: Content) -> Message:
        where: dict[str, Any] = {"chat_id": chat}
        if topic is not None:
            where["message_thread_id"] = topic
        if quoted is not None:
            where["reply_parameters"] = ReplyParameters(quoted, allow_sending_without_reply=True)
        if content.choices:
            where["reply_markup"] = keyboard(content.choices, self._title_length)
        if content.attachments:
            sending = self._file(content.attachments[0], content.text, where)
        elif content.location is not None:
            sending = self._place(content, where)
        elif content.text:
            preview = LinkPreviewOptions(is_disabled=True)
            sending = self._bot.send_message(text=content.text, link_preview_options=preview, **where)
        else:
            raise PermanentFailure(FailureReason.CONTENT_REJECTED, "There is nothing to send.")
        return await self._call(sending, sending=True)

    def _file(self, attachment: Attachment, caption: str, where: dict[str, Any]) -> Awaitable[Message]:
        if not attachment.data:
            raise PermanentFailure(FailureReason.MEDIA_UNSUPPORTED, "The file has no content.")
        file = InputFile(attachment.data, filename=file_name(attachment))
        if caption:
            where["caption"] = caption
        match attachment.kind:
            case Kind.IMAGE:
                return self._bot.send_photo(photo=file, **where)
            case Kind.AUDIO if attachment.content_type.startswith("audio/ogg"):
                return self._bot.send_voice(voice=file, **where)
            case Kind.AUDIO:
                return self._bot.send_audio(audio=file, **where)
            case Kind.VIDEO:
                return self._bot.send_video(video=file, **where)
            case Kind.STICKER:
                return self._bot.send_sticker(sticker=file, **where)
            case _:
                # Without this flag a document that looks like a picture or a sound becomes one.
                return self._bot.send_document(document=file, disable_content_type_detection=True, **where)

    def _place(self, content: Content, where: dict[str, Any]) -> Awaitable[Message]:
        place = content.location
        assert place is not None
        where |= {"latitude": place.latitude, "longitude": place.longitude}
        if place.name or place.address:
            title = place.name or place.address
            return self._bot.send_venue(title=title, address=place.address or title, **where)
        return self._bot.send_location(**where)

    async def _call(self, call: Awaitable[ResultT], *, sending: bool = False) -> ResultT:
        """The answer, or its failure class. A connection that was never made was certainly not taken;
        anything that breaks later may have been."""
        try:
            return await call
        except Refusal as error:
            if sending and error.answer.moved_to is not None:
                raise Moved(error.answer.moved_to) from error
            raise error_for(error.answer, sending=sending) from error
        except NotConnected as error:
            raise TemporaryFailure(str(error)) from error
        except TelegramError as error:
            raise TemporaryFailure(str(error), maybe_sent=sending) from error
        except ChannelError:
            raise
        except _UNREADABLE as error:  # a success that the library cannot read: taken, but under an unknown id
            detail = f"The provider's answer cannot be read ({type(error).__name__})."
            raise TemporaryFailure(detail, maybe_sent=sending) from error
