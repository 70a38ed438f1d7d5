"""The sandbox' own interface: bulk injection, the stream of the page, files, and the program alone."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from channels.sandbox.sandbox import Sandbox
from tests.channels.sandbox.conftest import AUTHORISED, NUMBER, Client, Receiver, sending

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.mark.parametrize(("per_webhook", "bodies"), [(1, 100), (30, 4)])
async def test_many_messages_at_once(
    client: Client, sandbox: Sandbox, receiver: Receiver, per_webhook: int, bodies: int
) -> None:
    sandbox.connect(receiver.url)
    messages = [{"from": f"21260000000{number % 7}", "text": str(number)} for number in range(100)]
    body = {"messages": messages, "per_webhook": per_webhook}
    async with client.post("/sandbox/api/inject", json=body) as answer:
        assert answer.status == 202
        ids = (await answer.json())["ids"]
    await receiver.until(lambda: len(receiver.texts) == 100)
    assert len(receiver.bodies) == bodies
    told = [message["id"] for value in receiver.values for message in value["messages"]]
    assert sorted(told) == sorted(ids)
    async with client.get("/sandbox/api/stats") as answer:
        stats = await answer.json()
    assert stats["customers"] == 7


async def change(stream: Any, kind: str) -> Any:
    """The next change of this kind on a stream."""
    async with asyncio.timeout(10):
        while True:
            line = (await stream.content.readline()).decode()
            if line.startswith("data: ") and (told := json.loads(line[6:]))["type"] == kind:
                return told


async def test_the_page_is_told_what_happens(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.connect(receiver.url)
    async with client.get("/sandbox/api/events") as stream:
        hello = await change(stream, "hello")
        assert (hello["customers"], hello["faults"], hello["connected"]) == ([], [], True)
        await client.post("/sandbox/api/customers", json={"address": "+212 6 00 00 00 01", "name": "Amina"})
        assert (await change(stream, "customer"))["customer"]["number"] == "+212600000001"
        written = {"message": {"type": "text", "text": "Salam"}}
        await client.post("/sandbox/api/customers/212600000001/messages", json=written)
        assert (await change(stream, "message"))["message"]["state"] == "sent"
        assert (await change(stream, "state"))["state"] == "delivered"
        await client.post(NUMBER + "/messages", json=sending("Bonjour"), headers=AUTHORISED)
        assert (await change(stream, "message"))["message"]["text"] == "Bonjour"
        await client.put("/sandbox/api/flow", json={"hold": True})
        assert (await change(stream, "faults"))["flow"]["hold"]
        sandbox.pages.close()
        assert (await stream.content.read()).strip() == b""


async def test_a_slow_page_is_told_to_start_again(sandbox: Sandbox, client: Client) -> None:
    async with client.get("/sandbox/api/events") as stream:
        await change(stream, "hello")
        for number in range(2001):  # more than is kept, before the page can read
            sandbox.pages.tell({"type": "state", "number": number})
        assert await change(stream, "reset")


async def test_every_kind_a_customer_sends(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.connect(receiver.url)
    customer = "/sandbox/api/customers/212600000001"
    await client.post("/sandbox/api/customers", json={"address": "212600000001"})
    for message in (
        {"type": "choice", "id": "yes", "title": "Oui", "reply_to": "wamid.q"},
        {"type": "choice", "id": "r", "title": "Souk", "description": "mercredi", "list": True},
        {"type": "location", "latitude": 32.6, "longitude": -8.7, "name": "Zemamra"},
    ):
        async with client.post(customer + "/messages", json={"message": message}) as answer:
            assert answer.status == 201
    for content_type, name, voice in (
        ("image/png", "a.png", "false"),
        ("audio/ogg", "v.ogg", "true"),
        ("application/pdf", "facture.pdf", "false"),
    ):
        form = FormData({"caption": "voici", "voice": voice})
        form.add_field("file", b"data", filename=name, content_type=content_type)
        async with client.post(customer + "/files", data=form) as answer:
            media = (await answer.json())["media"]
        async with client.get(f"/sandbox/api/media/{media['id']}") as answer:
            assert (await answer.read(), answer.headers["X-Content-Type-Options"]) == (b"data", "nosniff")
    await receiver.until(lambda: len(receiver.bodies) == 6)
    told = [value["messages"][0] for value in receiver.values]
    assert [message["type"] for message in told] == [
        "interactive",
        "interactive",
        "location",
        "image",
        "audio",
        "document",
    ]
    assert told[0]["context"]["id"] == "wamid.q"
    assert told[1]["interactive"]["list_reply"]["description"] == "mercredi"
    assert told[4]["audio"]["voice"] is True
    assert told[5]["document"]["filename"] == "facture.pdf"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "customers", {"address": "amina"}, 422),
        ("POST", "customers/404/messages", {"message": {"type": "text", "text": "a"}}, 404),
        ("POST", "faults", {"kind": "earthquake"}, 422),
        ("POST", "inject", {"messages": [{"text": "nobody"}]}, 422),
        ("PUT", "webhook", {"url": "nowhere"}, 422),
        ("GET", "accepted?after=soon", None, 400),
        ("GET", "media/404", None, 404),
    ],
)
async def test_wrong_orders_are_refused(
    client: Client, method: str, path: str, body: Any, status: int
) -> None:
    async with client.request(method, f"/sandbox/api/{path}", json=body) as answer:
        assert answer.status == status


async def test_the_page_and_its_files(client: Client) -> None:
    async with client.get("/sandbox") as answer:
        assert (answer.status, answer.url.path) == (200, "/sandbox/")
        page = await answer.text()
    for name in ("app.js", "page.css", "phone.css", "icon.svg"):
        assert f"static/{name}" in page
        async with client.get(f"/sandbox/static/{name}") as answer:
            assert answer.status == 200
    async with client.get("/sandbox/static/..%2fapp.py") as answer:
        assert answer.status == 404


async def test_the_program_alone(http: ClientSession) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "channels.sandbox", "--no-window", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    page = (await program.stdout.readline()).decode().removeprefix("page ").strip()
    graph = (await program.stdout.readline()).decode().removeprefix("graph ").strip()
    async with http.get(page) as answer:
        assert answer.status == 200
    async with http.post(
        f"{graph}/v23.0/106540352242922/messages", json=sending(), headers=AUTHORISED
    ) as answer:
        assert answer.status == 200
    async with http.get(page + "api/events"):  # an open page does not keep it alive
        program.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(program.wait(), 10) == 0
