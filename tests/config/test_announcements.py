"""An outage ends: the customer's telephone hears of it, through every real part but the assistant."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from aiohttp import ClientSession
from sqlalchemy import text

from config.parts import Parts, open_parts
from config.serve import running
from config.settings import Settings
from knowledge_base.network.stored_places import seed_places
from knowledge_base.outages import changes
from knowledge_base.outages.changes import NewOutage
from knowledge_base.outages.followers import Follower, follow
from knowledge_base.outages.incidents import Area, AreaKind, Service

CUSTOMER = "+212677001122"
PATIENCE = 20.0  # seconds

pytestmark = pytest.mark.timeout(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def parts(database_url: str, tmp_path: Path) -> AsyncIterator[Parts]:
    """A desk with its workers and the played providers, on a port of its own."""
    settings = Settings.model_validate(
        {"data": tmp_path, "database_url": database_url, "port": free_port(), "sandbox": True}
    )
    async with open_parts(settings) as parts, running(parts):
        yield parts


class Telephone:
    """The customer's, in the sandbox."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def write(self, words: str) -> None:
        """Introduce the customer if need be, and send."""
        async with self._http.post(
            f"{self._url}/sandbox/api/customers", json={"address": CUSTOMER, "name": "Omar"}
        ) as response:
            assert response.status < 300, await response.text()
        path = f"{self._url}/sandbox/api/customers/{quote(CUSTOMER)}/messages"
        async with self._http.post(path, json={"message": {"type": "text", "text": words}}) as response:
            assert response.status < 300, await response.text()

    async def received(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many messages have come; returns what was sent to the provider."""
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self._http.get(f"{self._url}/sandbox/api/accepted") as response:
                    accepted = (await response.json())["accepted"]
                if len(accepted) >= count:
                    return [one["body"] for one in accepted]
                await asyncio.sleep(0.02)


@pytest.fixture
async def telephone(parts: Parts) -> AsyncIterator[Telephone]:
    async with ClientSession() as http:
        yield Telephone(http, parts.settings.local_url)


async def followed_outage(parts: Parts) -> UUID:
    """An outage that the only conversation follows."""
    async with parts.desk.transaction() as transaction:
        connection = transaction.connection
        await seed_places(connection, with_demonstration=False)
        area = Area(AreaKind.PLACE, "zemamra")
        new = NewOutage(Service.WATER, [area], starts_at=transaction.now)
        outage = await changes.create(connection, new)
        conversation: UUID = (await connection.execute(text("SELECT id FROM conversations"))).scalar_one()
        await follow(connection, outage.id, Follower(conversation, "fr", "zemamra"), transaction.now)
    return outage.id


async def restore(parts: Parts, outage_id: UUID) -> None:
    async with parts.desk.transaction() as transaction:
        now = transaction.now
        await changes.restore(transaction.connection, outage_id, 1, at=now, now=now)
        transaction.wake("announcement")


async def test_inside_the_window_with_a_button(parts: Parts, telephone: Telephone) -> None:
    await telephone.write("pas d'eau à Zemamra")
    await telephone.received(1)  # nobody is there: a person will answer
    await restore(parts, await followed_outage(parts))
    notice = (await telephone.received(2))[1]
    assert "Zemamra" in notice["interactive"]["body"]["text"]
    (button,) = notice["interactive"]["action"]["buttons"]
    assert button["reply"]["id"].startswith("inform:outage_still:")


async def test_past_the_window_as_the_template_of_the_account(parts: Parts, telephone: Telephone) -> None:
    await telephone.write("pas d'eau à Zemamra")
    await telephone.received(1)
    async with parts.engine.begin() as connection:
        await connection.execute(text("UPDATE conversations SET window_expires_at = now()"))
    await restore(parts, await followed_outage(parts))
    notice = (await telephone.received(2))[1]
    assert notice["template"]["name"] == "service_notice"
    assert notice["template"]["language"]["code"] == "fr"
    (body,) = notice["template"]["components"]
    assert "Zemamra" in body["parameters"][0]["text"]


async def test_the_detection_runs_in_the_process(parts: Parts) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            async with parts.engine.connect() as connection:
                names = (await connection.execute(text("SELECT name FROM periodic_runs"))).scalars().all()
            if "outages" in names:
                return
            await asyncio.sleep(0.02)
