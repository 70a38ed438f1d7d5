"""Search over everything an agent may see, grouped by ticket. Reads only.

Two streams are merged by time: tickets found by a message, and tickets found by something else
(`finding`). Nothing is counted, nothing is ranked beyond a bounded number of the newest: a common word costs
no more than a rare one.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.reading.asked import Asked
from ticketing.reading.filters import Reader, TicketFilter
from ticketing.reading.finding import Kind, phrases_sql, ways
from ticketing.reading.hits import Hit, hits_of
from ticketing.reading.listing import BadCursor, where
from ticketing.reading.ticket_rows import tickets_by_id

Author = Literal["customer", "assistant", "agent", "system", "note"]
SearchOrder = Literal["newest", "best"]
HITS: Final = 3  # of one ticket that are shown
_POOL: Final = 150  # newest tickets among which the best are chosen
# A plan that was made for one word is wrong for another: a rare one is looked up, a common one is met anyway.
_PLAN_ANEW: Final = text("SET LOCAL plan_cache_mode = force_custom_plan")


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What the message itself must be. `begins` and `ends` bound its time."""

    authors: tuple[Author, ...] = ()
    attachment: bool = False
    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def asks(self) -> bool:
        """Something that only a message can be."""
        return bool(self.authors) or self.attachment


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket, why it was found, and the messages that fit, newest first."""

    ticket_id: UUID
    at: datetime
    kinds: tuple[Kind, ...] = ()
    messages: tuple[UUID, ...] = ()

    @property
    def key(self) -> tuple[datetime, UUID]:
        return self.at, self.ticket_id


@dataclass(frozen=True, slots=True)
class Result:
    ticket: Row[Any]
    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True)
class ResultPage:
    results: Sequence[Result]
    next_cursor: str | None


class _Cursor(BaseModel):
    """Where a page ended: below (`at`, `id`), or after `skip` of the best. `top`: what came later is not seen
    until the search is begun anew, so that nothing slips from page to page.
    """

    model_config = ConfigDict(extra="forbid")

    top: datetime
    at: datetime | None = None
    id: UUID | None = None
    skip: int = Field(default=0, ge=0, le=_POOL)


@dataclass(slots=True)
class Search:
    """One search of one reader."""

    asked: Asked
    filter: TicketFilter
    messages: MessageFilter
    reader: Reader
    _others: dict[UUID, tuple[Kind, ...]] = field(default_factory=dict)

    async def page(
        self, connection: AsyncConnection, *, order: SearchOrder, limit: int, cursor: str | None
    ) -> ResultPage:
        """Within a transaction. Raises BadCursor."""
        begins = _read_cursor(cursor)
        if not self.asked.terms:
            return ResultPage((), None)
        await connection.execute(_PLAN_ANEW)
        await self._find_others(connection)
        if order == "best":
            found, following = await self._best(connection, begins, limit)
        else:
            found = await self._newest(connection, begins, limit + 1)
            following = None
            if len(found) > limit:
                last = found[limit - 1]
                following = _Cursor(top=begins.top, at=last.at, id=last.ticket_id)
            found = found[:limit]
        rows = await tickets_by_id(connection, [one.ticket_id for one in found])
        hits = await hits_of(connection, self.asked, {one.ticket_id: one for one in found}, rows)
        results = [Result(rows[one.ticket_id], hits[one.ticket_id]) for one in found if one.ticket_id in rows]
        return ResultPage(results, None if following is None else _written(following))

    async def _find_others(self, connection: AsyncConnection) -> None:
        """Which tickets were found by something else than a message, and by what."""
        kinds: tuple[Kind, ...] = ("attachment",) if self.messages.attachment else ()
        found = ways(self.asked, kinds) if self.messages.asks else ways(self.asked)
        if found is None or self.messages.authors:
            return
        statement, values = found
        for ticket_id, kind in await connection.execute(text(statement), values):
            self._others[ticket_id] = tuple(dict.fromkeys((*self._others.get(ticket_id, ()), kind)))

    async def _best(
        self, connection: AsyncConnection, begins: _Cursor, limit: int
    ) -> tuple[list[Found], _Cursor | None]:
        """The best of the newest: exact things first, then how much of the ticket speaks of it."""
        pool = await self._newest(connection, _Cursor(top=begins.top), _POOL)
        pool.sort(key=lambda one: (_weight(one), one.key), reverse=True)
        until = begins.skip + limit
        following = _Cursor(top=begins.top, skip=until) if until < len(pool) else None
        return pool[begins.skip : until], following

    async def _newest(self, connection: AsyncConnection, begins: _Cursor, count: int) -> list[Found]:
        others = await self._other_tickets(connection, begins, count)
        spoken = await self._spoken(connection, begins, count)
        return sorted([*others, *spoken], key=lambda one: one.key, reverse=True)[:count]

    async def _other_tickets(self, connection: AsyncConnection, begins: _Cursor, count: int) -> list[Found]:
        """At the time they were opened, which no new message changes from page to page."""
        if not self._others:
            return []
        condition, values = where([self.filter], self.reader)
        values |= {"others": list(self._others), "count": count, "below": _below(begins)}
        for name, operator, moment in (
            ("begins", ">=", self.messages.begins),
            ("ends", "<", self.messages.ends),
        ):
            if moment is not None:
                condition += f" AND t.last_message_at {operator} CAST(:{name} AS timestamptz)"
                values[name] = moment
        statement = (
            "SELECT t.id FROM tickets t WHERE t.id = ANY(CAST(:others AS uuid[]))"  # noqa: S608 - values bound
            f" AND t.id < CAST(:below AS uuid) AND {condition} ORDER BY t.id DESC LIMIT :count"
        )
        ids = (await connection.execute(text(statement), values)).scalars()
        return [Found(ticket_id, time_of(ticket_id), self._others[ticket_id]) for ticket_id in ids]

    async def _spoken(self, connection: AsyncConnection, begins: _Cursor, count: int) -> list[Found]:
        """Tickets by their newest message that fits, those found otherwise left out."""
        condition, values = self._message_sql(begins)
        statement = text(
            "SELECT m.id, m.ticket_id FROM messages m JOIN tickets t ON t.id = m.ticket_id"  # noqa: S608
            f" WHERE {condition} AND m.id < CAST(:below AS uuid) ORDER BY m.id DESC LIMIT :count"
        )
        seen: dict[UUID, list[UUID]] = {}
        values |= {"below": _first_id_after(begins.at or begins.top), "count": max(HITS + 1, count)}
        while len(seen) <= count:
            # A ticket whose every message fits must not hide the others: each look leaves out what it found.
            values["others"] = [*self._others, *seen]
            rows = (await connection.execute(statement, values)).all()
            for message_id, ticket_id in rows:
                seen.setdefault(ticket_id, []).append(message_id)
            if len(rows) < values["count"]:
                break
            values["below"] = rows[-1].id
        found = [
            Found(ticket_id, time_of(messages[0]), (), tuple(messages))
            for ticket_id, messages in seen.items()
        ]
        if begins.at is not None and begins.id is not None:
            found = [one for one in found if one.key < (begins.at, begins.id)]
            found = await self._unseen(connection, begins, found)
        return found

    async def _unseen(self, connection: AsyncConnection, begins: _Cursor, found: list[Found]) -> list[Found]:
        """Without tickets that stood on an earlier page by a newer message of theirs."""
        condition, values = self._message_sql(begins)
        statement = text(
            "SELECT DISTINCT m.ticket_id FROM messages m JOIN tickets t ON t.id = m.ticket_id"  # noqa: S608
            f" WHERE {condition} AND m.ticket_id = ANY(CAST(:found AS uuid[]))"
            " AND m.id >= CAST(:at_least AS uuid)"
        )
        assert begins.at is not None
        values["others"] = list(self._others)
        # Of the very millisecond at which the page ended, the order by ticket decides.
        values |= {"found": [one.ticket_id for one in found], "at_least": _first_id_after(begins.at)}
        earlier = set((await connection.execute(statement, values)).scalars())
        return [one for one in found if one.ticket_id not in earlier]

    def _message_sql(self, begins: _Cursor) -> tuple[str, dict[str, Any]]:
        condition, values = where([self.filter], self.reader)
        parts = [
            "search_words(m.search_text) @@ CAST(:words AS tsquery)",
            "m.id < CAST(:top AS uuid)",
            condition,
        ]
        values |= {"words": self.asked.tsquery, "top": _first_id_after(begins.top)}
        parts[0] += phrases_sql("m.search_text", self.asked)
        values |= {f"phrase{number}": f"% {phrase} %" for number, phrase in enumerate(self.asked.phrases)}
        parts.append("m.ticket_id <> ALL(CAST(:others AS uuid[]))")
        if self.messages.authors:
            parts.append(_authors_sql(self.messages.authors))
            values["authors"] = [author for author in self.messages.authors if author != "note"]
        if self.messages.attachment:
            parts.append("EXISTS (SELECT FROM attachments f WHERE f.message_id = m.id)")
        if self.messages.begins is not None:
            parts.append("m.id >= CAST(:begins AS uuid)")
            values["begins"] = first_id(self.messages.begins)
        if self.messages.ends is not None:
            parts.append("m.id < CAST(:ends AS uuid)")
            values["ends"] = first_id(self.messages.ends)
        return " AND ".join(part for part in parts if part != "TRUE"), values


def _authors_sql(authors: Sequence[Author]) -> str:
    spoke = "(m.author = ANY(CAST(:authors AS text[])) AND m.direction <> 'note')"
    return f"({spoke} OR m.direction = 'note')" if "note" in authors else spoke


_WEIGHTS: Final[Mapping[Kind, int]] = {
    "number": 1000,
    "contract": 500,
    "contact": 200,
    "tag": 100,
    "handover": 60,
    "attachment": 40,
}


def _weight(found: Found) -> int:
    return sum(_WEIGHTS[kind] for kind in found.kinds) + 10 * min(len(found.messages), 5)


def first_id(moment: datetime) -> UUID:
    """The smallest id (UUIDv7) of that millisecond, as the database's uuidv7_floor."""
    return UUID(int=(int(moment.timestamp() * 1000) & (1 << 48) - 1) << 80)


def _below(begins: _Cursor) -> UUID:
    """Tickets with a smaller id come after the end of a page, as (time, id) are compared."""
    if begins.at is None or begins.id is None:
        return _first_id_after(begins.top)
    return max(first_id(begins.at), min(_first_id_after(begins.at), begins.id))


def _first_id_after(moment: datetime) -> UUID:
    return first_id(moment + timedelta(milliseconds=1))


def time_of(message_id: UUID) -> datetime:
    """When an id was made, to the millisecond."""
    milliseconds = message_id.int >> 80
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)


def _read_cursor(cursor: str | None) -> _Cursor:
    if cursor is None:
        now = datetime.now(UTC)
        return _Cursor(top=now.replace(microsecond=now.microsecond // 1000 * 1000))
    try:
        read = _Cursor.model_validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise BadCursor("This page's cursor is not readable.") from error
    if (read.at is None) != (read.id is None) or any(
        moment is not None and (moment.tzinfo is None or moment.year < 2000) for moment in (read.top, read.at)
    ):
        raise BadCursor("This page's cursor is not readable.")
    return read


def _written(cursor: _Cursor) -> str:
    return base64.urlsafe_b64encode(cursor.model_dump_json().encode()).decode().rstrip("=")
