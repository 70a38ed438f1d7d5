"""Turns: what customers wrote goes to the assistant as one unit, and its answer goes out or people take over.

The owner is looked at twice: before the slow call, and again in the transaction that posts the answer.
Whatever goes wrong in between (an exception, a hang, an empty or unsendable answer) ends in a handover with
its reason.

Overload. A queue behind a healthy assistant just waits its turn: a late answer is better than thousands of
tickets on people's desks. Behind a failing one (its last call failed) every waiting turn would cost a whole
deadline, so turns overdue by `overdue` go to people unasked; and nobody waits longer than `hopeless` for any
assistant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import text

from bot.contract import Assistant, Handover, HandoverReason, Language, Reply, ReplyMessage
from channels.envelope import Content
from channels.rendering import Undeliverable
from ticketing import work
from ticketing.accounts import Accounts
from ticketing.calendar import Calendar
from ticketing.desk import Desk, Transaction
from ticketing.handover import Passing, farewell, hand_over
from ticketing.learning.turns import outcome_of, turn_row
from ticketing.patience import patiently
from ticketing.posting import content_of, fit, post
from ticketing.queue import queue_before
from ticketing.settings import TurnSettings
from ticketing.state import Conversation, Ticket, lock_conversations, lock_tickets
from ticketing.statuses import ACTIVE_SQL
from ticketing.texts import language_of
from ticketing.turn_loading import LoadedTurn, load_turn
from ticketing.work import Claim
from ticketing.worker import Worker

logger = structlog.get_logger(__name__)

_FAILURES = frozenset(
    {HandoverReason.ASSISTANT_DOWN, HandoverReason.ASSISTANT_SLOW, HandoverReason.ASSISTANT_ERROR}
)
FORGET_DEADLINE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a turn: what was said, and whether people have the conversation now."""

    said: tuple[Content, ...]
    handed_over: bool


def failure(reason: HandoverReason, detail: str) -> Reply:
    return Reply(handover=Handover(reason, detail=detail))


class Turns(Worker[Claim]):
    """Asks the assistant, many conversations at once and one turn in flight for each."""

    topic = "turn"

    def __init__(
        self,
        desk: Desk,
        assistant: Assistant,
        accounts: Accounts,
        settings: TurnSettings | None = None,
        calendar: Calendar | None = None,
    ) -> None:
        self._settings = settings or TurnSettings()
        super().__init__(desk, self._settings.in_flight, self._settings.shutdown)
        self._assistant = assistant
        self._accounts = accounts
        self._calendar = calendar or Calendar()
        self._failing = False

    async def claim(self, free: int) -> Sequence[Claim]:
        async with self.desk.engine.begin() as connection:
            return await work.claim_turns(connection, free, self._settings.lease)

    async def next_due(self) -> float | None:
        async with self.desk.reading() as connection:
            return await work.next_due(connection, "turn")

    async def work(self, item: Claim) -> None:
        await self.answer(item, inline=False)

    async def answer(self, claim: Claim, *, inline: bool) -> Answer:
        """See a claimed turn through. `inline`: the answer is spoken by the caller and never queued."""
        turn = await patiently(lambda: load_turn(self.desk, self._accounts, claim.conversation_id))
        if turn is None:
            handed_over = await patiently(lambda: self._close(claim))
            return Answer((), handed_over)
        reply = self._unasked(claim) or await self._ask(turn)
        try:
            answer = await patiently(lambda: self._apply(claim, turn, reply, inline=inline))
        except (Undeliverable, ValueError, TypeError, AttributeError) as error:
            logger.warning("reply_unusable", conversation=str(claim.conversation_id), reason=str(error))
            unusable = failure(HandoverReason.ASSISTANT_ERROR, str(error))
            answer = await patiently(lambda: self._apply(claim, turn, unusable, inline=inline))
        if answer.handed_over:
            await self._forget(claim)
        return answer

    def _unasked(self, claim: Claim) -> Reply | None:
        if claim.account not in self._accounts:
            return failure(HandoverReason.ASSISTANT_ERROR, f"There is no account {claim.account} any more.")
        overdue = datetime.now(UTC) - claim.due_at
        if overdue > self._settings.hopeless or (self._failing and overdue > self._settings.overdue):
            return failure(
                HandoverReason.OVERLOADED, f"The turn was overdue by {overdue.total_seconds():.0f} s."
            )
        return None

    async def _ask(self, turn: LoadedTurn) -> Reply:
        try:
            async with asyncio.timeout(self._settings.deadline.total_seconds()):
                reply = await self._assistant.reply(turn.turn)
        except TimeoutError:
            reply = failure(
                HandoverReason.ASSISTANT_SLOW, "The assistant did not answer within its deadline."
            )
        except Exception as error:  # whatever it is, the customer gets a person
            logger.exception("assistant_raised", conversation=str(turn.turn.conversation_id))
            reply = failure(HandoverReason.ASSISTANT_ERROR, f"{type(error).__name__}: {error}")
        if reply.handover is None and not _spoken(reply.messages):
            reply = failure(HandoverReason.ASSISTANT_ERROR, "The assistant answered without an answer.")
        self._failing = reply.handover is not None and reply.handover.reason in _FAILURES
        if reply.handover is not None:
            logger.info(
                "turn_handed_over",
                conversation=str(turn.turn.conversation_id),
                reason=reply.handover.reason.value,
                detail=reply.handover.detail,
            )
        return reply

    async def _apply(self, claim: Claim, turn: LoadedTurn, reply: Reply, *, inline: bool) -> Answer:
        """Post the answer, if it is still the assistant's to give."""
        async with self.desk.transaction() as transaction:
            conversation, ticket = await _locked(transaction, claim, turn)
            if not await work.holds(transaction.connection, claim):
                return Answer((), handed_over=False)
            owned = ticket is not None and ticket.with_assistant
            superseded = conversation is None or conversation.turn_position != turn.turn_position
            said: tuple[Content, ...] = ()
            if conversation is not None and ticket is not None and owned and not superseded:
                said = await self._say(transaction, conversation, ticket, turn, reply, inline=inline)
            await work.finish(transaction.connection, claim)
        return Answer(said, handed_over=not owned or (reply.handover is not None and not superseded))

    async def _say(
        self,
        transaction: Transaction,
        conversation: Conversation,
        ticket: Ticket,
        turn: LoadedTurn,
        reply: Reply,
        *,
        inline: bool,
    ) -> tuple[Content, ...]:
        conversation.turn_position = turn.last_position
        language = reply.language or language_of(turn.text, conversation.language)
        if reply.language is not None and reply.language.value != conversation.language:
            conversation.language = reply.language.value
            await _remember_language(transaction, ticket, reply.language)
        spoken = _spoken(reply.messages)
        contents = tuple(content_of(message) for message in spoken)
        transaction.changes.answered.append(_answered(turn, reply, spoken, language))
        author = "assistant"
        if reply.handover is not None:
            author = "assistant" if contents else "system"
            contents = await self._pass_on(transaction, ticket, reply, language, contents)
            conversation.turn_position = conversation.last_position  # people have all of it, late bubbles too
        account = self._accounts.get(conversation.account)
        parts = () if account is None else fit(contents, account.capabilities)
        waiting_since = ticket.waiting_since
        post(transaction, conversation, ticket, parts, author=author, inline=inline)
        if reply.handover is not None:
            ticket.waiting_since = waiting_since  # told that a person comes, the customer still waits
        transaction.save(conversation)
        transaction.save(ticket)
        return parts

    async def _pass_on(
        self,
        transaction: Transaction,
        ticket: Ticket,
        reply: Reply,
        language: Language,
        said: tuple[Content, ...],
    ) -> tuple[Content, ...]:
        """Hand the ticket to people; what the customer is told."""
        assert reply.handover is not None
        passing = Passing.of(reply.handover, language, reply.intent, reply.slots)
        timetable = self._calendar.current
        outlook = await hand_over(transaction, ticket, passing, actor="assistant", timetable=timetable)
        queue = await queue_before(transaction.connection, ticket)
        return farewell(passing, replace(outlook, queue=queue), said, timetable)

    async def _close(self, claim: Claim) -> bool:
        """Nothing to answer: free the row, and let the assistant forget what is no longer its own."""
        async with self.desk.transaction() as transaction:
            with_assistant = (
                await transaction.connection.execute(
                    text(
                        f"SELECT t.owner = 'assistant' AND {ACTIVE_SQL} FROM conversations c"  # noqa: S608
                        " JOIN tickets t ON t.id = c.ticket_id WHERE c.id = :id"
                    ),
                    {"id": claim.conversation_id},
                )
            ).scalar_one_or_none()
            await work.finish(transaction.connection, claim)
        if not with_assistant:
            await self._forget(claim)
        return not with_assistant

    async def _forget(self, claim: Claim) -> None:
        try:
            async with asyncio.timeout(FORGET_DEADLINE):
                await self._assistant.forget(claim.conversation_id)
        except Exception:
            logger.warning("assistant_did_not_forget", conversation=str(claim.conversation_id), exc_info=True)


def _spoken(messages: Sequence[ReplyMessage]) -> tuple[ReplyMessage, ...]:
    return tuple(
        message for message in messages if message.text.strip() or message.location or message.choices
    )


def _answered(
    turn: LoadedTurn, reply: Reply, spoken: Sequence[ReplyMessage], language: Language
) -> dict[str, Any]:
    """What the learning loop keeps of a turn."""
    return turn_row(
        conversation_id=turn.turn.conversation_id,
        ticket_id=turn.turn.ticket_id,
        contact_id=turn.turn.contact_id,
        text=turn.text,
        language=language,
        intent=reply.intent,
        confidence=reply.confidence,
        outcome=outcome_of(reply, spoken),
        reason=None if reply.handover is None else reply.handover.reason.value,
    )


async def _locked(
    transaction: Transaction, claim: Claim, turn: LoadedTurn
) -> tuple[Conversation | None, Ticket | None]:
    """The conversation and the ticket the turn was about, if that is still its ticket."""
    conversations = await lock_conversations(transaction.connection, [claim.conversation_id])
    conversation = conversations.get(claim.conversation_id)
    if conversation is None or conversation.ticket_id != turn.turn.ticket_id:
        return conversation, None
    tickets = await lock_tickets(transaction.connection, [turn.turn.ticket_id])
    return conversation, tickets.get(turn.turn.ticket_id)


async def _remember_language(transaction: Transaction, ticket: Ticket, language: Language) -> None:
    values: dict[str, Any] = {"language": language.value, "id": ticket.contact_id}
    await transaction.connection.execute(
        text("UPDATE contacts SET language = :language WHERE id = :id"), values
    )
