"""The web chat: our own widget on the utility's pages. There is no provider: the thread is the desk's own."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import ClassVar, Self

from aiohttp import ClientSession, web

from channels.adapter import ChannelAdapter, InboundSink
from channels.envelope import Capabilities, DeliveryState, OutboundMessage, Sent
from channels.errors import TemporaryFailure
from channels.webchat.api import Api
from channels.webchat.demo import demo_routes
from channels.webchat.door import Door
from channels.webchat.files import sendable
from channels.webchat.hub import Hub
from channels.webchat.rates import Rates
from channels.webchat.service import Service
from channels.webchat.settings import WebchatSettings
from channels.webchat.tokens import Tokens
from channels.webchat.widget_file import WidgetFile


class WebchatAdapter(ChannelAdapter[WebchatSettings]):
    """A message counts as sent when the visitor's sockets have been told: the thread itself is the store,
    and a browser that is away reads it when it comes back. Receipts are the browser's own."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        text_length=10_000,
        buttons=10,
        button_title_length=80,
        choice_text_length=10_000,
        media=sendable(),
        caption_length=10_000,
        location=True,
        receipts=frozenset({DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ}),
    )
    settings_type: ClassVar[type[WebchatSettings]] = WebchatSettings

    def __init__(self, account: str, settings: WebchatSettings, http: ClientSession) -> None:
        super().__init__(account, settings, http)
        self.widget = WidgetFile()
        self._hub = Hub(settings.sockets_per_visitor, settings.sockets)
        self._api: Api | None = None

    async def __aenter__(self) -> Self:
        if self.widget.load() is None:
            # Messages still flow; only new pages cannot load the chat. The supervisor looks again.
            raise TemporaryFailure("The chat widget is not built: run `npm run build -w @wasl/widget`.")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._api is not None:
            await self._api.close_sockets()

    def routes(self, sink: InboundSink) -> Iterable[web.RouteDef]:
        settings = self.settings
        secrets = (*settings.previous_secrets, settings.secret)
        tokens = Tokens(self.account, [key.get_secret_value() for key in secrets], settings.token_days)
        service = Service(self.account, settings, self._hub, Rates(settings), sink)
        self._api = Api(service, tokens, Door(settings), self.widget)
        return self._api.routes()

    async def send(self, message: OutboundMessage) -> Sent:
        self._hub.announce(message.recipient, message.message_id)
        return Sent(external_id=str(message.message_id))

    def demonstration(self, path: str) -> Iterable[web.RouteDef]:
        """A page of an imagined utility with this account's chat on it."""
        return demo_routes(f"/channels/{self.account}/widget.js", path)

    async def typing(self, recipient: str, reply_to: str | None) -> None:
        self._hub.typing(recipient)
