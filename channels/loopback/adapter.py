"""The reference channel: everything a channel can do, against a provider in memory."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import ClassVar, Self

from aiohttp import ClientSession, web

from channels.adapter import ChannelAdapter, InboundSink
from channels.envelope import (
    Attachment,
    Capabilities,
    DeliveryState,
    Kind,
    MediaLimit,
    OutboundMessage,
    Sent,
)
from channels.errors import AnomalousPayload, BadSignature
from channels.loopback.api import LoopbackProvider
from channels.loopback.payload import parse
from channels.loopback.settings import LoopbackSettings

SIGNATURE_HEADER = "X-Loopback-Signature"


def signature(secret: str, body: bytes) -> str:
    """What the provider writes into SIGNATURE_HEADER for this body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class LoopbackAdapter(ChannelAdapter[LoopbackSettings]):
    """Receives both ways, by webhook and by listening to its updates."""

    settings_type = LoopbackSettings
    capabilities: ClassVar[Capabilities] = Capabilities(
        text_length=4000,
        buttons=3,
        list_rows=10,
        media={
            Kind.IMAGE: MediaLimit(frozenset({"image/png", "image/jpeg"}), 5_000_000),
            Kind.AUDIO: MediaLimit(frozenset({"audio/ogg"}), 5_000_000),
            Kind.DOCUMENT: MediaLimit(frozenset({"application/pdf", "text/plain"}), 10_000_000),
        },
        location=True,
        templates=True,
        receipts=frozenset(DeliveryState),
        begins=True,
        attests_phone=True,
    )

    def __init__(self, account: str, settings: LoopbackSettings, http: ClientSession) -> None:
        super().__init__(account, settings, http)
        self.provider = LoopbackProvider()

    async def __aenter__(self) -> Self:
        await self.provider.probe()
        return self

    def routes(self, sink: InboundSink) -> Iterable[web.RouteDef]:
        async def handle_webhook(request: web.Request) -> web.Response:
            raw = await request.read()
            expected = signature(self.settings.secret.get_secret_value(), raw)
            given = request.headers.get(SIGNATURE_HEADER, "")
            if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape")):
                raise BadSignature("The signature does not match the body.")
            try:
                body = json.loads(raw)
            except (ValueError, RecursionError) as error:
                raise AnomalousPayload("The body is not JSON.") from error
            await sink.accept(list(parse(self.account, body)))
            return web.Response()

        return [web.post("/webhook", handle_webhook)]

    async def listen(self, sink: InboundSink) -> None:
        while True:
            update = await self.provider.oldest_update()
            await sink.accept(list(parse(self.account, update)))
            self.provider.acknowledge()  # stored first: what is not comes again in this account's next life

    async def send(self, message: OutboundMessage) -> Sent:
        external_id = await self.provider.take(message)
        if self.settings.receipts:
            self.provider.report(external_id, DeliveryState.SENT, message)
            self.provider.report(external_id, DeliveryState.DELIVERED, message)
        return Sent(external_id)

    async def fetch(self, reference: Mapping[str, str]) -> Attachment:
        return await self.provider.download(reference)

    async def typing(self, recipient: str, reply_to: str | None) -> None:
        self.provider.typing.append(recipient)
