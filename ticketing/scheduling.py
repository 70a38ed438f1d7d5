"""Replies for later: kept until their time, when each becomes a message like any other, or is held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Content
from ticketing.accounts import Accounts
from ticketing.answering import (
    Writing,
    answer,
    capabilities_of,
    check_gaps,
    fitting,
    locked_conversation,
    uploads_of,
)
from ticketing.codec import stored_text
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, DeskError, Forbidden, Invalid, NotFound
from ticketing.notifications import notify
from ticketing.ownership import locked_ticket
from ticketing.state import Conversation
from ticketing.statuses import CLOSED
from ticketing.undoing import TakenBack

FURTHEST: Final = timedelta(days=90)
HELD: Final = "reply.held"
CUSTOMER_WROTE: Final = "customer_wrote"
TOPIC: Final = "scheduled"

_COLUMNS = (
    "s.id, s.client_id, s.ticket_id, s.conversation_id, s.agent_id, s.text, s.attachment_ids, s.status_after,"
    " s.send_at, s.send_anyway, s.seen_position, s.state, s.reason, s.created_at, s.updated_at"
)
_KNOWN: Final = text("SELECT id FROM scheduled_replies WHERE client_id = :client_id")
_INSERT: Final = text(
    "INSERT INTO scheduled_replies (client_id, ticket_id, conversation_id, agent_id, text, attachment_ids,"
    " status_after, send_at, send_anyway, seen_position) VALUES (:client_id, :ticket_id, :conversation_id,"
    " :agent_id, :text, CAST(:attachment_ids AS uuid[]), :status_after, :send_at, :send_anyway,"
    " :seen_position) RETURNING id"
)
_LOCK: Final = text(f"SELECT {_COLUMNS} FROM scheduled_replies s WHERE s.id = :id FOR UPDATE")  # noqa: S608 - our names
_LOCK_DUE: Final = text(
    f"SELECT {_COLUMNS} FROM scheduled_replies s WHERE s.id = :id AND s.state = 'waiting'"  # noqa: S608 - our names
    " AND s.send_at <= now() FOR UPDATE SKIP LOCKED"
)
_CHANGE: Final = text(
    "UPDATE scheduled_replies SET text = :text, send_at = :send_at, send_anyway = :send_anyway,"
    " seen_position = :seen_position, state = 'waiting', reason = NULL, updated_at = now() WHERE id = :id"
)
_END: Final = text("UPDATE scheduled_replies SET state = :state, updated_at = now() WHERE id = :id")
_HOLD: Final = text(
    "UPDATE scheduled_replies SET state = 'held', reason = :reason WHERE id = :id AND state = 'waiting'"
    " RETURNING ticket_id, agent_id"
)
_OF_TICKET: Final = text(
    f"SELECT {_COLUMNS}, a.name AS agent_name FROM scheduled_replies s"  # noqa: S608 - our names
    " JOIN agents a ON a.id = s.agent_id WHERE s.ticket_id = :ticket_id AND s.state IN ('waiting', 'held')"
    " ORDER BY s.send_at, s.id"
)
_ONE: Final = text(
    f"SELECT {_COLUMNS}, a.name AS agent_name FROM scheduled_replies s"  # noqa: S608 - our names
    " JOIN agents a ON a.id = s.agent_id WHERE s.id = :id"
)
# Its own conversation was locked when the reply was written: there positions tell what came after it.
_WROTE: Final = text(
    "SELECT 1 FROM messages m WHERE m.ticket_id = :ticket_id AND m.direction = 'inbound'"
    " AND m.kind <> 'reaction' AND CASE WHEN m.conversation_id = :conversation_id"
    " THEN m.position > :seen ELSE m.created_at > :since END LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who changes a scheduled reply. `may_change_others`: those of colleagues, too."""

    agent_id: UUID
    may_change_others: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """`send_anyway`: also when the customer has written meanwhile."""

    send_at: datetime
    send_anyway: bool = False


class Scheduling:
    """Each method is one transaction; permissions were checked at the door."""

    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk = desk
        self._accounts = accounts

    async def schedule(self, writing: Writing, when: When) -> UUID:
        """Keep a reply for later and return its id. Invalid `send_at_past`, `send_at_far`,
        `window_closed_then` with `fields.expires_at`; Conflict `with_assistant`, `ticket_closed`; and what a
        reply is refused for.
        """
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            known: UUID | None = await connection.scalar(_KNOWN, {"client_id": writing.client_id})
            if known is not None:
                return known
            conversation = await locked_conversation(transaction, writing.ticket_id, writing.conversation_id)
            await self._check(transaction, conversation, writing, when)
            values = {
                "client_id": writing.client_id,
                "ticket_id": writing.ticket_id,
                "conversation_id": conversation.id,
                "agent_id": writing.agent_id,
                "text": stored_text(writing.content.text),
                "attachment_ids": list(writing.attachment_ids),
                "status_after": writing.status_after,
                "send_at": when.send_at,
                "send_anyway": when.send_anyway,
                "seen_position": conversation.last_position,
            }
            scheduled_id: UUID = (await connection.execute(_INSERT, values)).scalar_one()
            _record(transaction, "reply.scheduled", scheduled_id, writing.ticket_id, writing.agent_id)
            transaction.wake(TOPIC)
            return scheduled_id

    async def change(
        self,
        scheduled_id: UUID,
        person: Person,
        *,
        words: str | None = None,
        send_at: datetime | None = None,
        send_anyway: bool | None = None,
    ) -> None:
        """Other words or another time; one that was held waits again. Conflict `too_late`."""
        async with self._desk.transaction() as transaction:
            row = await _locked(transaction.connection, scheduled_id, person)
            conversation = await locked_conversation(transaction, row.ticket_id, row.conversation_id)
            when = When(send_at or row.send_at, row.send_anyway if send_anyway is None else send_anyway)
            writing = _writing(row, row.text if words is None else words)
            await self._check(transaction, conversation, writing, when)
            values = {
                "id": scheduled_id,
                "text": stored_text(writing.content.text),
                "send_at": when.send_at,
                "send_anyway": when.send_anyway,
                "seen_position": conversation.last_position,
            }
            await transaction.connection.execute(_CHANGE, values)
            _record(transaction, "reply.rescheduled", scheduled_id, row.ticket_id, person.agent_id)
            transaction.wake(TOPIC)

    async def cancel(self, scheduled_id: UUID, person: Person) -> TakenBack:
        """It will not be sent; what it said is given back. Conflict `too_late`."""
        async with self._desk.transaction() as transaction:
            row = await _locked(transaction.connection, scheduled_id, person)
            await transaction.connection.execute(_END, {"id": scheduled_id, "state": "cancelled"})
            _record(transaction, "reply.unscheduled", scheduled_id, row.ticket_id, person.agent_id)
            return TakenBack(row.text, tuple(row.attachment_ids), row.conversation_id, ())

    async def send_now(self, scheduled_id: UUID, person: Person) -> list[UUID]:
        """At once, whatever came since. Returns the messages' ids."""
        async with self._desk.transaction() as transaction:
            row = await _locked(transaction.connection, scheduled_id, person)
            return await self._send(transaction, row, anyway=True)

    async def send_due(self, scheduled_id: UUID) -> None:
        """What the worker does at its time: sent, or held back with the reason and its author told."""
        try:
            async with self._desk.transaction() as transaction:
                row = (await transaction.connection.execute(_LOCK_DUE, {"id": scheduled_id})).one_or_none()
                if row is not None:  # nobody else has it, and nobody changed it meanwhile
                    await self._send(transaction, row, anyway=row.send_anyway)
        except DeskError as refusal:
            await self._hold(scheduled_id, refusal.code)

    async def _send(self, transaction: Transaction, row: Row[Any], *, anyway: bool) -> list[UUID]:
        connection = transaction.connection
        await locked_conversation(transaction, row.ticket_id, row.conversation_id)
        if not anyway:
            values = {
                "ticket_id": row.ticket_id,
                "conversation_id": row.conversation_id,
                "seen": row.seen_position,
                "since": row.updated_at,
            }
            if await connection.scalar(_WROTE, values) is not None:
                raise Conflict(CUSTOMER_WROTE, "The customer has written since.")
        if (await locked_ticket(connection, row.ticket_id)).owner == "assistant":
            raise Conflict("with_assistant", "The assistant has this ticket: take it over.")
        _, ids = await answer(transaction, self._accounts, _writing(row, row.text))
        await connection.execute(_END, {"id": row.id, "state": "sent"})
        _record(transaction, "reply.unscheduled", row.id, row.ticket_id, row.agent_id)
        return ids

    async def _hold(self, scheduled_id: UUID, reason: str) -> None:
        async with self._desk.transaction() as transaction:
            values = {"id": scheduled_id, "reason": reason}
            held = (await transaction.connection.execute(_HOLD, values)).one_or_none()
            if held is None:
                return
            data = {"scheduled_id": str(scheduled_id), "reason": reason}
            transaction.record(Event(HELD, "system", ticket_id=held.ticket_id, data=data))
            await notify(transaction, [held.agent_id], HELD, held.ticket_id, data)

    async def _check(
        self, transaction: Transaction, conversation: Conversation, writing: Writing, when: When
    ) -> None:
        check_gaps(writing.content.text)
        ticket = await locked_ticket(transaction.connection, writing.ticket_id)
        if ticket.status == CLOSED:
            raise Conflict("ticket_closed", "This ticket is closed: reopen it to answer.")
        if ticket.owner == "assistant":
            raise Conflict("with_assistant", "The assistant has this ticket: take it over.")
        _check_time(when.send_at, transaction.now)
        capabilities = capabilities_of(self._accounts, conversation.account)
        expires_at = conversation.window_expires_at
        if capabilities.reply_window is not None and (expires_at is None or expires_at <= when.send_at):
            fields = {} if expires_at is None else {"expires_at": expires_at.isoformat()}
            raise Invalid("window_closed_then", "The reply window will be closed by then.", fields)
        if not writing.content.text.strip() and not writing.attachment_ids:
            raise Invalid("empty", "A reply needs words or a file.")
        files = await uploads_of(transaction.connection, writing.attachment_ids, writing.agent_id)
        fitting(capabilities, Content(text=writing.content.text, attachments=files))


async def scheduled_of_ticket(connection: AsyncConnection, ticket_id: UUID) -> Sequence[Row[Any]]:
    """What waits or is held back, soonest first."""
    return (await connection.execute(_OF_TICKET, {"ticket_id": ticket_id})).all()


async def scheduled_reply(connection: AsyncConnection, scheduled_id: UUID) -> Row[Any]:
    """NotFound when it is not there."""
    row = (await connection.execute(_ONE, {"id": scheduled_id})).one_or_none()
    if row is None:
        raise _missing()
    return row


def _check_time(send_at: datetime, now: datetime) -> None:
    if send_at <= now:
        raise Invalid("send_at_past", "This time has passed.", {"send_at": "past"})
    if send_at > now + FURTHEST:
        raise Invalid("send_at_far", f"At most {FURTHEST.days} days ahead.", {"send_at": "far"})


def _writing(row: Row[Any], words: str) -> Writing:
    return Writing(
        row.ticket_id,
        row.agent_id,
        row.client_id,
        Content(text=words),
        tuple(row.attachment_ids),
        row.conversation_id,
        status_after=row.status_after,
    )


async def _locked(connection: AsyncConnection, scheduled_id: UUID, person: Person) -> Row[Any]:
    row = (await connection.execute(_LOCK, {"id": scheduled_id})).one_or_none()
    if row is None:
        raise _missing()
    if row.agent_id != person.agent_id and not person.may_change_others:
        raise Forbidden("forbidden", "A scheduled reply is its author's.")
    if row.state not in {"waiting", "held"}:
        raise Conflict("too_late", "This reply was sent or cancelled already.")
    return row


def _missing() -> NotFound:
    return NotFound("scheduled_unknown", "There is no such scheduled reply.")


def _record(transaction: Transaction, kind: str, scheduled_id: UUID, ticket_id: UUID, agent_id: UUID) -> None:
    data = {"scheduled_id": str(scheduled_id)}
    transaction.record(Event(kind, "agent", ticket_id=ticket_id, actor_id=agent_id, data=data))
