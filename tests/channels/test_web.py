"""Mounting accounts, and errors as HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from io import BytesIO

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient
from pydantic import BaseModel

from channels.adapter import ChannelAdapter, InboundSink
from channels.envelope import Capabilities, OutboundMessage, Sent
from channels.errors import AnomalousPayload, BadSignature, ChannelError, TemporaryFailure
from channels.web import BODY_LIMIT, body_limit, cross_origin
from tests.channels.recorder import Recorder, serving

Client = TestClient[web.Request, web.Application]


class Settings(BaseModel):
    pass


class Door(ChannelAdapter[Settings]):
    """Answers with what it received, or raises what the test set."""

    capabilities = Capabilities(text_length=10)
    settings_type = Settings
    error: Exception | None = None

    def routes(self, sink: InboundSink) -> Iterable[web.RouteDef]:
        async def handle_body(request: web.Request) -> web.Response:
            body = await request.read()
            if self.error is not None:
                raise self.error
            return web.json_response({"account": self.account, "size": len(body)})

        @cross_origin
        @body_limit(1000)
        async def handle_open(request: web.Request) -> web.Response:
            return web.json_response({"size": len(await request.read())})

        @cross_origin
        async def handle_list(_request: web.Request) -> web.Response:
            return web.Response(text="list")

        return [
            web.post("/webhook", handle_body),
            web.post("/open/{part}", handle_open),
            web.get("/open/{part}", handle_list),
        ]

    async def send(self, message: OutboundMessage) -> Sent:
        raise NotImplementedError


@pytest.fixture
async def doors(http: ClientSession) -> dict[str, Door]:
    return {name: Door(name, Settings(), http) for name in ("north", "south")}


@pytest.fixture
async def client(doors: dict[str, Door], sink: Recorder) -> AsyncIterator[Client]:
    async with serving(doors, sink) as client:
        yield client


async def test_each_account_has_its_own_routes(client: Client) -> None:
    for name in ("north", "south"):
        answer = await client.post(f"/channels/{name}/webhook", data=b"abc")
        assert await answer.json() == {"account": name, "size": 3}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (BadSignature("no"), 403, "bad_signature"),
        (AnomalousPayload("no"), 400, "anomalous_payload"),
        (TemporaryFailure("later", retry_after=timedelta(seconds=7)), 503, "unavailable"),
        (ChannelError("odd"), 503, "unavailable"),
        (OSError("no database"), 503, "unavailable"),
        (RuntimeError("a bug"), 503, "unavailable"),
    ],
)
async def test_errors_speak_http(
    client: Client, doors: dict[str, Door], error: Exception, status: int, code: str
) -> None:
    doors["north"].error = error
    answer = await client.post("/channels/north/webhook", data=b"abc")
    assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == ("7" if isinstance(error, TemporaryFailure) else None)
    doors["north"].error = None
    assert (await client.post("/channels/north/webhook", data=b"abc")).status == 200


async def test_an_http_error_of_the_handler_stays_what_it_is(client: Client, doors: dict[str, Door]) -> None:
    doors["north"].error = web.HTTPUnsupportedMediaType()
    assert (await client.post("/channels/north/webhook", data=b"abc")).status == 415


async def test_an_unknown_account_is_404_and_a_wrong_method_405(client: Client) -> None:
    unknown = await client.post("/channels/nowhere/webhook")
    assert (unknown.status, (await unknown.json())["error"]["code"]) == (404, "unknown_account")
    wrong = await client.get("/channels/north/webhook")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")
    assert (await client.get("/channels/north")).status == 404
    assert (await client.get("/channels/north/elsewhere")).status == 404


async def test_a_body_larger_than_the_route_takes_is_413(client: Client) -> None:
    assert (await client.post("/channels/north/open/x", data=b"x" * 1000)).status == 200
    assert (await client.post("/channels/north/open/x", data=b"x" * 1001)).status == 413
    # Larger than an aiohttp application takes by itself: Meta's bodies are.
    assert (await client.post("/channels/north/webhook", data=BytesIO(b"x" * (3 * 2**20)))).status == 200
    assert (await client.post("/channels/north/webhook", data=BytesIO(b"x" * (BODY_LIMIT + 1)))).status == 413


async def test_other_origins_only_where_a_route_asks(client: Client) -> None:
    origin = {"Origin": "https://example.org"}
    asked = await client.options("/channels/north/open/x", headers=origin)
    assert asked.status == 204
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    for answer in (
        await client.get("/channels/north/open/x", headers=origin),
        await client.post("/channels/north/open/x", data=b"x" * 2000, headers=origin),  # errors too
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    closed = await client.post("/channels/north/webhook", data=b"", headers=origin)
    assert "Access-Control-Allow-Origin" not in closed.headers
    assert (await client.options("/channels/north/webhook", headers=origin)).status == 405
