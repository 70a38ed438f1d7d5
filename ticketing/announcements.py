"""Says what was announced (knowledge_base/announcements.py), each thing once.

What is said and that it was said are one transaction, so a process that dies half-way has said nothing.
The ticket keeps its owner, and a customer who waits for a person goes on waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Row, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import Language, ReplyMessage
from channels.envelope import Capabilities, Content, Kind, Template
from channels.rendering import Undeliverable
from knowledge_base.announcements import announcements
from knowledge_base.outages import followers
from ticketing.accounts import Accounts
from ticketing.customer.consents import REFUSED, refusals
from ticketing.desk import Desk, Event, Transaction
from ticketing.posting import content_of, fit, post
from ticketing.state import Conversation, Ticket, lock_conversations, lock_tickets
from ticketing.texts import language_of
from ticketing.worker import BatchWorker

logger = structlog.get_logger(__name__)

Words = Callable[[str, Mapping[str, Any], Language], ReplyMessage]
"""The message for (kind, data, language); ValueError when there are no words for it."""

BATCH: Final = 100  # announcements said in one transaction
SHUTDOWN: Final = timedelta(seconds=5)
_PARAMETER_LENGTH: Final = 1_000  # characters of a template's parameter, which holds no line break

_due = announcements.c.state == "pending", announcements.c.due_at <= func.now()
_ANY_DUE = select(announcements.c.id).where(*_due).limit(1).with_for_update(skip_locked=True)
_TAKE = (
    select(announcements)
    .where(*_due)
    .order_by(announcements.c.due_at, announcements.c.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)
_NEXT_DUE = text(
    "SELECT extract(epoch FROM min(due_at) - now()) FROM announcements"
    " WHERE state = 'pending' AND due_at > now()"
)
_OF_OUTAGES: Final = frozenset(
    {
        followers.UPDATE,
        followers.NO_ESTIMATE,
        followers.OVER,
        followers.CANCELLED,
        followers.WORKS_CANCELLED,
    }
)
_FOLLOWED = text(
    "SELECT a.id, f.followed_at FROM announcements a JOIN outage_followers f"
    " ON f.conversation_id = a.conversation_id AND CAST(f.outage_id AS text) = a.data->>'outage'"
    " WHERE a.id = ANY(CAST(:ids AS uuid[]))"
)
_DONE = (
    update(announcements)
    .where(announcements.c.id == bindparam("row_id"))
    .values(state=bindparam("new_state"), reason=bindparam("why"), said_at=bindparam("at"))
)


class Skipped(Exception):
    """This announcement cannot be said; the message is why."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where it is said: both rows are locked."""

    conversation: Conversation
    ticket: Ticket | None


class Announcements(BatchWorker):
    """`templates` name, by account, the approved template that carries a notice past a closed reply window:
    its one parameter is the text.
    """

    topic = "announcement"
    any_due = _ANY_DUE
    due_in = _NEXT_DUE

    def __init__(
        self, desk: Desk, accounts: Accounts, words: Words, templates: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(desk, SHUTDOWN)
        self._accounts = accounts
        self._words = words
        self._templates = templates or {}

    async def batch(self) -> None:
        async with self.desk.transaction() as transaction:
            rows = (await transaction.connection.execute(_TAKE)).all()
            places = await _places(transaction.connection, [row.conversation_id for row in rows])
            refused = await _refused(transaction.connection, rows)
            outcomes = [
                self._outcome(transaction, row, places.get(row.conversation_id), refused=row.id in refused)
                for row in rows
            ]
            if outcomes:
                await transaction.connection.execute(_DONE, outcomes)

    def _outcome(
        self, transaction: Transaction, row: Row[Any], place: _Place | None, *, refused: bool
    ) -> dict[str, Any]:
        try:
            self._say(transaction, row, place, refused=refused)
        except Skipped as skipped:
            _record_skipped(transaction, row, place, str(skipped))
            return {"row_id": row.id, "new_state": "skipped", "why": str(skipped), "at": None}
        return {"row_id": row.id, "new_state": "sent", "why": None, "at": transaction.now}

    def _say(self, transaction: Transaction, row: Row[Any], place: _Place | None, *, refused: bool) -> None:
        if place is None:
            raise Skipped("conversation_unknown")
        if refused:
            raise Skipped(REFUSED)
        if row.expires_at is not None and row.expires_at <= transaction.now:
            raise Skipped("too_late")
        conversation = place.conversation
        account = self._accounts.get(conversation.account)
        if account is None:
            raise Skipped("account_gone")
        language = language_of("", row.language or conversation.language)
        try:
            content = content_of(self._words(row.kind, row.data, language))
        except ValueError as error:
            logger.exception("announcement_without_words", kind=row.kind, key=row.key)
            raise Skipped("no_words") from error
        if _is_closed(conversation, account.capabilities, transaction.now):
            content = self._as_template(account.key, account.capabilities, content, language)
        try:
            parts = fit([content], account.capabilities)
        except Undeliverable as error:
            raise Skipped(f"undeliverable: {error.failure.reason.value}") from error
        post(transaction, conversation, place.ticket, parts, author="system")

    def _as_template(
        self, account: str, capabilities: Capabilities, content: Content, language: Language
    ) -> Content:
        name = self._templates.get(account)
        if name is None or not capabilities.templates:
            raise Skipped("window_closed")
        words = " ".join(content.text.split())[:_PARAMETER_LENGTH]
        template = Template(name, template_language(language), parameters=(words,))
        return Content(kind=Kind.TEMPLATE, text=content.text, template=template)


def template_language(language: Language) -> str:
    """WhatsApp approves templates per language, and knows no Darija: Arabic is what its writers read."""
    return {Language.FR: "fr", Language.EN: "en"}.get(language, "ar")


def _is_closed(conversation: Conversation, capabilities: Capabilities, now: datetime) -> bool:
    if capabilities.reply_window is None:
        return False
    return conversation.window_expires_at is None or conversation.window_expires_at <= now


async def _refused(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> set[UUID]:
    """Notices of outages whose customer refused such notices, and has not asked for this one since."""
    notices = [row for row in rows if row.kind in _OF_OUTAGES]
    refused = await refusals(connection, "outage_notices", [row.conversation_id for row in notices])
    against = [row for row in notices if row.conversation_id in refused]
    if not against:
        return set()
    followed = await connection.execute(_FOLLOWED, {"ids": [row.id for row in against]})
    since = {row.id: row.followed_at for row in followed}
    return {row.id for row in against if row.id not in since or since[row.id] <= refused[row.conversation_id]}


async def _places(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, _Place]:
    conversations = await lock_conversations(connection, ids)
    tickets = await lock_tickets(
        connection, [each.ticket_id for each in conversations.values() if each.ticket_id is not None]
    )
    return {
        key: _Place(conversation, tickets.get(conversation.ticket_id) if conversation.ticket_id else None)
        for key, conversation in conversations.items()
    }


def _record_skipped(transaction: Transaction, row: Row[Any], place: _Place | None, reason: str) -> None:
    logger.info("announcement_skipped", kind=row.kind, key=row.key, reason=reason)
    transaction.record(
        Event(
            "announcement.skipped",
            "system",
            ticket_id=None if place is None else place.conversation.ticket_id,
            conversation_id=row.conversation_id,
            data={"kind": row.kind, "reason": reason},
        )
    )
