"""Storing a batch of customers' messages in one transaction: a handful of statements however many they
are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from bot.contract import Danger, HandoverReason
from channels.envelope import Content, InboundMessage, Kind
from ticketing import lifecycle
from ticketing.accounts import Account
from ticketing.changes import Row
from ticketing.conversations import Pair, open_conversations
from ticketing.desk import Event, Transaction
from ticketing.handover import Passing, give_number, hand_over
from ticketing.identity import Identity, Person, resolve
from ticketing.learning.turns import HANDED_OVER, turn_row
from ticketing.lifecycle import Placement
from ticketing.opening import Opening, open_batch
from ticketing.posting import fit, message_row, post, shown
from ticketing.settings import TicketingSettings
from ticketing.state import Conversation, Ticket, lock_tickets, new_ticket
from ticketing.surveys.hearing import SurveyAnswer, hear, keep_answer
from ticketing.texts import your_number

# What a customer does without saying anything: shown to people, never answered.
UNANSWERED = frozenset({Kind.REACTION, Kind.SYSTEM})
INLINE_GRACE = timedelta(seconds=30)  # how long workers leave the turn of a caller to the call itself


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inbound message made ready for storing: cleaned, with its rows, its attachments' bytes put away."""

    message: InboundMessage
    message_id: UUID
    account: Account
    content: dict[str, Any]
    attachments: tuple[Row, ...]
    danger: Danger | None
    inline: bool = False  # a telephone call: answered by `converse`, not by workers

    @property
    def person(self) -> Person:
        return Person(self.account.channel, self.message.sender)

    @property
    def asks(self) -> bool:
        return self.message.content.kind not in UNANSWERED


@dataclass(slots=True)
class Stored:
    """Where an arrival went. `said` is what a caller must hear at once."""

    conversation: Conversation
    ticket: Ticket
    said: list[Content] = field(default_factory=list)


async def store_arrivals(
    transaction: Transaction, arrivals: Sequence[Arrival], settings: TicketingSettings, *, careful: bool
) -> dict[UUID, Stored]:
    """Store what is new, in the order given; by message id. A replay is not in the answer.

    `careful` and NeedsCare: see `identity.resolve`.
    """
    opening = await open_batch(transaction.connection, arrivals, careful=careful)
    fresh = [arrival for arrival in arrivals if arrival.message_id in opening.claimed]
    if not fresh:
        return {}
    people = [arrival.person for arrival in fresh]
    identities = await resolve(transaction, people, opening.book, careful=careful)
    pairs = {
        (arrival.account.key, identities[arrival.person].id): identities[arrival.person] for arrival in fresh
    }
    await _complete(transaction, opening, pairs)
    conversations = opening.conversations
    batch = _Batch(transaction, settings, opening.tickets)
    stored = {}
    for arrival in fresh:
        identity = identities[arrival.person]
        stored[arrival.message_id] = await batch.store(
            arrival, identity, conversations[arrival.account.key, identity.id]
        )
    return stored


async def _complete(transaction: Transaction, opening: Opening, pairs: Mapping[Pair, Identity]) -> None:
    """Lock or make what the opening could not: rows of new people, and rows younger than its snapshot."""
    missing = [
        (account, identity)
        for (account, _), identity in pairs.items()
        if (account, identity.id) not in opening.conversations
    ]
    if missing:
        opening.conversations |= await open_conversations(transaction, missing)
    wanted = {opening.conversations[pair].ticket_id for pair in pairs} - opening.tickets.keys() - {None}
    if wanted:
        opening.tickets |= await lock_tickets(transaction.connection, [one for one in wanted if one])


@dataclass(slots=True)
class _Batch:
    """The rules, message by message, over rows that are locked."""

    transaction: Transaction
    settings: TicketingSettings
    tickets: dict[UUID, Ticket]

    async def store(self, arrival: Arrival, identity: Identity, conversation: Conversation) -> Stored:
        now = self.transaction.now
        answer = await self._survey_answer(arrival, conversation)
        ticket = self._place(identity, conversation, asks=arrival.asks and answer is None)
        waiting_since = ticket.waiting_since
        self._append(arrival, conversation, ticket, wants_people=answer is None)
        stored = Stored(conversation, ticket)
        if arrival.danger is not None:
            await self._alarm(arrival, arrival.danger, stored)
        elif ticket.owner == "assistant" and arrival.asks:
            gathering = self.settings.gathering
            delay = lifecycle.turn_delay(waiting_since, now, gathering.quiet, gathering.at_most)
            self.transaction.turn_due(conversation, INLINE_GRACE if arrival.inline else delay)
        if ticket.owner == "agents":
            conversation.turn_position = conversation.last_position
        if answer is not None:
            capabilities = arrival.account.capabilities
            await keep_answer(self.transaction, answer, ticket, conversation, capabilities)
        self.transaction.save(conversation)
        self.transaction.save(ticket)
        return stored

    def _place(self, identity: Identity, conversation: Conversation, *, asks: bool) -> Ticket:
        """The ticket this message belongs to, opened or reopened as the rules say."""
        transaction, rules = self.transaction, self._rules()
        current = None if conversation.ticket_id is None else self.tickets.get(conversation.ticket_id)
        placement = lifecycle.place(current, transaction.now, rules, asks=asks)
        if current is not None and placement is Placement.ATTACH:
            return current
        if current is not None and placement in {Placement.RESUME, Placement.REOPEN}:
            lifecycle.reopen(current)
            again = "ticket.reopened" if placement is Placement.REOPEN else "ticket.resumed"
            transaction.record(Event(again, "customer", ticket_id=current.id, data={"by": "customer"}))
            return current
        if current is not None and placement is Placement.REPLACE:
            lifecycle.close(current, transaction.now)
            transaction.save(current)
            transaction.record(Event("ticket.closed", "system", ticket_id=current.id, data={"by": "silence"}))
        ticket = new_ticket(uuid7(), identity.contact_id, transaction.now)
        ticket.follows_id = lifecycle.follows(current)
        self.tickets[ticket.id] = ticket
        conversation.ticket_id = ticket.id
        if conversation.language is None:
            conversation.language = identity.language
        transaction.record(
            Event("ticket.opened", "customer", ticket_id=ticket.id, conversation_id=conversation.id)
        )
        return ticket

    async def _survey_answer(self, arrival: Arrival, conversation: Conversation) -> SurveyAnswer | None:
        """Danger is never taken for an opinion."""
        if arrival.danger is not None or conversation.ticket_id is None:
            return None
        current = self.tickets.get(conversation.ticket_id)
        return await hear(self.transaction, current, conversation, arrival.message.content)

    def _append(
        self, arrival: Arrival, conversation: Conversation, ticket: Ticket, *, wants_people: bool
    ) -> None:
        transaction, message = self.transaction, arrival.message
        row = message_row(
            conversation,
            ticket.id,
            message.content,
            direction="inbound",
            author="customer",
            message_id=arrival.message_id,
            external_id=message.external_id,
            reply_to=message.reply_to,
            provider_at=message.sent_at,
            stored=arrival.content,
        )
        transaction.add_message(row)
        transaction.changes.attachments.extend(
            {**attachment, "conversation_id": conversation.id} for attachment in arrival.attachments
        )
        if wants_people:
            lifecycle.customer_wrote(ticket, transaction.now, asks=arrival.asks)
        else:
            ticket.last_message_at = max(ticket.last_message_at, transaction.now)
        ticket.last_message = shown("customer", message.content)
        conversation.last_inbound_at = transaction.now
        window = arrival.account.capabilities.reply_window
        conversation.window_expires_at = (
            None if window is None else self._window(conversation, message, window)
        )
        transaction.record(
            Event(
                "message.received",
                "customer",
                ticket_id=ticket.id,
                conversation_id=conversation.id,
                message_id=arrival.message_id,
            )
        )

    def _window(self, conversation: Conversation, message: InboundMessage, window: timedelta) -> Any:
        """The window runs from the provider's clock, which decides; a message that came late cannot shorten
        it.
        """
        expires_at = min(message.sent_at, self.transaction.now) + window
        earlier = conversation.window_expires_at
        return expires_at if earlier is None else max(expires_at, earlier)

    async def _alarm(self, arrival: Arrival, danger: Danger, stored: Stored) -> None:
        """Danger reaches people in the transaction that stores it, whatever the assistant is doing."""
        transaction, conversation, ticket = self.transaction, stored.conversation, stored.ticket
        was_with_assistant = ticket.owner == "assistant"
        text_is_due = lifecycle.safety_text_due(ticket, transaction.now, self._rules())
        if text_is_due:
            passing = Passing(
                reason=HandoverReason.DANGER,
                language=danger.language,
                priority=1,
                team=self.settings.lifecycle.danger_team,
                summary=arrival.message.content.text,
                intent=danger.kind,
                slots={"words": danger.words},
            )
            await hand_over(transaction, ticket, passing, actor="system")
            transaction.changes.answered.append(_alarmed(arrival, danger, stored))
        transaction.record(
            Event(
                "danger.raised",
                "system",
                ticket_id=ticket.id,
                conversation_id=conversation.id,
                message_id=arrival.message_id,
                data={"kind": danger.kind, "words": danger.words},
            )
        )
        conversation.language = danger.language.value
        if text_is_due:
            number = await give_number(transaction.connection, ticket)
            said = Content(text=f"{danger.safety_text}\n\n{your_number(danger.language, number)}")
            parts = fit([said], arrival.account.capabilities)
            post(transaction, conversation, ticket, parts, author="system", inline=arrival.inline)
            stored.said.extend(parts)
        if was_with_assistant:
            transaction.turn_due(conversation)  # nothing to answer: a worker makes the assistant forget

    def _rules(self) -> lifecycle.Rules:
        settings = self.settings.lifecycle
        return lifecycle.Rules(
            reopen_within=settings.reopen_within,
            assistant_silence=settings.assistant_silence,
            solved_silence=settings.solved_silence,
            resume_on_hold=settings.resume_on_hold,
            safety_text_again_after=settings.safety_text_again_after,
        )


def _alarmed(arrival: Arrival, danger: Danger, stored: Stored) -> Row:
    """The learning loop counts what was handed over without the assistant being asked, too."""
    return turn_row(
        conversation_id=stored.conversation.id,
        ticket_id=stored.ticket.id,
        contact_id=stored.ticket.contact_id,
        text=arrival.message.content.text,
        language=danger.language,
        intent=danger.kind,
        confidence=None,
        outcome=HANDED_OVER,
        reason=HandoverReason.DANGER.value,
    )


def known_account(accounts: Mapping[str, Account], key: str) -> Account:
    """ValueError for an account nobody configured: the event is kept among the failed ones."""
    account = accounts.get(key)
    if account is None:
        raise ValueError(f"There is no account {key!r}.")
    return account
