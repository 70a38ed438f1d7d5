"""The contract of a channel, and what the desk gives it. Optional abilities are small protocols."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, runtime_checkable

from aiohttp import ClientSession, web
from pydantic import BaseModel

from channels.envelope import (
    Attachment,
    Capabilities,
    Exchange,
    InboundEvent,
    InboundMessage,
    OutboundMessage,
    Sent,
    ThreadEntry,
)


class InboundSink(Protocol):
    """The desk, as a channel sees it."""

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        """Store the events; once this returns the provider may be acknowledged.

        TemporaryFailure: they cannot be stored now, and whoever sent them must send them again.
        """

    async def converse(self, message: InboundMessage) -> Exchange:
        """Store the message and answer while the provider waits (a telephone call)."""

    async def thread(
        self, account: str, address: str, *, after: int = 0, limit: int = 100
    ) -> Sequence[ThreadEntry]:
        """What this address and we have written, oldest first, positions above `after` (0: the newest
        `limit`). For channels with no provider that keeps the thread (web chat)."""


SettingsT = TypeVar("SettingsT", bound=BaseModel)


class ChannelAdapter(ABC, Generic[SettingsT]):
    """One account of a channel. Entering it probes the provider: AccountRejected or TemporaryFailure."""

    capabilities: ClassVar[Capabilities]
    settings_type: ClassVar[type[BaseModel]]

    def __init__(self, account: str, settings: SettingsT, http: ClientSession) -> None:
        self.account = account
        self.settings = settings
        self.http = http

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def routes(self, sink: InboundSink) -> Iterable[web.RouteDef]:
        """Routes below /channels/<account>/ (paths given relative, starting with a slash)."""
        return ()

    async def listen(self, sink: InboundSink) -> None:
        """Run for as long as the account lives (polling, IMAP IDLE). Returning: there is nothing to hear."""

    @abstractmethod
    async def send(self, message: OutboundMessage) -> Sent:
        """Hand one message to the provider, or raise a ChannelError."""


@runtime_checkable
class MediaSource(Protocol):
    """A channel whose inbound media is fetched by reference, later."""

    async def fetch(self, reference: Mapping[str, str]) -> Attachment:
        """Download: the result carries `data` and the provider's content type. ChannelError otherwise."""


@runtime_checkable
class TypingIndicator(Protocol):
    """A channel that can show the customer that an answer is being written."""

    async def typing(self, recipient: str, reply_to: str | None) -> None: ...


@runtime_checkable
class DemonstrationPage(Protocol):
    """A channel that can show itself on a page of its own, at `path`, in a demonstration."""

    def demonstration(self, path: str) -> Iterable[web.RouteDef]: ...


@runtime_checkable
class Rereading(Protocol):
    """A channel that can read the raw part of a `Broken` again, after its parser was put right."""

    def replay(self, raw: Any) -> Sequence[InboundEvent]: ...
