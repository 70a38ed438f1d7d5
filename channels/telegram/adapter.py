"""Telegram through the Bot API."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from aiohttp import ClientSession, web

from channels.adapter import ChannelAdapter, InboundSink
from channels.envelope import (
    Attachment,
    Capabilities,
    FailureReason,
    InboundEvent,
    Kind,
    MediaLimit,
    OutboundMessage,
    Sent,
)
from channels.errors import AnomalousPayload, BadSignature, ChannelError, TemporaryFailure
from channels.rendering import Undeliverable, degrade
from channels.telegram.addresses import Address
from channels.telegram.api import BotClient
from channels.telegram.payload import Reading, parse, parse_batch, pressed
from channels.telegram.settings import TelegramSettings

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
_IMAGES = frozenset({"image/jpeg", "image/png", "image/webp"})
_SOUNDS = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4"})
_MB = 1_000_000  # the Bot API counts in powers of ten
# A document may be of any type; these are those that we send.
_DOCUMENTS = (
    _IMAGES
    | _SOUNDS
    | {
        "application/json",
        "application/msword",
        "application/octet-stream",
        "application/pdf",
        "application/rtf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/zip",
        "audio/aac",
        "audio/amr",
        "audio/wav",
        "audio/webm",
        "image/bmp",
        "image/gif",
        "image/heic",
        "image/tiff",
        "text/calendar",
        "text/csv",
        "text/plain",
        "text/vcard",
        "video/3gpp",
        "video/mp4",
        "video/quicktime",
        "video/webm",
    }
)
# https://core.telegram.org/bots/api#sending-files
_MEDIA = {
    Kind.IMAGE: MediaLimit(_IMAGES, 10 * _MB),
    Kind.AUDIO: MediaLimit(_SOUNDS, 50 * _MB),
    Kind.VIDEO: MediaLimit(frozenset({"video/mp4"}), 50 * _MB),
    Kind.DOCUMENT: MediaLimit(frozenset(_DOCUMENTS), 50 * _MB),
    Kind.STICKER: MediaLimit(frozenset({"image/webp"}), 512_000),  # static ones
}


class TelegramAdapter(ChannelAdapter[TelegramSettings]):
    """One bot. Receives by webhook or by polling; also MediaSource, TypingIndicator and `replay`."""

    settings_type = TelegramSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_length=4096,
        buttons=100,
        button_title_length=64,
        choice_text_length=4096,
        media=_MEDIA,
        caption_length=1024,
        location=True,
    )

    def __init__(self, account: str, settings: TelegramSettings, http: ClientSession) -> None:
        super().__init__(account, settings, http)
        self._client = BotClient(http, settings, self.capabilities.button_title_length)
        self._username: str | None = None

    async def __aenter__(self) -> Self:
        self._username = (await self._client.probe()).username
        if self.settings.mode == "polling":
            await self._client.receive_by_polling()
        elif self.settings.webhook_url is not None:
            await self._client.receive_by_webhook(str(self.settings.webhook_url), self._secret)
        return self

    def routes(self, sink: InboundSink) -> Iterable[web.RouteDef]:
        async def handle_webhook(request: web.Request) -> web.Response:
            given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(self._secret.encode(), given):
                raise BadSignature("The secret token does not match.")
            update = _json(await request.read())
            events = list(parse(self._reading, update, datetime.now(UTC)))
            await sink.accept(events)
            query = pressed(update)
            if query is None:
                return web.Response()
            # One call may ride on the answer: here the one that takes the clock off the button.
            return web.json_response({"method": "answerCallbackQuery", "callback_query_id": query})

        return [web.post("/webhook", handle_webhook)] if self.settings.mode == "webhook" else []

    async def listen(self, sink: InboundSink) -> None:
        """Poll, where the account does. A batch is confirmed by asking for the next, after it was stored."""
        if self.settings.mode == "webhook":
            return
        offset: int | None = None
        while True:
            updates = await self._client.poll(offset, self.settings.poll_timeout)
            if not updates:
                continue
            await sink.accept(list(parse_batch(self._reading, updates, datetime.now(UTC))))
            numbers = [number for number in map(_update_id, updates) if number is not None]
            if not numbers:  # nothing can be confirmed: the same would come for ever
                raise TemporaryFailure("The provider gave updates without numbers.")
            offset = max(numbers) + 1
            await self._answer_presses(updates)

    def replay(self, raw: Any) -> list[InboundEvent]:
        """What a `Broken.raw` says to the parser of today."""
        return list(parse(self._reading, raw, datetime.now(UTC)))

    async def send(self, message: OutboundMessage) -> Sent:
        parts = degrade(message.content, self.capabilities)
        if len(parts) != 1:
            detail = "This takes more than one message here; degrade it before it is queued."
            raise Undeliverable(FailureReason.CONTENT_REJECTED, detail)
        return Sent(await self._client.send(replace(message, content=parts[0])))

    async def fetch(self, reference: Mapping[str, str]) -> Attachment:
        return await self._client.download(reference)

    async def typing(self, recipient: str, reply_to: str | None) -> None:
        """Shown for five seconds, or until our next message."""
        await self._client.typing(Address.read(recipient))

    @property
    def _reading(self) -> Reading:
        return Reading(self.account, self.settings.bot_id, self._username, self.settings.groups)

    @property
    def _secret(self) -> str:
        secret = self.settings.webhook_secret
        return secret.get_secret_value() if secret is not None else ""

    async def _answer_presses(self, updates: list[Any]) -> None:
        for query in filter(None, map(pressed, updates)):
            try:
                await self._client.answer_press(query)
            except ChannelError as error:  # the message is stored; only a clock goes on turning
                log.info("Account %s could not answer a pressed button: %s", self.account, error)


def _update_id(update: Any) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _json(raw: bytes) -> object:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        body: object = json.loads(raw, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise AnomalousPayload("The body is not JSON.") from error
    return body
