"""The whole sink a channel is given: `accept` for what is answered later, `converse` for a telephone call."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from channels.envelope import Attachment, Content, Exchange, InboundEvent, InboundMessage, ThreadEntry
from channels.errors import TemporaryFailure
from ticketing import work
from ticketing.codec import content_from_json
from ticketing.desk import Desk
from ticketing.errors import Busy
from ticketing.intake import Intake
from ticketing.turns import Turns

COME_AGAIN = timedelta(seconds=1)

_ANSWERED = text(
    "SELECT m.kind, m.content FROM external_ids e JOIN messages asked ON asked.id = e.message_id"
    " JOIN messages m ON m.conversation_id = asked.conversation_id AND m.position > asked.position"
    " AND m.direction = 'outbound' AND m.position < coalesce((SELECT min(later.position) FROM messages later"
    " WHERE later.conversation_id = asked.conversation_id AND later.direction = 'inbound'"
    " AND later.position > asked.position), 2147483647)"
    " WHERE e.account = :account AND e.external_id = :external_id ORDER BY m.position"
)
_WITH_PEOPLE = text(
    "SELECT t.owner = 'agents' FROM external_ids e JOIN messages m ON m.id = e.message_id"
    " JOIN tickets t ON t.id = m.ticket_id WHERE e.account = :account AND e.external_id = :external_id"
)


class Reception:
    """Implements `channels.adapter.InboundSink`.

    A caller's message is stored like any other; its turn is claimed and answered here, within the deadline,
    and the answer is spoken by the provider's own response: it is stored as sent and never enters the
    outbox. Should this process die in mid-call, workers answer the turn like any other.
    """

    def __init__(
        self, desk: Desk, intake: Intake, turns: Turns, *, deadline: timedelta, lease: timedelta
    ) -> None:
        self._desk = desk
        self._intake = intake
        self._turns = turns
        self._deadline = deadline.total_seconds()
        self._lease = lease

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        """Store the events. TemporaryFailure when the desk cannot now: channels know what to do with that."""
        try:
            await self._intake.accept(events)
        except Busy as busy:
            raise TemporaryFailure(busy.message, retry_after=COME_AGAIN) from busy

    async def thread(
        self, account: str, address: str, *, after: int = 0, limit: int = 100
    ) -> Sequence[ThreadEntry]:
        return await self._intake.thread(account, address, after=after, limit=limit)

    async def attachment(self, account: str, address: str, attachment_id: UUID) -> Attachment | None:
        return await self._intake.attachment(account, address, attachment_id)

    async def converse(self, message: InboundMessage) -> Exchange:
        """Store and answer. A repeated request gets the answer it got before; silence when it takes too
        long.
        """
        stored = await self._intake.store_inline(message)
        if stored is None:
            return await self._answered_before(message)
        if stored.said:
            return Exchange(tuple(stored.said), handed_over=True)
        if stored.ticket.owner == "agents":
            return Exchange((), handed_over=True)
        try:
            async with asyncio.timeout(self._deadline):
                claim = await self._claim(stored.conversation.id)
        except TimeoutError:
            return Exchange((), handed_over=False)
        if claim is None:
            return await self._answered_before(message)
        answer = await self._turns.answer(claim, inline=True)
        return Exchange(answer.said, answer.handed_over)

    async def _claim(self, conversation_id: UUID) -> work.Claim | None:
        """The conversation's turn; waits while another call's step is still being answered."""
        while True:
            async with self._desk.engine.begin() as connection:
                claim = await work.claim_turn(connection, conversation_id, self._lease)
                if claim is not None:
                    return claim
                waits = await connection.scalar(
                    text("SELECT true FROM work WHERE kind = 'turn' AND conversation_id = :id"),
                    {"id": conversation_id},
                )
            if not waits:
                return None
            await asyncio.sleep(0.05)

    async def _answered_before(self, message: InboundMessage) -> Exchange:
        values = {"account": message.account, "external_id": message.external_id}
        async with self._desk.reading() as connection:
            rows = (await connection.execute(_ANSWERED, values)).all()
            with_people = await connection.scalar(_WITH_PEOPLE, values)
        replies: tuple[Content, ...] = tuple(content_from_json(kind, stored) for kind, stored in rows)
        return Exchange(replies, handed_over=bool(with_people))
