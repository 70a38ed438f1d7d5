"""Search over everything an agent may see."""

from __future__ import annotations

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from ticketing.errors import Invalid
from ticketing.reading import asked
from ticketing.reading.filters import Listed, TicketFilter
from ticketing.reading.hits import Hit
from ticketing.reading.listing import BadCursor
from ticketing.reading.search import Author, MessageFilter, Search, SearchOrder
from ticketing.reading.views import reader_of
from ticketing.visibility import sees_restricted
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Words, read_query


class SearchQuery(TicketFilter):
    """`from` and `to` bound the message; the other fields of the filter its ticket."""

    q: Annotated[Words, Field(min_length=1, max_length=200)]
    order: SearchOrder = "newest"
    author: Annotated[tuple[Author, ...], Listed, Field(max_length=5)] = ()
    attachment: bool = False
    limit: Annotated[int, Field(ge=1, le=50)] = 20
    cursor: Annotated[str, Field(max_length=400)] | None = None

    @property
    def filter(self) -> TicketFilter:
        mine = {name: getattr(self, name) for name in TicketFilter.model_fields}
        return TicketFilter.model_construct(**mine | {"from_": None, "to": None})


async def search(request: web.Request) -> web.StreamResponse:
    context, query, session = request.app[CONTEXT], read_query(request, SearchQuery), request[SESSION]
    restricted = sees_restricted(session.permissions)
    async with context.desk.reading() as connection:
        reader = await reader_of(connection, session.agent_id, restricted=restricted)
        wanted = MessageFilter(query.author, query.attachment, query.from_, query.to)
        looking = Search(asked.read(query.q), query.filter, wanted, reader)
        try:
            page = await looking.page(connection, order=query.order, limit=query.limit, cursor=query.cursor)
        except BadCursor as error:
            raise Invalid("invalid", str(error), {"cursor": str(error)}) from error
    return json_response(
        {
            "results": [
                {"ticket": render.ticket(result.ticket), "hits": [_hit(hit) for hit in result.hits]}
                for result in page.results
            ],
            "next_cursor": page.next_cursor,
        }
    )


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "parts": [{"text": part.text, "hit": part.hit} for part in hit.parts],
        "message_id": render.identifier(hit.message_id),
        "author": hit.author,
        "direction": hit.direction,
        "at": render.time(hit.at),
    }
