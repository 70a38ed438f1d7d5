"""Which conversations asked for a stop, which want to be reminded of every visit to a place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.tables import stop_interests, stop_subscriptions, stops

# Who was told of a stop is told of its changes for so long; afterwards the question is forgotten.
INTEREST = timedelta(days=7)
MOST_SUBSCRIPTIONS = 5  # places a conversation; each costs a message a week


async def note_interest(
    connection: AsyncConnection, conversation_id: UUID, stop_ids: Iterable[UUID], at: datetime
) -> None:
    """Remember that a conversation was told of these stops at `at`."""
    rows = [
        {"conversation_id": conversation_id, "stop_id": stop_id, "asked_at": at}
        for stop_id in sorted(set(stop_ids))
    ]
    if not rows:
        return
    statement = insert(stop_interests).values(rows)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["stop_id", "conversation_id"], set_={"asked_at": statement.excluded.asked_at}
        )
    )


async def forget_interests(connection: AsyncConnection, at: datetime) -> None:
    """Delete what was asked too long ago to matter."""
    await connection.execute(delete(stop_interests).where(stop_interests.c.asked_at < at - INTEREST))


async def subscribe(connection: AsyncConnection, conversation_id: UUID, place_id: str, at: datetime) -> bool:
    """Remind a conversation the evening before every visit; False when it has too many places already."""
    known = await subscriptions_of(connection, conversation_id)
    if place_id not in known and len(known) >= MOST_SUBSCRIPTIONS:
        return False
    statement = insert(stop_subscriptions).values(
        conversation_id=conversation_id, place_id=place_id, since_at=at
    )
    await connection.execute(statement.on_conflict_do_nothing())
    return True


async def unsubscribe(
    connection: AsyncConnection, conversation_id: UUID, place_id: str | None = None
) -> list[str]:
    """End the reminders of a place, or all of a conversation's; returns the ids of the places."""
    statement = delete(stop_subscriptions).where(stop_subscriptions.c.conversation_id == conversation_id)
    if place_id is not None:
        statement = statement.where(stop_subscriptions.c.place_id == place_id)
    gone = await connection.execute(statement.returning(stop_subscriptions.c.place_id))
    return sorted(gone.scalars())


async def subscriptions_of(connection: AsyncConnection, conversation_id: UUID) -> list[str]:
    """Return the ids of the places a conversation is reminded of."""
    query = (
        select(stop_subscriptions.c.place_id)
        .where(stop_subscriptions.c.conversation_id == conversation_id)
        .order_by(stop_subscriptions.c.place_id)
    )
    return list((await connection.execute(query)).scalars())


async def subscribed_to(connection: AsyncConnection, stop_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Return, by stop, the conversations that are reminded of its place or of its commune."""
    query = (
        select(stops.c.id, stop_subscriptions.c.conversation_id)
        .join(
            stop_subscriptions,
            or_(
                stop_subscriptions.c.place_id == stops.c.place_id,
                stop_subscriptions.c.place_id == stops.c.commune_id,
            ),
        )
        .where(stops.c.id.in_(list(stop_ids)))
    )
    return _by_stop(await connection.execute(query))


async def audience(
    connection: AsyncConnection, stop_ids: Iterable[UUID], at: datetime
) -> dict[UUID, set[UUID]]:
    """Return, by stop, the conversations to tell of a change: told of it within a week, or subscribed."""
    wanted = list(stop_ids)
    asked = select(stop_interests.c.stop_id, stop_interests.c.conversation_id).where(
        stop_interests.c.stop_id.in_(wanted), stop_interests.c.asked_at >= at - INTEREST
    )
    found = _by_stop(await connection.execute(asked))
    for stop_id, conversations in (await subscribed_to(connection, wanted)).items():
        found.setdefault(stop_id, set()).update(conversations)
    return found


def _by_stop(rows: Iterable[tuple[UUID, UUID]]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for stop_id, conversation_id in rows:
        found.setdefault(stop_id, set()).add(conversation_id)
    return found
