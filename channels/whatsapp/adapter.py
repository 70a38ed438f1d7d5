"""WhatsApp through Meta's Cloud API."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, Self

from aiohttp import ClientSession, web

from channels.adapter import ChannelAdapter, InboundSink
from channels.envelope import (
    Attachment,
    Capabilities,
    DeliveryState,
    FailureReason,
    InboundEvent,
    Kind,
    MediaLimit,
    OutboundMessage,
    Sent,
)
from channels.errors import AnomalousPayload, BadSignature
from channels.rendering import Undeliverable, degrade
from channels.whatsapp.api import GraphClient
from channels.whatsapp.messages import message_body, read_body
from channels.whatsapp.payload import parse
from channels.whatsapp.settings import WhatsAppSettings

SIGNATURE_HEADER = "X-Hub-Signature-256"
_DOCUMENTS = frozenset(
    {
        "text/plain",
        "application/pdf",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    }
)
_MB = 1024 * 1024
# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
_MEDIA = {
    Kind.IMAGE: MediaLimit(frozenset({"image/jpeg", "image/png"}), 5 * _MB),
    Kind.AUDIO: MediaLimit(
        frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}), 16 * _MB
    ),
    Kind.VIDEO: MediaLimit(frozenset({"video/mp4", "video/3gpp"}), 16 * _MB),
    Kind.DOCUMENT: MediaLimit(_DOCUMENTS, 100 * _MB),
    Kind.STICKER: MediaLimit(frozenset({"image/webp"}), 100 * 1024),  # static ones
}


def signed(secret: str, body: bytes, header: str | None) -> bool:
    """Does X-Hub-Signature-256 hold over exactly these bytes? Compared in constant time."""
    expected = "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
    given = (header or "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(expected.encode(), given)


class WhatsAppAdapter(ChannelAdapter[WhatsAppSettings]):
    """One telephone number. Receives by webhook; also MediaSource, TypingIndicator and `replay`."""

    settings_type = WhatsAppSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_length=4096,
        buttons=3,
        button_title_length=20,
        list_rows=10,
        list_title_length=24,
        choice_text_length=1024,
        media=_MEDIA,
        caption_length=1024,
        location=True,
        templates=True,
        reply_window=timedelta(hours=24),
        receipts=frozenset(DeliveryState),
        attests_phone=True,
    )

    def __init__(self, account: str, settings: WhatsAppSettings, http: ClientSession) -> None:
        super().__init__(account, settings, http)
        self._graph = GraphClient(http, settings)

    async def __aenter__(self) -> Self:
        await self._graph.probe()
        return self

    def routes(self, sink: InboundSink) -> Iterable[web.RouteDef]:
        async def handle_verification(request: web.Request) -> web.Response:
            """Meta asks once, when the webhook is subscribed, whether the address is ours."""
            expected = self.settings.verify_token.get_secret_value().encode()
            given = request.query.get("hub.verify_token", "").encode("utf-8", "surrogateescape")
            if request.query.get("hub.mode") != "subscribe" or not hmac.compare_digest(expected, given):
                raise BadSignature("The verification token does not match.")
            return web.Response(text=request.query.get("hub.challenge", ""))

        async def handle_webhook(request: web.Request) -> web.Response:
            raw = await request.read()
            if not signed(
                self.settings.app_secret.get_secret_value(), raw, request.headers.get(SIGNATURE_HEADER)
            ):
                raise BadSignature("The signature does not match the body.")
            events = list(parse(self.account, self.settings.phone_number_id, _json(raw)))
            if events:
                await sink.accept(events)
            return web.Response()

        return [web.get("/webhook", handle_verification), web.post("/webhook", handle_webhook)]

    def replay(self, raw: object) -> list[InboundEvent]:
        """What a `Broken.raw` says to the parser of today."""
        return list(parse(self.account, self.settings.phone_number_id, raw))

    async def send(self, message: OutboundMessage) -> Sent:
        parts = degrade(message.content, self.capabilities)
        if len(parts) != 1:
            detail = "This takes more than one message here; degrade it before it is queued."
            raise Undeliverable(FailureReason.CONTENT_REJECTED, detail)
        message = replace(message, content=parts[0])
        media_id = None
        if message.content.attachments:
            media_id = await self._graph.upload(message.content.attachments[0])
        body = message_body(message, self.capabilities, media_id=media_id)
        return Sent(await self._graph.send(body))

    async def fetch(self, reference: Mapping[str, str]) -> Attachment:
        return await self._graph.download(reference["media_id"], Kind(reference["kind"]))

    async def typing(self, recipient: str, reply_to: str | None) -> None:
        """Shown under the customer's last message, which it also marks as read."""
        if reply_to is not None:
            await self._graph.mark_read(read_body(reply_to, typing=True))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _json(raw: bytes) -> object:
    try:
        body: object = _DECODER.decode(raw.decode(json.detect_encoding(raw), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise AnomalousPayload("The body is not JSON.") from error
    return body
