"""Views: the lists everybody has, and those that agents keep for themselves or share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.reading.filters import Reader, TicketFilter

Order = Literal["newest", "waiting", "priority", "due", "created"]
Share = Literal["built_in", "me", "team", "everybody"]


@dataclass(frozen=True, slots=True)
class View:
    """A list by name. Built-in ones have no names of their own: interfaces know what to call them."""

    id: str
    filter: TicketFilter
    order: Order = "newest"
    names: Mapping[str, str] | None = None
    icon: str = "list"
    color: str = "neutral"
    position: int = 0
    share: Share = "built_in"
    team_id: UUID | None = None
    owner_id: UUID | None = None
    owner_name: str | None = None

    @property
    def is_counted(self) -> bool:
        """Only active tickets are counted, and what a clock or a note changes is not."""
        asked = self.filter
        reaches_done = not asked.statuses.isdisjoint({"solved", "closed"})
        return not reaches_done and asked.from_ is None and asked.to is None and asked.mentioned is None


_AT_HAND: Final = ("new", "open", "pending", "on_hold")  # a snoozed ticket is out of sight until it wakes
BUILT_IN: Final[Mapping[str, View]] = {
    view.id: view
    for view in (
        View("mine", TicketFilter(status=_AT_HAND, assignee=("me",))),
        View("unassigned", TicketFilter(status=_AT_HAND, owner="agents", assignee=("none",)), "priority"),
        View("waiting", TicketFilter(status=_AT_HAND, owner="agents", waiting=True), "waiting"),
        View("mentions", TicketFilter(mentioned=True)),
        View("snoozed", TicketFilter(status=("snoozed",), assignee=("me",))),
        View("assistant", TicketFilter(status=("active",), owner="assistant")),
        View("all", TicketFilter(status=("active",))),
        View("closed", TicketFilter(status=("solved", "closed"))),
    )
}

_SELECT = (
    "SELECT v.id, v.names, v.filter, v.sort, v.icon, v.color, v.position, v.share, v.team_id, v.owner_id,"
    " a.name AS owner_name FROM ticket_views v JOIN agents a ON a.id = v.owner_id"
)
# The same condition for the list and for one: a view that is not shared with the reader does not exist.
_SHARED = (
    "(v.owner_id = :agent_id OR v.share = 'everybody'"
    " OR v.share = 'team' AND v.team_id = ANY(CAST(:teams AS uuid[])))"
)
_JSON = {"names": JSONB, "filter": JSONB}
_VISIBLE = text(f"{_SELECT} WHERE {_SHARED} ORDER BY v.position, v.id").columns(**_JSON)
_ONE = text(f"{_SELECT} WHERE {_SHARED} AND v.id = :id").columns(**_JSON)
_TEAMS = text("SELECT team_id FROM team_members WHERE agent_id = :agent_id")
_ACCOUNTS = text("SELECT channel, array_agg(key) AS keys_of FROM accounts GROUP BY channel")


async def reader_of(connection: AsyncConnection, agent_id: UUID, *, restricted: bool) -> Reader:
    """Who an agent is to a filter."""
    teams = (await connection.execute(_TEAMS, {"agent_id": agent_id})).scalars()
    accounts = {row.channel: row.keys_of for row in await connection.execute(_ACCOUNTS)}
    return Reader(agent_id, frozenset(teams), restricted, accounts=accounts)


async def saved_views(connection: AsyncConnection, reader: Reader) -> list[View]:
    """The reader's own views and those shared with them, in their order."""
    values = {"agent_id": reader.agent_id, "teams": sorted(reader.teams)}
    return [_view(row) for row in await connection.execute(_VISIBLE, values)]


async def find_view(connection: AsyncConnection, reader: Reader, view_id: str) -> View | None:
    """A built-in or a saved view; None when there is none of this name for the reader."""
    if view_id in BUILT_IN:
        return BUILT_IN[view_id]
    try:
        wanted = UUID(view_id)
    except ValueError:
        return None
    values = {"agent_id": reader.agent_id, "teams": sorted(reader.teams), "id": wanted}
    row = (await connection.execute(_ONE, values)).one_or_none()
    return None if row is None else _view(row)


def _view(row: Row[Any]) -> View:
    return View(
        id=str(row.id),
        filter=stored_filter(row.filter),
        order=row.sort,
        names=row.names,
        icon=row.icon,
        color=row.color,
        position=row.position,
        share=row.share,
        team_id=row.team_id,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
    )


def stored_filter(stored: Mapping[str, Any]) -> TicketFilter:
    """A filter as it was kept. What this version no longer knows of it is left out."""
    known = {name: value for name, value in stored.items() if name in _FIELDS}
    return TicketFilter.model_validate(known)


_FIELDS: Final = frozenset(field.alias or name for name, field in TicketFilter.model_fields.items())
