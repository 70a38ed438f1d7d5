"""Views: the built-in ones, one's own and those that were shared, with how many tickets each holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BeforeValidator, Field

from ticketing.reading.counts import count_views
from ticketing.reading.filters import TicketFilter
from ticketing.reading.views import BUILT_IN, Order, View, reader_of, saved_views
from ticketing.saved_views import SHARE, Editor, SavedViews, may_change
from ticketing.visibility import sees_restricted
from ticketing.web.auth.guard import SESSION
from ticketing.web.auth.sessions import Session
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body

Name = Annotated[Words, BeforeValidator(lambda name: name.strip() if isinstance(name, str) else name)]
Names = Annotated[
    dict[Literal["ar", "fr", "en"], Annotated[Name, Field(min_length=1, max_length=60)]],
    Field(min_length=1),
]
Color = Literal["neutral", "accent", "note", "success", "warning", "danger"]
Icon = Literal["list", "flag", "star", "clock", "users", "tag", "zap", "droplet", "receipt", "phone", "map"]
Position = Annotated[int, Field(ge=0, le=10_000)]
Share = Literal["me", "team", "everybody"]


class NewViewBody(Body):
    names: Names
    filter: TicketFilter
    order: Order = "newest"
    icon: Icon = "list"
    color: Color = "neutral"
    position: Position = 0
    share: Share = "me"
    team_id: UUID | None = None


class ViewBody(Body):
    """What is absent stays as it is."""

    names: Names | None = None
    filter: TicketFilter | None = None
    order: Order | None = None
    icon: Icon | None = None
    color: Color | None = None
    position: Position | None = None
    share: Share | None = None
    team_id: UUID | None = None


async def list_views(request: web.Request) -> web.StreamResponse:
    context, session = request.app[CONTEXT], request[SESSION]
    async with context.reading() as connection:
        reader = await reader_of(
            connection, session.agent_id, restricted=sees_restricted(session.permissions)
        )
        views = [*BUILT_IN.values(), *await saved_views(connection, reader)]
        counts = await count_views(connection, views, reader)
    editor = Editor(reader, SHARE in session.permissions)
    return json_response({"views": [rendered(view, editor) for view in views], "counts": dict(counts)})


async def create_view(request: web.Request) -> web.StreamResponse:
    context, body = request.app[CONTEXT], await read_body(request, NewViewBody)
    editor = await _editor(context, request[SESSION])
    asked = View(
        id="",
        filter=body.filter,
        order=body.order,
        names={str(language): name for language, name in body.names.items()},
        icon=body.icon,
        color=body.color,
        position=body.position,
        share=body.share,
        team_id=body.team_id if body.share == "team" else None,
    )
    view = await SavedViews(context.desk).create(editor, asked)
    return json_response(rendered(view, editor), 201)


async def change_view(request: web.Request) -> web.StreamResponse:
    context, body = request.app[CONTEXT], await read_body(request, ViewBody)
    editor = await _editor(context, request[SESSION])
    changes: dict[str, Any] = {
        name: getattr(body, name) for name in body.model_fields_set if getattr(body, name) is not None
    }
    view = await SavedViews(context.desk).change(editor, _view_id(request), changes)
    return json_response(rendered(view, editor))


async def delete_view(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    editor = await _editor(context, request[SESSION])
    await SavedViews(context.desk).delete(editor, _view_id(request))
    return web.Response(status=204)


def rendered(view: View, editor: Editor) -> dict[str, Any]:
    owner = None if view.owner_id is None else {"id": str(view.owner_id), "name": view.owner_name}
    return {
        "id": view.id,
        "names": None if view.names is None else dict(view.names),
        "filter": view.filter.as_json(),
        "order": view.order,
        "icon": view.icon,
        "color": view.color,
        "position": view.position,
        "share": view.share,
        "team_id": None if view.team_id is None else str(view.team_id),
        "owner": owner,
        "can_change": may_change(view, editor),
    }


async def _editor(context: Context, session: Session) -> Editor:
    async with context.reading() as connection:
        reader = await reader_of(
            connection, session.agent_id, restricted=sees_restricted(session.permissions)
        )
    return Editor(reader, SHARE in session.permissions)


def _view_id(request: web.Request) -> UUID:
    return path_id(request, "view_unknown", "view")
