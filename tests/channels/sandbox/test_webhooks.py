"""Webhooks arrive signed, in order per customer, and again until they are taken."""

from __future__ import annotations

import asyncio

from channels.sandbox.faults import Flow
from channels.sandbox.sandbox import Sandbox
from channels.sandbox.screen import WrittenText
from tests.channels.sandbox.conftest import AUTHORISED, NUMBER, Client, Receiver, sending

AMINA = "212600000001"


def write(sandbox: Sandbox, *words: str, who: str = AMINA) -> None:
    for word in words:
        sandbox.write(sandbox.store.meet(who, "Amina"), WrittenText(type="text", text=word))


async def test_what_is_refused_comes_again_in_order(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.refuse = 4
    sandbox.connect(receiver.url)
    write(sandbox, "un", "deux", "trois")
    await receiver.until(lambda: len(receiver.bodies) == 3)
    assert receiver.texts == ["un", "deux", "trois"]
    assert sandbox.webhooks.counters.attempts == 7
    assert [bubble.state for bubble in sandbox.store.meet(AMINA).bubbles][:2] == ["delivered"] * 2


async def test_one_customer_does_not_wait_for_another(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.connect(receiver.url)
    for number in range(30):
        write(sandbox, *(f"{number}:{word}" for word in range(5)), who=f"2126000000{number:02}")
    await receiver.until(lambda: len(receiver.bodies) == 150)
    for number in range(30):
        mine = [text for text in receiver.texts if text.startswith(f"{number}:")]
        assert mine == [f"{number}:{word}" for word in range(5)]


async def test_webhooks_wait_for_an_address_and_while_held(sandbox: Sandbox, receiver: Receiver) -> None:
    write(sandbox, "un")
    assert sandbox.webhooks.counters.queued == 1
    sandbox.connect(receiver.url)
    await receiver.until(lambda: len(receiver.bodies) == 1)
    sandbox.faults.flow = Flow(hold=True)
    sandbox.webhooks.update_flow()
    write(sandbox, "deux")
    for _ in range(20):
        await asyncio.sleep(0)
    assert receiver.texts == ["un"]
    sandbox.faults.flow = Flow()
    sandbox.webhooks.update_flow()
    await receiver.until(lambda: len(receiver.bodies) == 2)


async def test_duplicates_and_disorder_on_demand(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.faults.flow = Flow(duplicate=True, shuffle=True)
    words = [str(number) for number in range(40)]
    write(sandbox, *words)
    sandbox.connect(receiver.url)
    await receiver.until(lambda: len(receiver.bodies) == 80)
    assert sorted(receiver.texts) == sorted(words * 2)
    assert receiver.texts[::2] != words


async def test_statuses_follow_a_send(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.connect(receiver.url)
    write(sandbox, "Salam")
    body = sending("Bonjour", biz_opaque_callback_data="ours")
    async with client.post(NUMBER + "/messages", json=body, headers=AUTHORISED) as answer:
        message_id = (await answer.json())["messages"][0]["id"]
    await receiver.until(lambda: receiver.states == ["sent", "delivered"])
    amina = sandbox.store.meet(AMINA)
    sandbox.look(amina)
    sandbox.look(amina)  # looking twice reads once
    await receiver.until(lambda: "read" in receiver.states)
    statuses = [status for value in receiver.values for status in value.get("statuses", ())]
    assert [status["status"] for status in statuses] == ["sent", "delivered", "read"]
    for status in statuses:
        assert status["id"] == message_id
        assert status["recipient_id"] == AMINA
        assert status["biz_opaque_callback_data"] == "ours"


async def test_statuses_can_be_lost(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.connect(receiver.url)
    write(sandbox, "Salam")
    await client.put("/sandbox/api/flow", json={"silent": True})
    await client.post(NUMBER + "/messages", json=sending(), headers=AUTHORISED)
    amina = sandbox.store.meet(AMINA)
    async with asyncio.timeout(10):
        while amina.bubbles[-1].state != "delivered":
            await asyncio.sleep(0.01)
    await client.put("/sandbox/api/flow", json={})
    sandbox.look(amina)
    await receiver.until(lambda: "read" in receiver.states)
    assert receiver.states == ["read"]


async def test_a_blocked_company_is_told_so(client: Client, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.connect(receiver.url)
    write(sandbox, "Salam")
    await client.patch(f"/sandbox/api/customers/{AMINA}", json={"blocked": True})
    await client.post(NUMBER + "/messages", json=sending(), headers=AUTHORISED)
    await receiver.until(lambda: receiver.states == ["failed"])
    (status,) = receiver.values[-1]["statuses"]
    assert status["errors"][0]["code"] == 131026
    assert "contacts" not in receiver.values[-1]


async def test_a_customer_without_number_is_named_by_id(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.connect(receiver.url)
    write(sandbox, "Salam", who="MA.42")
    await receiver.until(lambda: len(receiver.bodies) == 1)
    (value,) = receiver.values
    assert value["contacts"] == [{"profile": {"name": "Amina"}, "user_id": "MA.42"}]
    assert (value["messages"][0]["from_user_id"], "from" in value["messages"][0]) == ("MA.42", False)
