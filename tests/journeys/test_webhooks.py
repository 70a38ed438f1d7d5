"""WhatsApp's webhooks on the real path: signed HTTP in, rows in PostgreSQL out."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from config.demonstration import load_into
from config.parts import Parts, open_parts
from config.settings import Settings
from config.web import web_application
from ticketing.errors import Busy
from ticketing.intake import Intake

PHONE_NUMBER_ID = "1122334455667"  # of the captured updates
SECRET = "app-secret"
UPDATES = Path(__file__).parent.parent / "channels" / "whatsapp" / "updates"


@dataclass(frozen=True)
class Desk:
    """A desk without workers: what webhooks store can be counted."""

    parts: Parts
    server: TestServer
    http: aiohttp.ClientSession

    @property
    def engine(self) -> AsyncEngine:
        return self.parts.engine

    async def post(self, body: Any, *, signature: str | None = None) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": signed if signature is None else signature}
        url = self.server.make_url("/channels/whatsapp-main/webhook")
        async with self.http.post(url, data=raw, headers=headers) as response:
            return response.status

    async def count(self, query: str, **values: Any) -> int:
        async with self.engine.connect() as connection:
            return int((await connection.execute(text(query), values)).scalar_one())


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    for name, value in {
        "WASL_WHATSAPP_TOKEN": "token",
        "WASL_WHATSAPP_APP_SECRET": SECRET,
        "WASL_WHATSAPP_VERIFY_TOKEN": "verify",
        "WASL_WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings.model_validate({"data": tmp_path, "database_url": database_url, "port": 0})
    async with open_parts(settings) as parts:
        server = TestServer(web_application(parts, {}))
        await server.start_server()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            yield Desk(parts, server, http)
        await server.close()


def message(number: int, sender: str = "212600000001") -> dict[str, Any]:
    return {
        "from": sender,
        "id": f"wamid.{sender}.{number}",
        "timestamp": "1764000000",
        "type": "text",
        "text": {"body": f"message {number}"},
    }


def status(message_id: str, state: str) -> dict[str, Any]:
    return {"id": message_id, "status": state, "timestamp": "1764000000", "recipient_id": "212600000001"}


def change(messages: list[Any] | None = None, statuses: list[Any] | None = None) -> dict[str, Any]:
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "212522000000", "phone_number_id": PHONE_NUMBER_ID},
    }
    if messages is not None:
        senders = sorted({one["from"] for one in messages if isinstance(one, dict) and "from" in one})
        value["contacts"] = [{"wa_id": sender, "profile": {"name": "Fatima"}} for sender in senders]
        value["messages"] = messages
    if statuses is not None:
        value["statuses"] = statuses
    return {"field": "messages", "value": value}


def body(*entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": str(number), "changes": changes} for number, changes in enumerate(entries)],
    }


async def test_a_body_of_many_entries_is_walked_whole(desk: Desk) -> None:
    numbers = iter(range(1000))
    changes = [change([message(next(numbers)) for _ in range(4)]) for _ in range(6)]
    changes[0]["value"]["statuses"] = [status(f"wamid.ours.{n}", "delivered") for n in range(3)]
    changes[5]["value"]["statuses"] = [status(f"wamid.ours.{n}", "read") for n in range(2)]
    assert await desk.post(body(changes[0:2], changes[2:4], changes[4:6])) == 200
    assert await desk.count("SELECT count(*) FROM messages WHERE direction = 'inbound'") == 24
    # They are about messages we have not committed yet, and wait for them.
    assert await desk.count("SELECT count(*) FROM early_receipts") == 5


async def test_one_broken_message_costs_its_neighbours_nothing(desk: Desk) -> None:
    broken = {"id": "wamid.broken", "from": "212600000001", "type": "text", "timestamp": "not a time"}
    assert await desk.post(body([change([message(1), broken, message(2)])])) == 200
    assert await desk.count("SELECT count(*) FROM messages") == 2
    raw = "SELECT count(*) FROM failed_events WHERE account = 'whatsapp-main' AND raw::text LIKE :part"
    assert await desk.count(raw, part="%wamid.broken%") == 1


async def test_the_same_webhook_twenty_times_at_once_is_one_message(desk: Desk) -> None:
    update = body([change([message(1)])])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=4)) as four_connections:
        several = Desk(desk.parts, desk.server, four_connections)
        answers = await asyncio.gather(*(several.post(update) for _ in range(20)))
    assert answers == [200] * 20
    assert await desk.count("SELECT count(*) FROM messages") == 1
    assert await desk.count("SELECT count(*) FROM events WHERE type = 'message.received'") == 1


async def test_fifty_first_messages_at_once_are_one_customer(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.post(body([change([message(n)])])) for n in range(50)))
    assert answers == [200] * 50
    assert await desk.count("SELECT count(*) FROM messages") == 50
    for table in ("contacts", "identities", "conversations", "tickets"):
        assert await desk.count(f"SELECT count(*) FROM {table}") == 1, table
    assert await desk.count("SELECT count(DISTINCT position) FROM messages") == 50


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709"]
)
async def test_a_forged_signature_is_refused_and_nothing_is_stored(desk: Desk, signature: str) -> None:
    assert await desk.post(body([change([message(1)])]), signature=signature) == 403
    for table in ("messages", "contacts", "failed_events", "early_receipts", "events"):
        assert await desk.count(f"SELECT count(*) FROM {table}") == 0, table


async def test_a_body_serialised_again_is_refused(desk: Desk) -> None:
    raw = json.dumps(body([change([message(1)])])).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    again = json.dumps(json.loads(raw), separators=(",", ":")).encode()
    assert await desk.post(again, signature=signature) == 403
    assert await desk.post(raw, signature=signature) == 200
    assert await desk.count("SELECT count(*) FROM messages") == 1


def captured() -> list[Any]:
    cases = []
    for path in sorted(UPDATES.glob("*.json")):
        for name, update in json.loads(path.read_text("utf-8")).items():
            cases.append(pytest.param(update, id=f"{path.stem}-{name}"))
    return cases


@pytest.mark.parametrize("update", captured())
async def test_every_captured_update_is_taken(desk: Desk, update: dict[str, Any]) -> None:
    assert await desk.post(update) == 200
    assert await desk.count("SELECT count(*) FROM failed_events") == 0
    change_of = update["entry"][0]["changes"][0]["value"]
    expected = len(change_of.get("messages", []))
    assert await desk.count("SELECT count(*) FROM messages") == expected


@pytest.mark.slow
async def test_every_captured_message_is_shown_as_something_readable(desk: Desk) -> None:
    demonstration = desk.parts.settings.model_copy(update={"demonstration": True})
    await load_into(desk.engine, demonstration)
    updates = json.loads((UPDATES / "message.json").read_text("utf-8"))
    for number, (name, update) in enumerate(updates.items()):
        for one in update["entry"][0]["changes"][0]["value"]["messages"]:
            one["id"] = f"wamid.{number}.{name}"
        assert await desk.post(update) == 200
    unheard = {"from": "972987654321", "id": "wamid.new", "timestamp": "1764000000", "type": "hologram"}
    assert await desk.post(body([change([unheard])])) == 200

    headers = {"X-Wasl": "1", "Origin": str(desk.server.make_url("")).rstrip("/")}
    credentials = {"email": "salma@demo.wasl", "password": "wasl-demo"}
    async with desk.http.post(
        desk.server.make_url("/api/session"), json=credentials, headers=headers
    ) as response:
        assert response.status == 200
    shown = 0
    async with desk.http.get(desk.server.make_url("/api/tickets?view=all")) as response:
        tickets = (await response.json())["tickets"]
    for ticket in tickets:
        url = desk.server.make_url(f"/api/tickets/{ticket['id']}/timeline?limit=100")
        async with desk.http.get(url) as response:
            entries = (await response.json())["entries"]
        for entry in entries:
            if entry["type"] == "message":
                content = entry["message"]["content"]
                readable = (
                    content["text"] or content["attachments"] or content["location"] or content["extra"]
                )
                assert readable, entry["message"]
                shown += 1
    assert shown == len(updates) + 1


async def test_a_desk_that_cannot_store_says_so_quietly(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def busy(_intake: Intake, _events: object) -> None:
        raise Busy

    monkeypatch.setattr(Intake, "accept", busy)
    assert await desk.post(body([change([message(1)])])) == 503
    assert [record.levelname for record in caplog.records if "whatsapp-main" in record.getMessage()] == [
        "WARNING"
    ]
    monkeypatch.undo()
    assert await desk.post(body([change([message(1)])])) == 200, "Meta sends it again, and it is stored"
