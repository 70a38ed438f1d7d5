"""An agent and a supervisor at once: a pushed ticket, a lunch, and what the supervisor sees and takes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.talkers import OnTheWeb, ask
from tests.journeys.test_composer_browser import desk, with_people

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]

PATIENCE = 20_000  # milliseconds
QUEUE = "customers"


async def change(page: Page, wasl: Installation, path: str, body: dict[str, Any]) -> Any:
    headers = {"X-Wasl": "1", "Origin": wasl.url}
    response = await page.request.patch(f"{wasl.url}/api{path}", data=body, headers=headers)
    assert response.ok, await response.text()
    return await response.json()


@asynccontextmanager
async def pushing(browser: Browser, wasl: Installation, key: str) -> AsyncIterator[None]:
    """While a queue gives its tickets out, day and night."""
    async with desk(browser, wasl, "admin", "/settings/queues") as admin:
        queues = (await (await admin.request.get(f"{wasl.url}/api/queues")).json())["queues"]
        before = next(one for one in queues if one["key"] == key)
        path = f"/teams/{before['id']}"
        changed = {"routing": "round_robin", "needs": [], "out_of_hours": "assign"}
        await change(admin, wasl, path, changed)
        try:
            yield
        finally:
            await change(admin, wasl, path, {name: before[name] for name in changed})


async def begin_with_nothing(agent: Page, supervisor: Page, wasl: Installation, key: str) -> None:
    """What other journeys left with the agent fills her hands; what waits would be pushed first."""
    headers = {"X-Wasl": "1", "Origin": wasl.url}
    mine = await (await agent.request.get(f"{wasl.url}/api/tickets?view=mine&limit=200")).json()
    for ticket in mine["tickets"]:
        address = f"{wasl.url}/api/tickets/{ticket['id']}/release"
        response = await agent.request.post(address, data={"version": ticket["version"]}, headers=headers)
        assert response.ok, await response.text()
    queues = (await (await supervisor.request.get(f"{wasl.url}/api/queues")).json())["queues"]
    elsewhere = next(one["id"] for one in queues if one["key"] != key and one["routing"] == "manual")
    listed = f"{wasl.url}/api/tickets?view=unassigned&limit=200"
    waiting = (await (await supervisor.request.get(listed)).json())["tickets"]
    ours = [one for one in waiting if one["team"] and one["team"]["key"] == key]
    if not ours:
        return
    tickets = [{"id": one["id"], "version": one["version"]} for one in ours]
    response = await supervisor.request.post(
        f"{wasl.url}/api/supervisor/reassign",
        data={"tickets": tickets, "agent_id": None, "team_id": elsewhere},
        headers=headers,
    )
    assert response.ok, await response.text()
    assert not (await response.json())["refused"]


def offer(page: Page) -> Locator:
    return page.locator("section[aria-label='Un ticket pour vous'] article")


async def choose(page: Page, words: str) -> None:
    """In the account menu."""
    await page.get_by_role("button", name="Votre compte").click()
    await page.get_by_role("menu").get_by_text(words, exact=True).click()


async def test_an_agent_and_a_supervisor(wasl: Installation, browser: Browser) -> None:
    async with (
        desk(browser, wasl, "salma", "/tickets/mine") as salma,
        desk(browser, wasl, "nadia", "/supervisor") as nadia,
    ):
        await begin_with_nothing(salma, nadia, wasl, QUEUE)
        async with pushing(browser, wasl, QUEUE):
            await at_work(salma, nadia, wasl)


async def at_work(salma: Page, nadia: Page, wasl: Installation) -> None:
    row = nadia.get_by_role("listitem").filter(has_text="Salma Idrissi")
    await expect(row).to_contain_text("En ligne", timeout=PATIENCE)
    await change(nadia, wasl, "/presence", {"state": "busy"})

    # A ticket is pushed to her; opening it keeps it, and says why it is hers.
    _, path = await with_people(wasl)
    await offer(salma).get_by_role("button", name="Ouvrir").click(timeout=PATIENCE)
    await expect(salma).to_have_url(re.compile(path.rpartition("/")[2]), timeout=PATIENCE)
    await expect(offer(salma)).to_have_count(0)
    await expect(salma.get_by_text(re.compile("dont c’était le tour"))).to_be_visible(timeout=PATIENCE)
    await expect(row.get_by_role("button", name=re.compile("^1 ?Ouverts"))).to_be_visible(timeout=PATIENCE)

    # She goes to lunch, and gives back what waits.
    await choose(salma, "Déjeuner")
    await expect(row).to_contain_text("Déjeuner", timeout=PATIENCE)
    await salma.get_by_role("button", name="Votre compte").click()
    await salma.get_by_role("menuitem", name=re.compile("Absent, et rendre ce qui attend")).click()
    await expect(salma.get_by_text("1 ticket est retourné à sa file.").first).to_be_visible(timeout=PATIENCE)

    # The supervisor takes it from behind the number.
    await nadia.get_by_role("button", name=re.compile("À prendre")).first.click()
    window = nadia.get_by_role("dialog")
    await window.get_by_role("checkbox", name="Tout choisir").check(timeout=PATIENCE)
    await window.get_by_role("button", name="Prendre moi-même").click()
    await expect(nadia.get_by_text(re.compile("tickets? donnés?\\.")).first).to_be_visible(timeout=PATIENCE)
    await nadia.keyboard.press("Escape")

    # She takes a conversation over that the assistant has.
    customer = OnTheWeb(wasl)
    await ask(customer, "salam")
    take_over = nadia.get_by_role("button", name="Reprendre").first
    await take_over.click(timeout=PATIENCE)
    await expect(nadia).to_have_url(re.compile("/tickets/mine/"), timeout=PATIENCE)
    await expect(nadia.locator("form textarea")).to_be_visible(timeout=PATIENCE)

    for page in (salma, nadia):
        await change(page, wasl, "/presence", {"state": "online"})
