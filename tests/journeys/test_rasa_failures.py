"""Whatever the assistant does, the customer hears of us and people have the ticket with the right reason.

The real desk and the provider's sandbox run in processes of their own; only Rasa is played.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from sqlalchemy.engine import make_url

from bot.contract import Language
from bot.texts import say
from tests.faults.installation import Installation, installed
from tests.journeys.bad_rasa import BadRasa, Behaviour, answer, breaks_off, hangs, says

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

STARTING = 60.0  # seconds
PATIENCE = 15.0  # seconds: far beyond every deadline of the desk
DEADLINES = {"WASL_ASSISTANT_DEADLINE": "PT1S", "WASL_GATHERING_DELAY": "PT0.05S"}
FAILURE = say(Language.FR, "hand_over_failure")
NUMBERS = (f"2126995{number:05d}" for number in count())


@pytest.fixture(scope="module")
async def database_of_module(postgres_url: str, template_database: str) -> AsyncIterator[str]:
    name = f"journey_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(scope="module")
async def rasa() -> AsyncIterator[BadRasa]:
    rasa = BadRasa()
    await rasa.start()
    yield rasa
    await rasa.stop()


@pytest.fixture(scope="module")
async def wasl(
    tmp_path_factory: pytest.TempPathFactory, database_of_module: str, rasa: BadRasa
) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("rasa-failures")
    async with installed(folder, database_of_module, rasa_url=rasa.url, environment=DEADLINES) as running:
        async with asyncio.timeout(STARTING):
            await running.ready(assistant=True)
        yield running


class Agent:
    """An agent's session."""

    def __init__(self, wasl: Installation, http: aiohttp.ClientSession) -> None:
        self._wasl = wasl
        self._http = http

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-Wasl": "1", "Origin": self._wasl.desk_url}
        url = self._wasl.desk_url + path
        async with self._http.request(method, url, json=body, headers=headers) as response:
            assert response.status < 300, f"{method} {path}: {response.status} {await response.text()}"
            return await response.json()

    async def ticket_of(self, number: str) -> dict[str, Any]:
        found = (await self.call("GET", f"/api/tickets?view=all&q={number}"))["tickets"]
        assert len(found) == 1, found
        return dict(found[0])


@pytest.fixture
async def agent(wasl: Installation) -> AsyncIterator[Agent]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        signed_in = Agent(wasl, http)
        await signed_in.call("POST", "/api/session", {"email": "salma@demo.wasl", "password": "wasl-demo"})
        yield signed_in


class Customer:
    """A customer who has been answered once: the assistant was well, and the ticket is its own."""

    def __init__(self, wasl: Installation) -> None:
        self._wasl = wasl
        self.number = next(NUMBERS)

    async def write(self, text: str) -> None:
        await self._wasl.provider.write([(self.number, text)])

    async def received(self) -> list[str]:
        taken = await self._wasl.provider.accepted()
        return [str(one["body"]["text"]["body"]) for one in taken if one["to"] == self.number]

    async def wait_for(self, number: int) -> list[str]:
        """What was received once there are so many messages."""
        async with asyncio.timeout(PATIENCE):
            while len(received := await self.received()) < number:
                await asyncio.sleep(0.05)
        return received


@pytest.fixture
async def customer(wasl: Installation, rasa: BadRasa) -> Customer:
    rasa.behaviour = rasa.well
    customer = Customer(wasl)
    await customer.write("Bonjour")
    await customer.wait_for(1)
    while not rasa.asked.empty():
        rasa.asked.get_nowait()
    return customer


FAILURES: dict[str, tuple[Behaviour, str]] = {
    "hangs": (hangs, "assistant_slow"),
    "breaks off": (breaks_off, "assistant_down"),
    "a page": (says("<html>Bad gateway</html>", content_type="text/html"), "assistant_error"),
    "nothing at all": (says(""), "assistant_error"),
    "other JSON": (says('{"unexpected": true}'), "assistant_error"),
    "a list": (says("[]"), "assistant_error"),
    "messages that are none": (says('{"messages": "salam"}'), "assistant_error"),
    "no words": (says('{"messages": [], "handover": null}'), "assistant_error"),
    "blank words": (says('{"messages": [{"text": "  "}]}'), "assistant_error"),
    "status 500": (says('{"error": "failed"}', status=500), "assistant_error"),
    "no model": (says('{"error": "no_model"}', status=503), "not_ready"),
}


@pytest.mark.parametrize(("behaviour", "reason"), FAILURES.values(), ids=FAILURES)
async def test_a_failing_assistant_is_relieved(
    agent: Agent, customer: Customer, rasa: BadRasa, behaviour: Behaviour, reason: str
) -> None:
    rasa.behaviour = behaviour
    await customer.write("Je voudrais savoir où est ma facture")
    await relieved(agent, customer, reason)
    assert rasa.asked.qsize() == 1, "it was asked once, and not again after it had failed"


async def test_a_stopped_assistant_is_relieved(agent: Agent, customer: Customer, rasa: BadRasa) -> None:
    await rasa.stop()
    try:
        await customer.write("Je voudrais savoir où est ma facture")
        await relieved(agent, customer, "assistant_down")
    finally:
        await rasa.start()


async def relieved(agent: Agent, customer: Customer, reason: str) -> None:
    """The customer is told under which number a person will answer, and people see why."""
    told = (await customer.wait_for(2))[1]
    ticket = await agent.ticket_of(customer.number)
    assert (ticket["owner"], ticket["status"], ticket["handover_reason"]) == ("agents", "new", reason)
    assert ticket["waiting_since"] is not None, "told that a person comes, the customer still waits"
    assert told.startswith(FAILURE)
    assert ticket["number"] in told


async def test_what_the_assistant_says_after_an_agent_took_over_is_never_sent(
    agent: Agent, customer: Customer, rasa: BadRasa
) -> None:
    let_go = asyncio.Event()

    async def thinks(_request: web.Request) -> web.StreamResponse:
        await let_go.wait()
        return web.json_response(answer("Trop tard."))

    rasa.behaviour = thinks
    await customer.write("Encore une question")
    async with asyncio.timeout(PATIENCE):
        asked = await rasa.asked.get()
    ticket = await agent.ticket_of(customer.number)
    assert ticket["owner"] == "assistant"
    await agent.call("POST", f"/api/tickets/{ticket['id']}/take_over", {})
    let_go.set()

    # The desk tells the assistant to forget the conversation when it has refused its answer.
    async with asyncio.timeout(PATIENCE):
        while await rasa.forgotten.get() != asked["sender_id"]:
            pass
    # What is sent to one customer leaves in order: an answer let through would be before this one.
    reply = {"client_id": str(uuid4()), "text": "Salma à votre service."}
    await agent.call("POST", f"/api/tickets/{ticket['id']}/reply", reply)
    assert (await customer.wait_for(2))[1:] == ["Salma à votre service."]
    timeline = await agent.call("GET", f"/api/tickets/{ticket['id']}/timeline?limit=100")
    assert "Trop tard." not in str(timeline)
