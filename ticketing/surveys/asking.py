"""Asks the customer once for each time a ticket is solved, on the channel it was solved on."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from bot.contract import Language
from channels.envelope import Choice, Content
from channels.rendering import Undeliverable
from ticketing import texts
from ticketing.accounts import Accounts
from ticketing.customer.consents import REFUSED, refusals
from ticketing.desk import Desk, Event, Transaction
from ticketing.posting import fit, post
from ticketing.state import Conversation, Ticket, lock_conversations, lock_tickets
from ticketing.statuses import DONE, SOLVED
from ticketing.surveys.answers import CHOICE
from ticketing.surveys.settings import SurveySettings, read_settings
from ticketing.texts import language_of
from ticketing.worker import BatchWorker

TOPIC: Final = "survey"
SHUTDOWN: Final = timedelta(seconds=5)
SCORES: Final = (5, 4, 3, 2, 1)

_PLAN = text(
    "INSERT INTO ratings (id, ticket_id, solved_at, state, due_at, agent_id, team_id, category, contact_id)"
    " SELECT :id, :ticket_id, CAST(:solved_at AS timestamptz), 'waiting',"
    " CAST(:solved_at AS timestamptz) + s.delay, :agent_id, :team_id, :category, :contact_id"
    " FROM survey_settings s WHERE s.enabled ON CONFLICT (ticket_id, solved_at) DO NOTHING"
)
_ANY_DUE = text(
    "SELECT 1 FROM ratings WHERE state = 'waiting' AND due_at <= now() LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_TAKE = text(
    "SELECT id, ticket_id, solved_at, contact_id, team_id FROM ratings WHERE state = 'waiting'"
    " AND due_at <= now() ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_NEXT_DUE = text(
    "SELECT extract(epoch FROM min(due_at) - now()) FROM ratings WHERE state = 'waiting' AND due_at > now()"
)
_CONVERSATION = text(
    "SELECT id FROM conversations WHERE ticket_id = :ticket_id"
    " ORDER BY last_inbound_at DESC NULLS LAST LIMIT 1"
)
_FACTS = text(
    "SELECT EXISTS (SELECT 1 FROM messages WHERE ticket_id = :ticket_id AND author = 'agent'"
    "  AND direction = 'outbound') AS answered,"
    " EXISTS (SELECT 1 FROM ratings WHERE contact_id = :contact_id AND id <> :id"
    "  AND asked_at > now() - CAST(:within AS interval)) AS asked_lately,"
    " coalesce((SELECT restricted FROM categories WHERE code = :category), false) AS is_restricted"
)
_SKIP = text("UPDATE ratings SET state = 'skipped', reason = :reason WHERE id = :id")
_LATER = text("UPDATE ratings SET due_at = :due_at WHERE id = :id")
_ASKED = text(
    "UPDATE ratings SET state = 'asked', asked_at = :at, conversation_id = :conversation_id,"
    " channel = :channel WHERE id = :id"
)


class _Skipped(Exception):
    """This customer is not asked; the message is why."""


async def plan_surveys(transaction: Transaction) -> None:
    """A keeper of the desk: what is solved with this transaction is asked about later."""
    for ticket in transaction.changes.tickets.values():
        if ticket.status != SOLVED or ticket.solved_at != transaction.now or ticket.owner != "agents":
            continue
        values = {
            "id": uuid7(),
            "ticket_id": ticket.id,
            "solved_at": ticket.solved_at,
            "agent_id": ticket.assignee_id,
            "team_id": ticket.team_id,
            "category": ticket.category,
            "contact_id": ticket.contact_id,
        }
        await transaction.connection.execute(_PLAN, values)
        transaction.wake(TOPIC)


class Surveys(BatchWorker):
    """What is said and that it was asked are one transaction: a process that dies half-way asked nothing."""

    topic = TOPIC
    any_due = _ANY_DUE
    due_in = _NEXT_DUE

    def __init__(self, desk: Desk, accounts: Accounts, zone: tzinfo) -> None:
        super().__init__(desk, SHUTDOWN)
        self._accounts = accounts
        self._zone = zone

    async def batch(self) -> None:
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            row = (await connection.execute(_TAKE)).one_or_none()
            if row is None:
                return
            settings = await read_settings(connection)
            later = settings.polite(transaction.now, self._zone)
            if later is not None:
                await connection.execute(_LATER, {"id": row.id, "due_at": later})
                return
            try:
                await self._ask(transaction, row, settings)
            except _Skipped as skipped:
                await connection.execute(_SKIP, {"id": row.id, "reason": str(skipped)})

    async def _ask(self, transaction: Transaction, row: Row[Any], settings: SurveySettings) -> None:
        connection = transaction.connection
        conversation, ticket = await _locked(connection, row.ticket_id)
        account = self._accounts.get(conversation.account)
        if account is None:
            raise _Skipped("account_gone")
        await _check(connection, row, ticket, settings)
        if await refusals(connection, "satisfaction_surveys", [conversation.id]):
            raise _Skipped(REFUSED)
        if settings.channels and account.channel not in settings.channels:
            raise _Skipped("channel")
        if account.capabilities.reply_window is not None and _is_closed(conversation, transaction.now):
            raise _Skipped("window_closed")
        language = language_of("", conversation.language)
        try:
            parts = fit([question(language, ticket.number or "")], account.capabilities)
        except Undeliverable as error:
            raise _Skipped(f"undeliverable: {error.failure.reason.value}") from error
        post(transaction, conversation, ticket, parts, author="system")
        transaction.save(ticket)
        transaction.record(Event("ticket.survey_sent", "system", ticket_id=ticket.id))
        values = {
            "id": row.id,
            "at": transaction.now,
            "conversation_id": conversation.id,
            "channel": account.channel,
        }
        await connection.execute(_ASKED, values)


async def _locked(connection: AsyncConnection, ticket_id: UUID) -> tuple[Conversation, Ticket]:
    """Conversations first, as everywhere. _Skipped when it has moved on."""
    conversation_id = await connection.scalar(_CONVERSATION, {"ticket_id": ticket_id})
    if conversation_id is None:
        raise _Skipped("conversation_moved")
    conversation = (await lock_conversations(connection, [conversation_id]))[conversation_id]
    ticket = (await lock_tickets(connection, [ticket_id])).get(ticket_id)
    if ticket is None or conversation.ticket_id != ticket_id:
        raise _Skipped("conversation_moved")
    return conversation, ticket


async def _check(
    connection: AsyncConnection, row: Row[Any], ticket: Ticket, settings: SurveySettings
) -> None:
    if not settings.enabled:
        raise _Skipped("disabled")
    if ticket.status not in DONE or ticket.solved_at != row.solved_at:
        raise _Skipped("reopened")
    if ticket.close_reason is not None:
        raise _Skipped(ticket.close_reason)  # junk, merged
    if settings.teams and row.team_id not in settings.teams:
        raise _Skipped("team")
    values = {
        "ticket_id": ticket.id,
        "contact_id": row.contact_id,
        "id": row.id,
        "within": settings.not_again_within,
        "category": ticket.category,
    }
    facts = (await connection.execute(_FACTS, values)).one()
    if not facts.answered:
        raise _Skipped("never_answered")
    if facts.asked_lately:
        raise _Skipped("asked_lately")
    if facts.is_restricted:
        raise _Skipped("restricted")


def question(language: Language, number: str) -> Content:
    """What the customer is asked, with the five answers."""
    choices = tuple(Choice(f"{CHOICE}{score}", texts.say(language, f"survey_{score}")) for score in SCORES)
    return Content(text=texts.say(language, "survey_question", number=number), choices=choices)


def _is_closed(conversation: Conversation, now: datetime) -> bool:
    return conversation.window_expires_at is None or conversation.window_expires_at <= now
