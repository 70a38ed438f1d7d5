"""Making events ready for storing, before any transaction: cleaned, checked, their files put away."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from bot.contract import Danger, DangerDetector
from channels.envelope import (
    Attachment,
    Broken,
    DeliveryReceipt,
    DeliveryState,
    Ignored,
    InboundEvent,
    InboundMessage,
    Sender,
)
from ticketing.accounts import Accounts
from ticketing.arrivals import Arrival, known_account
from ticketing.changes import Row
from ticketing.codec import content_to_json, optional_text, stored_json, stored_text, to_utc
from ticketing.errors import Busy
from ticketing.failed_events import FailedEvent
from ticketing.storage import Storage, storage_key

logger = structlog.get_logger(__name__)

Prepared = Arrival | DeliveryReceipt | FailedEvent

NAME_LIMIT = 200


class Preparer:
    """Turns what a channel parsed into what a transaction stores. What cannot be prepared is kept as
    failed.
    """

    def __init__(self, accounts: Accounts, storage: Storage, danger: DangerDetector) -> None:
        self.accounts = accounts
        self.storage = storage
        self._danger = danger

    async def prepare(self, events: Sequence[InboundEvent], *, inline: bool = False) -> list[Prepared]:
        """In order. Busy when a file cannot be put away: the provider keeps it and comes again."""
        prepared: list[Prepared] = []
        for event in events:
            if isinstance(event, Ignored):
                logger.debug("event_ignored", account=event.account, what=event.what)
            elif isinstance(event, Broken):
                prepared.append(FailedEvent.broken(event))
            else:
                try:
                    prepared.append(await self._prepare(event, inline))
                except (ValueError, TypeError, AttributeError, OverflowError) as error:
                    logger.warning("event_unusable", account=event.account, reason=str(error))
                    prepared.append(FailedEvent.of(event, error))
        return prepared

    async def _prepare(self, event: InboundMessage | DeliveryReceipt, inline: bool) -> Prepared:
        account = known_account(self.accounts, event.account)
        if isinstance(event, DeliveryReceipt):
            return replace(
                event,
                external_id=_identifier(event.external_id),
                state=DeliveryState(event.state),
                at=to_utc(event.at),
            )
        message = _clean(event)
        message_id = uuid7()
        content = message.content
        return Arrival(
            message=message,
            message_id=message_id,
            account=account,
            content=content_to_json(content),
            attachments=tuple(
                [
                    await self._put_away(message, message_id, position, attachment)
                    for position, attachment in enumerate(content.attachments)
                ]
            ),
            danger=self._danger_in(content.text),
            inline=inline,
        )

    def _danger_in(self, text: str) -> Danger | None:
        return self._danger(text) if text else None

    async def _put_away(
        self, message: InboundMessage, message_id: UUID, position: int, attachment: Attachment
    ) -> Row:
        row: Row = {
            "id": uuid7(),
            "message_id": message_id,
            "account": message.account,
            "position": position,
            "kind": attachment.kind.value,
            "content_type": stored_text(attachment.content_type, NAME_LIMIT),
            "name": optional_text(attachment.name, NAME_LIMIT),
            "size": attachment.size,
        }
        if attachment.data is None:
            if attachment.reference is None:
                raise ValueError("An attachment needs its bytes or a reference to fetch them.")
            return {
                **row,
                "state": "pending",
                "reference": stored_json(attachment.reference),
                "due_at": datetime.now(UTC),
            }
        sha256 = hashlib.sha256(attachment.data)
        key = storage_key(message.account, message.external_id, str(position), sha256.digest())
        try:
            await self.storage.put(key, attachment.data)
        except Exception as error:
            raise Busy("Files cannot be stored at the moment.") from error
        return {
            **row,
            "size": len(attachment.data),
            "state": "stored",
            "storage_key": key,
            "sha256": sha256.hexdigest(),
        }


def _identifier(value: str) -> str:
    cleaned = stored_text(value)
    if not cleaned:
        raise ValueError("An event without an id cannot be told from its replays.")
    return cleaned


def _clean(message: InboundMessage) -> InboundMessage:
    sender = message.sender
    addresses = tuple(dict.fromkeys(address for each in sender.addresses if (address := stored_text(each))))
    if not addresses:
        raise ValueError("A message without a sender cannot be answered.")
    content, text = message.content, stored_text(message.content.text)
    return InboundMessage(
        message.account,
        _identifier(message.external_id),
        Sender(addresses, optional_text(sender.name, NAME_LIMIT), optional_text(sender.phone, NAME_LIMIT)),
        to_utc(message.sent_at),
        content if text == content.text else replace(content, text=text),
        optional_text(message.reply_to),
    )
