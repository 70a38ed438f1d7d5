"""The places that a stop, an agency or an outage may name, for choosing one."""

from __future__ import annotations

from aiohttp import web

from knowledge_base.network.stored_places import stored_places
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response


async def places(request: web.Request) -> web.StreamResponse:
    """Every place: a few hundred short rows, searched where they are typed."""
    async with request.app[CONTEXT].reading() as connection:
        known = await stored_places(connection)
    return json_response(
        {
            "places": [
                {
                    "id": place.id,
                    "kind": place.kind,
                    "names": {"ar": place.name_ar, "fr": place.name_fr},
                    "commune": place.commune_id,
                    "province": {"ar": place.province_ar, "fr": place.province_fr},
                }
                for place in known
            ]
        }
    )
