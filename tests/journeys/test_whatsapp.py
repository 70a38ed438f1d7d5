"""The same journey over HTTP: a WhatsApp customer played in the sandbox, an agent through the API."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import pytest

from tests.journeys.conftest import Installation
from tests.journeys.expected import AMOUNT, PHONE, REFERENCE, accepted, mentions_the_stop, one_time_code

pytestmark = [pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]

PATIENCE = 20.0  # seconds
BARRAGE = 100
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f0003860180a6b4b2d50000000049454e44ae426082"
)


class WhatsApp:
    """One customer's telephone in the sandbox."""

    def __init__(self, wasl: Installation, number: str) -> None:
        self.wasl = wasl
        self.number = number

    async def write(self, text: str) -> None:
        path = f"/sandbox/api/customers/{quote(self.number)}/messages"
        await self.wasl.post(path, {"message": {"type": "text", "text": text}})

    async def received(self) -> list[dict[str, Any]]:
        """Bodies of what was sent to this number."""
        number = self.number.lstrip("+")
        bodies = [one["body"] for one in await accepted(self.wasl)]
        return [body for body in bodies if number in {body.get("to"), body.get("recipient")}]

    async def wait_for(self, count: int) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while len(received := await self.received()) < count:
                await asyncio.sleep(0.05)
        return received[count - 1]

    async def wait_for_text(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text not in [words(body) for body in await self.received()]:
                await asyncio.sleep(0.05)

    async def ask(self, text: str) -> str:
        before = len(await self.received())
        await self.write(text)
        return words(await self.wait_for(before + 1))


def words(body: dict[str, Any]) -> str:
    if "text" in body:
        return str(body["text"]["body"])
    return str((body.get("interactive") or {}).get("body", {}).get("text", ""))


async def customer(wasl: Installation, number: str, name: str = "Fatima") -> WhatsApp:
    await wasl.post("/sandbox/api/customers", {"address": number, "name": name})
    return WhatsApp(wasl, number)


class Agent:
    """An agent's session, without a browser."""

    def __init__(self, wasl: Installation, http: aiohttp.ClientSession) -> None:
        self.wasl = wasl
        self.http = http

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-Wasl": "1", "Origin": self.wasl.url}
        async with self.http.request(method, self.wasl.url + path, json=body, headers=headers) as response:
            assert response.status < 300, f"{method} {path}: {response.status} {await response.text()}"
            return await response.json()


@pytest.fixture
async def agent(wasl: Installation) -> Any:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        signed_in = Agent(wasl, http)
        await signed_in.call("POST", "/api/session", {"email": "salma@demo.wasl", "password": "wasl-demo"})
        yield signed_in


async def test_a_stranger_is_verified_by_a_code_and_reaches_a_person(
    wasl: Installation, agent: Agent
) -> None:
    phone = await customer(wasl, "+212677000777")
    owner = await customer(wasl, PHONE)

    assert mentions_the_stop(await phone.ask("imta katji lwikala l zemamra"))

    assert AMOUNT not in await phone.ask("ch7al lfactura dyali")
    codes = len(await owner.received())
    assert AMOUNT not in await phone.ask(REFERENCE)
    code = one_time_code(await owner.wait_for(codes + 1))
    assert code is not None
    assert AMOUNT in await phone.ask(code)

    async with agent.http.ws_connect(wasl.url + "/api/live", headers={"Origin": wasl.url}) as live:
        await phone.write("bghit nhder m3a chi wahed")
        ticket = await handed_over(live)
    claimed = await agent.call("POST", f"/api/tickets/{ticket['id']}/claim", {"version": ticket["version"]})
    assert claimed["assignee"]["name"]

    reply = {"client_id": str(uuid4()), "text": "Salam, m3ak Salma."}
    await agent.call("POST", f"/api/tickets/{ticket['id']}/reply", reply)
    await phone.wait_for_text("Salam, m3ak Salma.")

    await silence(wasl, agent, phone, ticket["id"])


async def handed_over(live: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """The ticket of the hand-over, as the agent's socket tells it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            frame = await live.receive_json()
            if frame["type"] == "event" and frame["event"]["type"] == "ticket.handed_over":
                assert frame["event"]["data"]["reason"] == "asked"
                return dict(frame["ticket"])


async def silence(wasl: Installation, agent: Agent, phone: WhatsApp, ticket_id: str) -> None:
    """A hundred messages after the hand-over: all are stored, none is answered by the assistant."""
    before = len(await phone.received())
    messages = [{"from": phone.number.lstrip("+"), "text": f"imta katji? {n}"} for n in range(BARRAGE)]
    await wasl.post("/sandbox/api/inject", {"messages": messages})
    async with asyncio.timeout(60):
        while (await agent.call("GET", f"/api/tickets/{ticket_id}"))["unread"] < BARRAGE:
            await asyncio.sleep(0.1)
    timeline = await agent.call("GET", f"/api/tickets/{ticket_id}/timeline?limit=100")
    newest = [entry["message"] for entry in timeline["entries"] if entry["type"] == "message"][-BARRAGE:]
    assert [message["author"] for message in newest] == ["customer"] * BARRAGE
    assert [message["content"]["text"] for message in newest] == [one["text"] for one in messages]
    assert len(await phone.received()) == before


async def newest_ticket(agent: Agent, name: str) -> dict[str, Any]:
    tickets = (await agent.call("GET", "/api/tickets?view=all"))["tickets"]
    return next(ticket for ticket in tickets if ticket["contact"]["name"] == name)


async def stored_attachment(agent: Agent, ticket_id: str) -> dict[str, Any]:
    """The only attachment of the thread, once it has been fetched from the provider."""
    async with asyncio.timeout(PATIENCE):
        while True:
            timeline = await agent.call("GET", f"/api/tickets/{ticket_id}/timeline")
            messages = [entry["message"] for entry in timeline["entries"] if entry["type"] == "message"]
            for attachment in (one for message in messages for one in message["content"]["attachments"]):
                if attachment["state"] == "stored":
                    return dict(attachment)
            await asyncio.sleep(0.1)


async def test_a_picture_comes_in_and_a_picture_goes_out(wasl: Installation, agent: Agent) -> None:
    phone = await customer(wasl, "+212677000779", "Driss")
    form = aiohttp.FormData()
    form.add_field("file", PNG, filename="compteur.png", content_type="image/png")
    url = f"{wasl.url}/sandbox/api/customers/{quote(phone.number)}/files"
    async with wasl.http.post(url, data=form) as response:
        assert response.status == 201, await response.text()

    # The assistant cannot read pictures: people get it, and the customer is told.
    await phone.wait_for(1)
    ticket = await newest_ticket(agent, "Driss")
    assert ticket["owner"] == "agents"
    assert ticket["handover_reason"] == "attachment"
    attachment = await stored_attachment(agent, ticket["id"])
    async with agent.http.get(f"{wasl.url}/api/attachments/{attachment['id']}") as response:
        assert await response.read() == PNG
        assert response.content_type == "image/png"

    upload = aiohttp.FormData()
    upload.add_field("file", PNG, filename="facture.png", content_type="image/png")
    headers = {"X-Wasl": "1", "Origin": wasl.url}
    async with agent.http.post(f"{wasl.url}/api/uploads", data=upload, headers=headers) as response:
        assert response.status == 201, await response.text()
        uploaded = await response.json()
    reply = {"client_id": str(uuid4()), "text": "Voici.", "attachment_ids": [uploaded["id"]]}
    for _ in range(2):  # a client that did not hear the answer asks again
        await agent.call("POST", f"/api/tickets/{ticket['id']}/reply", reply)
    async with asyncio.timeout(PATIENCE):
        while not (pictures := [body for body in await phone.received() if body["type"] == "image"]):
            await asyncio.sleep(0.05)
    assert len(pictures) == 1
    assert pictures[0]["image"]["caption"] == "Voici."


async def test_a_customer_who_hides_the_number_is_answered_and_proves_nothing(wasl: Installation) -> None:
    phone = await customer(wasl, "MA.27182818284590", "Hidden")
    assert mentions_the_stop(await phone.ask("متى تأتي الوكالة المتنقلة إلى الزمامرة؟"))
    answer = await phone.ask("كم مبلغ فاتورتي؟")
    assert not any(character.isdigit() for character in answer), "no amount without a proof"


async def test_the_attested_telephone_of_a_contract_needs_no_code(wasl: Installation) -> None:
    phone = await customer(wasl, "+212661000002")
    assert "143,76" in await phone.ask("ch7al lfactura dyali")


async def test_a_fallen_cable_reaches_people_with_the_safety_text(wasl: Installation, agent: Agent) -> None:
    phone = await customer(wasl, "+212677000778")
    answer = await phone.ask("كاين خيط ديال الضو طايح فالزنقة")
    assert "15" in answer
    tickets = (await agent.call("GET", "/api/tickets?view=unassigned"))["tickets"]
    mine = [ticket for ticket in tickets if ticket["handover_reason"] == "danger"]
    assert mine
    assert mine[0]["priority"] == 1
    assert tickets[0]["priority"] == 1, "the most urgent comes first"
