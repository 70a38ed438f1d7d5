"""The OpenAPI document says what the routes are, and the page shows it."""

from __future__ import annotations

import inspect
import re

from aiohttp import ClientResponse

from tests.ticketing.web.answers import declares_its_answer
from tests.ticketing.web.office import Office
from ticketing.web.openapi import document
from ticketing.web.routes import ROUTES
from ticketing.web.routes.route import File, Route

READS = re.compile(r"read_(body|query)\(request, (\w+)\)")


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_every_route_declares_what_it_answers() -> None:
    assert [name(route) for route in ROUTES if not declares_its_answer(route)] == []


def test_what_handlers_read_is_what_their_routes_declare() -> None:
    for route in ROUTES:
        read = dict(READS.findall(inspect.getsource(route.handler)))
        for what, declared in (("body", route.body), ("query", route.query)):
            if what in read:
                known = None if isinstance(declared, File) or declared is None else declared.__name__
                assert known == read[what], f"{name(route)} reads {read[what]} as its {what}"


def test_names_are_unique_and_readable() -> None:
    described = document(ROUTES)
    names = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert len(set(names)) == len(names)
    assert [
        shape for shape in described["components"]["schemas"] if not re.fullmatch(r"[A-Z]\w+", shape)
    ] == []


def test_every_reference_leads_somewhere() -> None:
    described = document(ROUTES)
    wanted = set(re.findall(r"#/components/schemas/(\w+)", str(described)))
    assert wanted == set(described["components"]["schemas"])


async def _asked(office: Office, path: str, **headers: str) -> tuple[ClientResponse, str]:
    async with office.http.get(office.server.make_url(path), headers=headers) as response:
        return response, await response.text()


async def test_document_and_page_are_there_for_everyone(office: Office) -> None:
    response, text = await _asked(office, "/api/openapi.json")
    assert (response.status, response.content_type) == (200, "application/json")
    assert text.startswith('{\n "openapi": "3.1.0"')
    unchanged, _ = await _asked(office, "/api/openapi.json", **{"If-None-Match": response.headers["ETag"]})
    assert unchanged.status == 304

    response, page = await _asked(office, "/api")
    assert (response.status, response.content_type) == (200, "text/html")
    assert "<script" not in page
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    for route in ROUTES:
        if route.status != 101:
            assert f"/api{route.path}</a>" in page, name(route)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(re.findall(r'id="([^"]+)"', page))
