"""Saved views: made, changed, shared and deleted. Rules: one's own are one's own; sharing is a permission."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Forbidden, Invalid, NotFound
from ticketing.live_feed import VIEW_CHANGED
from ticketing.reading.filters import Reader
from ticketing.reading.views import View, find_view

SHARE: Final = "view:share"
MOST_OF_ONE: Final = 100

_INSERT = text(
    "INSERT INTO ticket_views (names, filter, sort, icon, color, position, share, owner_id, team_id) VALUES"
    " (CAST(:names AS jsonb), CAST(:filter AS jsonb), :sort, :icon, :color, :position, :share, :owner_id,"
    " :team_id) RETURNING id"
)
_UPDATE = text(
    "UPDATE ticket_views SET names = CAST(:names AS jsonb), filter = CAST(:filter AS jsonb), sort = :sort,"
    " icon = :icon, color = :color, position = :position, share = :share, team_id = :team_id WHERE id = :id"
)
_DELETE = text("DELETE FROM ticket_views WHERE id = :id")
_LOCK = text("SELECT 1 FROM ticket_views WHERE id = :id FOR UPDATE")
_OF_OWNER = text("SELECT count(*) FROM ticket_views WHERE owner_id = :owner_id AND share = 'me'")
_TEAM = text("SELECT 1 FROM teams WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes views. `shares`: may make, change and delete those of others."""

    reader: Reader
    shares: bool


def may_change(view: View, editor: Editor) -> bool:
    """Built-in views are everybody's and nobody's."""
    if view.share == "built_in":
        return False
    return editor.shares if view.share != "me" else view.owner_id == editor.reader.agent_id


class SavedViews:
    """Every change is an event, by which sockets learn of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def create(self, editor: Editor, view: View) -> View:
        """Raises Forbidden, Invalid (team_unknown, too_many_views)."""
        async with self._desk.transaction() as transaction:
            await self._check(transaction, editor, view)
            owned = await transaction.connection.scalar(_OF_OWNER, {"owner_id": editor.reader.agent_id})
            if view.share == "me" and (owned or 0) >= MOST_OF_ONE:
                raise Invalid("too_many_views", f"An agent keeps at most {MOST_OF_ONE} views.")
            values = _values(view) | {"owner_id": editor.reader.agent_id}
            made = (await transaction.connection.execute(_INSERT, values)).scalar_one()
            _announce(transaction, editor, made, view.share, editor.reader.agent_id)
            return await self._found(transaction, editor, made)

    async def change(self, editor: Editor, view_id: UUID, changes: Mapping[str, Any]) -> View:
        """`changes` are fields of View. Raises NotFound, Forbidden, Invalid (team_unknown)."""
        async with self._desk.transaction() as transaction:
            before = await self._to_change(transaction, editor, view_id)
            after = replace(before, **changes)
            if after.share != "team":
                after = replace(after, team_id=None)
            await self._check(transaction, editor, after)
            await transaction.connection.execute(_UPDATE, _values(after) | {"id": view_id})
            # Who saw it before must hear of it too.
            wider = "everybody" if before.share != "me" else after.share
            _announce(transaction, editor, view_id, wider, before.owner_id)
            found = await find_view(transaction.connection, editor.reader, str(view_id))
            return found or after

    async def delete(self, editor: Editor, view_id: UUID) -> None:
        """Raises NotFound, Forbidden."""
        async with self._desk.transaction() as transaction:
            view = await self._to_change(transaction, editor, view_id)
            await transaction.connection.execute(_DELETE, {"id": view_id})
            _announce(transaction, editor, view_id, view.share, view.owner_id)

    async def _to_change(self, transaction: Transaction, editor: Editor, view_id: UUID) -> View:
        await transaction.connection.execute(_LOCK, {"id": view_id})
        view = await self._found(transaction, editor, view_id)
        if not may_change(view, editor):
            raise Forbidden("forbidden", "Shared views are changed by those who may share them.")
        return view

    async def _found(self, transaction: Transaction, editor: Editor, view_id: UUID) -> View:
        view = await find_view(transaction.connection, editor.reader, str(view_id))
        if view is None:
            raise NotFound("view_unknown", "This view does not exist.")
        return view

    async def _check(self, transaction: Transaction, editor: Editor, view: View) -> None:
        if view.share != "me" and not editor.shares:
            raise Forbidden("forbidden", "Your role does not share views with others.")
        if view.share == "team" and not await transaction.connection.scalar(_TEAM, {"id": view.team_id}):
            raise Invalid("team_unknown", "There is no such team.", {"team_id": "team_unknown"})


def _values(view: View) -> dict[str, Any]:
    return {
        "names": json.dumps(dict(view.names or {}), ensure_ascii=False),
        "filter": json.dumps(view.filter.as_json(), ensure_ascii=False),
        "sort": view.order,
        "icon": view.icon,
        "color": view.color,
        "position": view.position,
        "share": view.share,
        "team_id": view.team_id,
    }


def _announce(
    transaction: Transaction, editor: Editor, view_id: UUID, share: str, owner_id: UUID | None
) -> None:
    transaction.record(
        Event(
            VIEW_CHANGED,
            "agent",
            actor_id=editor.reader.agent_id,
            data={"view": str(view_id), "share": share, "owner_id": str(owner_id)},
        )
    )
