"""What a browser can ask for, by HTTP or by socket: store, read, acknowledge, open a file."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from channels.adapter import InboundSink
from channels.envelope import (
    Attachment,
    Content,
    DeliveryReceipt,
    DeliveryState,
    InboundMessage,
    Sender,
    ThreadEntry,
)
from channels.webchat.hub import Hub, Member
from channels.webchat.payload import is_shown, read_client_id, read_content
from channels.webchat.rates import Rates
from channels.webchat.refused import Refused
from channels.webchat.settings import WebchatSettings

log = logging.getLogger(__name__)

PAGE = 100
REACHED = {  # states of an outbound message that already say what a receipt would say
    DeliveryState.DELIVERED: frozenset({"delivered", "read"}),
    DeliveryState.READ: frozenset({"read"}),
}


@runtime_checkable
class AttachmentSource(Protocol):
    """A sink that can open the files of a thread."""

    async def attachment(self, account: str, address: str, attachment_id: UUID) -> Attachment | None:
        """The file with its `data`, or None unless it is stored and belongs to a message of this address's
        thread that the customer may see. The id is the one in the `reference` of the thread's attachment."""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries a browser may see; `position` is where to go on from; `more` says that there is more now."""

    entries: tuple[ThreadEntry, ...]
    position: int
    more: bool


class Service:
    """One account's desk side. What it refuses is `Refused`; a desk that cannot store is `not_stored` (503),
    which a browser tries again."""

    def __init__(
        self, account: str, settings: WebchatSettings, hub: Hub, rates: Rates, sink: InboundSink
    ) -> None:
        self.account = account
        self.settings = settings
        self.hub = hub
        self.rates = rates
        self._sink = sink

    async def store(self, visitor: str, address: str, body: dict[str, Any]) -> str:
        """Store what a visitor wrote; returns its client id once it is committed."""
        client_id = read_client_id(body.get("client_id"))
        content = read_content(body, text_length=self.settings.text_length)
        await self.rates.message(visitor, address)
        await self._accept(visitor, client_id, content)
        return client_id

    async def store_file(self, visitor: str, client_id: str, attachment: Attachment) -> None:
        """The upload has been counted before its bytes were read."""
        await self._accept(visitor, client_id, Content(attachment.kind, attachments=(attachment,)))

    async def _accept(self, visitor: str, client_id: str, content: Content) -> None:
        message = InboundMessage(
            account=self.account,
            external_id=f"{visitor}:{client_id}",
            sender=Sender((visitor,)),
            sent_at=datetime.now(UTC),  # ours: a telephone's clock proves nothing
            content=content,
        )
        try:
            await self._sink.accept([message])
        except Exception as error:
            log.exception("Account %s could not store a visitor's %s", self.account, content.kind)
            raise Refused("not_stored", "Not stored; send it again.", status=503, retry_after=5) from error
        self.hub.announce(visitor)

    async def page(self, visitor: str, after: int, released: Collection[UUID] = ()) -> Page:
        """What follows `after`. Ends before the first message that has not left yet, so that nothing which
        leaves later is jumped over; `released` are leaving right now."""
        entries = await self._thread(visitor, after)
        shown: list[ThreadEntry] = []
        position = after
        for entry in entries:
            if entry.state == "pending" and entry.message_id not in released:
                return Page(tuple(shown), position, more=False)
            position = max(position, entry.position)
            if is_shown(entry) or entry.message_id in released:
                shown.append(entry)
        return Page(tuple(shown), position, more=after > 0 and len(entries) >= PAGE)

    async def acknowledge(
        self, visitor: str, state: DeliveryState, position: int, by: Member | None = None
    ) -> None:
        """The browser has received or shown everything up to `position`. Which messages that means is looked
        up in the visitor's own thread: a browser cannot speak about anyone else's."""
        entries = await self._thread(visitor, 0)
        reached = [
            entry
            for entry in entries
            if entry.direction == "outbound"
            and entry.position <= position
            and is_shown(entry)
            and entry.state not in REACHED[state]
        ]
        if not reached:
            return
        now = datetime.now(UTC)
        await self._sink.accept(
            [
                DeliveryReceipt(
                    account=self.account,
                    external_id=str(entry.message_id),
                    state=state,
                    at=now,
                    message_id=entry.message_id,
                )
                for entry in reached
            ]
        )
        if state is DeliveryState.READ:
            self.hub.read_elsewhere(visitor, [entry.message_id for entry in reached], by)

    async def attachment(self, visitor: str, attachment_id: UUID) -> Attachment:
        """Refused `not_found` (404) for everything that is not a stored file of this visitor's own thread."""
        if not isinstance(self._sink, AttachmentSource):
            raise Refused("unavailable", "Files cannot be opened here.", status=503)
        attachment = await self._sink.attachment(self.account, visitor, attachment_id)
        if attachment is None or attachment.data is None:
            raise Refused("not_found", "There is no such file in this thread.", status=404)
        return attachment

    async def _thread(self, visitor: str, after: int) -> Sequence[ThreadEntry]:
        return await self._sink.thread(self.account, visitor, after=after, limit=PAGE)


def acknowledged(state: Any) -> DeliveryState:
    """`delivered` or `read`, as a browser says it."""
    if state == "delivered":
        return DeliveryState.DELIVERED
    if state == "read":
        return DeliveryState.READ
    raise Refused("unreadable", "'state' must be 'delivered' or 'read'.")
