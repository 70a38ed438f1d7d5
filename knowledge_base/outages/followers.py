"""Who asked to be told, and what they are told: a new time at most hourly, the end once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.announcements import Announcement, announce, announcements
from knowledge_base.network.tables import places
from knowledge_base.outages.incidents import Outage
from knowledge_base.outages.tables import outage_followers, outage_reports

UPDATE_EVERY: Final = timedelta(hours=1)
TOLD_WITHIN: Final = timedelta(hours=12)  # later nobody needs to hear that it is over

_REWORD = (
    update(announcements)
    .where(announcements.c.id == bindparam("waiting"))
    .values(kind=bindparam("new_kind"), data=bindparam("new_data"), expires_at=bindparam("until"))
)

_NEXT_HEARING = text(
    "UPDATE outage_followers SET updated_at = greatest(CAST(:now AS timestamptz), updated_at + :every)"
    " WHERE outage_id = :outage_id AND conversation_id <> ALL (CAST(:waiting AS uuid[]))"
    " RETURNING conversation_id, updated_at"
)

UPDATE, NO_ESTIMATE = "incident_update", "incident_no_estimate"
OVER, CANCELLED, WORKS_CANCELLED = "incident_over", "incident_cancelled", "works_cancelled"


@dataclass(frozen=True, slots=True)
class Follower:
    """A conversation to tell, its language if known, and where it is dark for it."""

    conversation_id: UUID
    language: str | None = None
    place_id: str | None = None


async def follow(connection: AsyncConnection, outage_id: UUID, follower: Follower, now: datetime) -> None:
    """Have the conversation told of changes and of the end. Repeatable."""
    statement = insert(outage_followers).values(
        outage_id=outage_id,
        conversation_id=follower.conversation_id,
        language=follower.language,
        place_id=follower.place_id,
        followed_at=now,
    )
    changed = {"language": follower.language, "place_id": follower.place_id}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["outage_id", "conversation_id"], set_=changed)
    )


async def follower_of(connection: AsyncConnection, outage_id: UUID, conversation_id: UUID) -> Follower | None:
    query = select(
        outage_followers.c.conversation_id, outage_followers.c.language, outage_followers.c.place_id
    ).where(outage_followers.c.outage_id == outage_id, outage_followers.c.conversation_id == conversation_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Follower(*row)


async def followed_place(connection: AsyncConnection, conversation_id: UUID, since: datetime) -> str | None:
    """Return where it was dark for a conversation that has followed an outage since then; the newest."""
    query = (
        select(outage_followers.c.place_id)
        .where(
            outage_followers.c.conversation_id == conversation_id,
            outage_followers.c.followed_at >= since,
            outage_followers.c.place_id.is_not(None),
        )
        .order_by(outage_followers.c.followed_at.desc())
        .limit(1)
    )
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def followers_count(connection: AsyncConnection, outage_id: UUID) -> int:
    query = select(func.count()).where(outage_followers.c.outage_id == outage_id)
    return int((await connection.execute(query)).scalar_one())


async def tell_estimate(connection: AsyncConnection, outage: Outage, now: datetime) -> int:
    """Announce the estimate as it is now; returns how many conversations hear of it.

    Each hears at most one an hour: what still waits for its hour takes the newest estimate.
    """
    waiting = await _waiting(connection, outage.id)
    due_at = await _due(connection, outage.id, waiting, now)
    expires_at = outage.estimated_at or now + TOLD_WITHIN
    wanted, changed = [], []
    for row in await _followers(connection, outage.id):
        kind, data = _estimate(outage, row)
        to = row.conversation_id
        if to in waiting:
            changed.append({"waiting": waiting[to], "new_kind": kind, "new_data": data, "until": expires_at})
        else:
            key = f"{UPDATE}:{outage.id}:{to}:{outage.version}"
            wanted.append(Announcement(key, to, row.language, kind, data, due_at[to], expires_at))
    if changed:
        await connection.execute(_REWORD, changed)
    await announce(connection, wanted)
    return len(wanted) + len(changed)


async def tell_end(connection: AsyncConnection, outage: Outage, kind: str, now: datetime) -> int:
    """Announce the end (`OVER`, `CANCELLED`, `WORKS_CANCELLED`), once; returns to how many conversations."""
    await drop_waiting(connection, outage.id)
    wanted = [
        Announcement(
            key=f"{kind}:{outage.id}:{row.conversation_id}",
            conversation_id=row.conversation_id,
            language=row.language,
            kind=kind,
            data=_end(outage, kind, row),
            expires_at=now + TOLD_WITHIN,
        )
        for row in await _followers(connection, outage.id)
    ]
    return await announce(connection, wanted)


async def drop_waiting(connection: AsyncConnection, outage_id: UUID) -> None:
    """Estimates that still waited for their hour are overtaken by the end."""
    await connection.execute(
        update(announcements).where(*_is_waiting(outage_id)).values(state="skipped", reason="overtaken")
    )


async def move(connection: AsyncConnection, from_id: UUID, into_id: UUID) -> None:
    """Give reports and followers of one outage to another."""
    await connection.execute(
        update(outage_reports).where(outage_reports.c.outage_id == from_id).values(outage_id=into_id)
    )
    moved = [
        {**row._mapping, "outage_id": into_id}
        for row in await connection.execute(
            select(outage_followers).where(outage_followers.c.outage_id == from_id)
        )
    ]
    if moved:
        await connection.execute(insert(outage_followers).values(moved).on_conflict_do_nothing())


def _is_waiting(outage_id: UUID) -> tuple[Any, ...]:
    return (
        announcements.c.state == "pending",
        announcements.c.kind.in_([UPDATE, NO_ESTIMATE]),
        announcements.c.data["outage"].astext == str(outage_id),
    )


async def _waiting(connection: AsyncConnection, outage_id: UUID) -> dict[UUID, UUID]:
    """Return the announcement that waits for its hour, by conversation; what is being said now is not."""
    query = (
        select(announcements.c.conversation_id, announcements.c.id)
        .where(*_is_waiting(outage_id))
        .with_for_update(skip_locked=True)
    )
    return {row.conversation_id: row.id for row in await connection.execute(query)}


async def _due(
    connection: AsyncConnection, outage_id: UUID, waiting: Iterable[UUID], now: datetime
) -> dict[UUID, datetime]:
    """Give each follower for whom nothing waits the moment of his next hearing, and remember it."""
    values = {"outage_id": outage_id, "waiting": list(waiting), "now": now, "every": UPDATE_EVERY}
    return {row.conversation_id: row.updated_at for row in await connection.execute(_NEXT_HEARING, values)}


async def _followers(connection: AsyncConnection, outage_id: UUID) -> list[Row[Any]]:
    query = (
        select(outage_followers, places.c.name_ar, places.c.name_fr)
        .outerjoin(places, places.c.id == outage_followers.c.place_id)
        .where(outage_followers.c.outage_id == outage_id)
        .order_by(outage_followers.c.conversation_id)
    )
    return list((await connection.execute(query)).all())


def _estimate(outage: Outage, row: Row[Any]) -> tuple[str, dict[str, Any]]:
    if outage.estimated_at is None:
        return NO_ESTIMATE, _data(outage, row)
    return UPDATE, {**_data(outage, row), "estimate_at": outage.estimated_at.isoformat()}


def _end(outage: Outage, kind: str, row: Row[Any]) -> dict[str, Any]:
    if kind == WORKS_CANCELLED:
        return {**_data(outage, row), "start_at": outage.starts_at.isoformat()}
    return {**_data(outage, row), "choices": {f"inform:outage_still:{outage.id}": "choice_still_out"}}


def _data(outage: Outage, row: Row[Any]) -> dict[str, Any]:
    """What the words need: the customer's own place, else the first of the outage's areas."""
    names = [(row.name_ar, row.name_fr)] if row.name_fr else []
    names += [(area.name_ar, area.name_fr) for area in outage.areas if area.name_fr]
    place_ar, place_fr = names[0] if names else ("", "")
    return {
        "outage": str(outage.id),
        "kind": {"text": f"outage_kind_{outage.service}"},
        "place": {"ar": place_ar, "fr": place_fr},
    }
