"""Two agents at once: who gets a ticket, who comes and goes, what is merged, and time that runs out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.journeys.conftest import Installation
from tests.journeys.talkers import OnWhatsApp, Provider, ask
from tests.journeys.test_composer_browser import desk, field, with_people

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]

PATIENCE = 20_000  # milliseconds
AGENTS = {"salma": "Salma Idrissi", "youssef": "Youssef Amrani"}
HOUR = {"first_response": {"amount": "PT1H", "clock": "always"}}
STEPS = [
    {"key": "half", "percent": 50, "notify": ["assignee"]},
    {"key": "late", "percent": 100, "notify": ["assignee", "supervisors"]},
]


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def row(page: Page, path: str) -> Locator:
    """The ticket in the list."""
    return page.locator(f"a.row[href*='{id_of(path)}']")


async def let_go(page: Page) -> None:
    """Take the mouse off the list, whose rows stay where they are below it."""
    await page.mouse.move(900, 10)


async def send(page: Page, wasl: Installation, method: str, path: str, body: Any = None) -> Any:
    """A request in the name of who is signed in."""
    headers = {"X-Wasl": "1", "Origin": wasl.url}
    response = await page.request.fetch(
        f"{wasl.url}/api{path}", method=method, headers=headers, data=None if body is None else body
    )
    assert response.ok, await response.text()
    return await response.json() if response.status != 204 else None


async def claim(page: Page) -> None:
    await page.get_by_role("button", name="Prendre en charge").click(timeout=PATIENCE)
    await expect(page.get_by_text("La conversation est à vous.").first).to_be_visible(timeout=PATIENCE)


async def person_on_whatsapp(wasl: Installation, number: str, name: str) -> OnWhatsApp:
    customer = OnWhatsApp(wasl, Provider(wasl, "/sandbox/api/accepted", "accepted"), number, name)
    await ask(customer, "salam")
    return customer


async def found(page: Page, wasl: Installation, name: str) -> dict[str, Any]:
    """The one ticket of the customer with the name."""
    (ticket,) = (await send(page, wasl, "GET", f"/tickets?view=all&q={name}"))["tickets"]
    return dict(ticket)


async def test_both_press_at_once_and_one_is_told_who_won(wasl: Installation, browser: Browser) -> None:
    _, path = await with_people(wasl)
    both = asyncio.Barrier(2)

    async def hold(route: Route) -> None:
        await both.wait()  # the live feed must not take the button away before the other has pressed
        await route.continue_()

    place = f"/tickets/unassigned/{id_of(path)}"
    async with desk(browser, wasl, "salma", place) as salma, desk(browser, wasl, "youssef", place) as youssef:
        pages = {"salma": salma, "youssef": youssef}
        buttons = [page.get_by_role("button", name="Prendre en charge") for page in pages.values()]
        for page, button in zip(pages.values(), buttons, strict=True):
            await page.route("**/claim", hold)
            await button.wait_for(timeout=PATIENCE)
        await asyncio.gather(*(button.click() for button in buttons))
        told = re.compile("La conversation est à vous|a été plus rapide")
        for page in pages.values():
            await expect(page.get_by_text(told).first).to_be_visible(timeout=PATIENCE)
        won = [who for who, page in pages.items() if await page.get_by_text("est à vous").count()]
        assert len(won) == 1
        winner = AGENTS[won[0]]
        (loser,) = (page for who, page in pages.items() if who not in won)
        await expect(loser.get_by_text(re.compile(f"{winner}.* a été plus rapide")).first).to_be_visible()
        # What is on the screen is true again, on both.
        await expect(loser.get_by_text(re.compile(f"{winner}.* suit cette conversation"))).to_be_visible(
            timeout=PATIENCE
        )
        for page in pages.values():
            await expect(row(page, path)).to_have_count(0, timeout=PATIENCE)
            await expect(page.get_by_role("button", name="Prendre en charge")).to_have_count(0)


@asynccontextmanager
async def back_online(page: Page, wasl: Installation) -> AsyncIterator[None]:
    """However it went, the agent is there again for the journeys that follow."""
    try:
        yield
    finally:
        await send(page, wasl, "PATCH", "/presence", {"state": "online"})


async def test_who_goes_away_gives_back_what_waits(wasl: Installation, browser: Browser) -> None:
    _, path = await with_people(wasl)
    place = f"/tickets/mine/{id_of(path)}"
    async with (
        desk(browser, wasl, "salma", place) as salma,
        desk(browser, wasl, "youssef", "/tickets/unassigned") as youssef,
        back_online(salma, wasl),
    ):
        await expect(row(youssef, path)).to_be_visible(timeout=PATIENCE)
        await claim(salma)
        await expect(row(salma, path)).to_be_visible(timeout=PATIENCE)
        await expect(row(youssef, path)).to_have_count(0, timeout=PATIENCE)

        await salma.get_by_role("button", name="Votre compte").click()
        await salma.get_by_role("menuitem", name=re.compile("Absent, et rendre ce qui attend")).click()
        await expect(salma.get_by_text(re.compile(r"tickets? (est|sont) retourné")).first).to_be_visible(
            timeout=PATIENCE
        )
        await expect(row(youssef, path)).to_be_visible(timeout=PATIENCE)
        await let_go(salma)
        await expect(row(salma, path)).to_have_count(0, timeout=PATIENCE)


async def test_a_conversation_is_taken_from_the_assistant_while_another_watches(
    wasl: Installation, browser: Browser
) -> None:
    customer = await person_on_whatsapp(wasl, "+212661700101", "Hajar Belkacem")
    async with desk(browser, wasl, "youssef", "/tickets/assistant") as youssef:
        ticket = await found(youssef, wasl, "Hajar Belkacem")
        path = f"/tickets/assistant/{ticket['id']}"
        await row(youssef, path).click(timeout=PATIENCE)
        await expect(youssef.get_by_text("L’assistant répond")).to_be_visible(timeout=PATIENCE)
        async with desk(browser, wasl, "salma", path) as salma:
            await salma.get_by_role("button", name="Prendre la main").click(timeout=PATIENCE)
            await expect(salma.get_by_text("L’assistant se tait.").first).to_be_visible(timeout=PATIENCE)
            watched = youssef.get_by_text(re.compile("Salma Idrissi.* suit cette conversation"))
            await expect(watched).to_be_visible(timeout=PATIENCE)
            await expect(youssef.get_by_text("L’assistant répond")).to_have_count(0)
            await let_go(youssef)
            await expect(row(youssef, path)).to_have_count(0, timeout=PATIENCE)

            # From now on what the customer writes is for people, and both read along.
            before = len(await customer.heard())
            await customer.write("fin wslat chikaya dyali?")
            for page in (salma, youssef):
                said = page.locator("article").filter(has_text="fin wslat chikaya dyali?")
                await expect(said).to_be_visible(timeout=PATIENCE)
            await field(salma).fill("Bonjour, je regarde.")
            await field(salma).press("Enter")
            for page in (salma, youssef):
                answer = page.locator("article").filter(has_text="Bonjour, je regarde.")
                await expect(answer).to_be_visible(timeout=PATIENCE)
            async with asyncio.timeout(PATIENCE / 1000):
                while "Bonjour, je regarde." not in (heard := await customer.heard())[before:]:
                    await asyncio.sleep(0.1)
            assert heard[before:] == ["Bonjour, je regarde."]


async def test_tickets_are_merged_and_taken_apart_before_the_others_eyes(
    wasl: Installation, browser: Browser
) -> None:
    customer, doubled = await with_people(wasl)
    await customer.write("Le compteur porte le numéro 7751")
    _, kept = await with_people(wasl)
    async with (
        desk(browser, wasl, "salma", doubled) as salma,
        desk(browser, wasl, "youssef", kept) as youssef,
    ):
        number = (await send(salma, wasl, "GET", f"/tickets/{id_of(kept)}"))["number"]
        moved = youssef.locator("article").filter(has_text="Le compteur porte le numéro 7751")
        await expect(youssef.locator("article").first).to_be_visible(timeout=PATIENCE)
        await expect(moved).to_have_count(0)

        await salma.get_by_role("button", name="Autres actions").click(timeout=PATIENCE)
        await salma.get_by_role("menuitem", name="Fusionner…").click()
        window = salma.get_by_role("dialog")
        await window.get_by_role("searchbox", name="Numéro, nom ou téléphone").fill(number)
        await window.get_by_role("radio").filter(has_text=number).click(timeout=PATIENCE)
        # Two customers: it must be meant.
        merge = window.get_by_role("button", name="Fusionner", exact=True)
        await expect(merge).to_be_disabled()
        await window.get_by_role("checkbox", name="C’est bien ce que je veux").check()
        await merge.click()

        await expect(salma).to_have_url(re.compile(id_of(kept)), timeout=PATIENCE)
        await expect(moved).to_be_visible(timeout=PATIENCE)
        joined = re.compile("Salma Idrissi.* a fusionné n°")
        await expect(youssef.get_by_text(joined).first).to_be_visible(timeout=PATIENCE)

        notice = salma.locator("div.appear").filter(has_text="Fusionné avec")
        await notice.get_by_role("button", name="Annuler").click(timeout=PATIENCE)
        await expect(salma).to_have_url(re.compile(id_of(doubled)), timeout=PATIENCE)
        await expect(moved).to_have_count(0, timeout=PATIENCE)
        parted = re.compile("Salma Idrissi.* a de nouveau séparé n°")
        await expect(youssef.get_by_text(parted).first).to_be_visible(timeout=PATIENCE)
        back = salma.locator("article").filter(has_text="Le compteur porte le numéro 7751")
        await expect(back).to_be_visible(timeout=PATIENCE)


async def test_contacts_are_merged_and_told_apart(wasl: Installation, browser: Browser) -> None:
    await person_on_whatsapp(wasl, "+212661700202", "Rachida Mernissi")
    await person_on_whatsapp(wasl, "+212661700303", "R. Mernissi Tazi")
    async with desk(browser, wasl, "salma", "/contacts?q=Rachida") as salma:
        await salma.get_by_role("link").filter(has_text="Rachida Mernissi").click(timeout=PATIENCE)
        other = await found(salma, wasl, "R. Mernissi Tazi")
        async with desk(browser, wasl, "youssef", f"/tickets/all/{other['id']}") as youssef:
            name = youssef.locator("header h2").filter(has_text="Mernissi")
            await expect(name).to_have_text("R. Mernissi Tazi", timeout=PATIENCE)

            await salma.get_by_role("button", name="Fusionner…").first.click(timeout=PATIENCE)
            window = salma.get_by_role("dialog")
            await window.get_by_role("searchbox").fill("Tazi")
            await window.get_by_role("button").filter(has_text="R. Mernissi Tazi").click(timeout=PATIENCE)
            await window.get_by_role("radio", name="Rachida Mernissi").check()
            await window.get_by_role("button", name="Fusionner", exact=True).click()
            tickets = salma.get_by_role("list", name="Tickets sur tous les canaux").get_by_role("listitem")
            await expect(tickets).to_have_count(2, timeout=PATIENCE)
            for number in ("+212 6 61 70 02 02", "+212 6 61 70 03 03"):
                await expect(salma.get_by_text(number, exact=True)).to_be_visible()
            # The colleague's ticket is of the one person now.
            await expect(name).to_have_text("Rachida Mernissi", timeout=PATIENCE)

            await salma.get_by_role("button", name="Séparer de nouveau").click()
            await expect(tickets).to_have_count(1, timeout=PATIENCE)
            await expect(name).to_have_text("R. Mernissi Tazi", timeout=PATIENCE)


@asynccontextmanager
async def promising_an_hour(browser: Browser, wasl: Installation) -> AsyncIterator[None]:
    """While every ticket has a first answer within the hour, day and night."""
    async with desk(browser, wasl, "admin", "/settings/sla") as admin:
        others = (await send(admin, wasl, "GET", "/sla/policies"))["policies"]
        body = {"name": "Journey", "is_active": True, "conditions": {}, "targets": HOUR}
        policy = await send(
            admin, wasl, "POST", "/sla/policies", body | {"pauses_on_hold": False, "steps": STEPS}
        )
        order = [policy["id"], *(one["id"] for one in others)]
        await send(admin, wasl, "POST", "/sla/policies/order", {"ids": order})
        try:
            yield
        finally:
            await send(admin, wasl, "DELETE", f"/sla/policies/{policy['id']}")


async def let_pass(data: Path, ticket_id: str, time: timedelta) -> None:
    """The ticket's clocks as if they had begun so much earlier; they are worked out again at once."""
    server = (data / "postgres" / "postmaster.pid").read_text("utf-8").splitlines()
    connection = await asyncpg.connect(
        host=server[4], port=int(server[3]), user="postgres", database="postgres"
    )
    try:
        async with connection.transaction():
            await connection.execute(
                "UPDATE ticket_clocks SET started_at = started_at - $2::interval WHERE ticket_id = $1",
                UUID(ticket_id),
                time,
            )
            await connection.execute(
                "INSERT INTO sla_stale (ticket_id) VALUES ($1) ON CONFLICT DO NOTHING", UUID(ticket_id)
            )
    finally:
        await connection.close()


def bell(page: Page, unread: int) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^Notifications : {unread} non lue"))


async def test_time_runs_out_and_the_bell_rings(wasl: Installation, browser: Browser) -> None:
    async with promising_an_hour(browser, wasl):
        _, path = await with_people(wasl)
        async with (
            desk(browser, wasl, "salma", f"/tickets/mine/{id_of(path)}") as salma,
            desk(browser, wasl, "nadia", "/tickets/all") as nadia,
        ):
            await claim(salma)
            for page in (salma, nadia):
                await send(page, wasl, "POST", "/notifications/read", {})
            chips = [row(page, path).locator("[data-state]").first for page in (salma, nadia)]
            for chip in chips:
                await expect(chip).to_have_attribute("data-state", "running", timeout=PATIENCE)

            # Half of it is gone: her who holds it is warned, and everybody sees it coming.
            await let_pass(wasl.data, id_of(path), timedelta(minutes=35))
            for chip in chips:
                await expect(chip).to_have_attribute("data-state", "warning", timeout=PATIENCE)
                await expect(chip).to_contain_text("échéance proche")  # read aloud too
            await expect(bell(salma, 1)).to_be_visible(timeout=PATIENCE)
            await expect(bell(nadia, 0)).to_be_visible()

            # All of it is gone: the supervisor is told too, and the bell leads to the ticket.
            await let_pass(wasl.data, id_of(path), timedelta(minutes=30))
            for chip in chips:
                await expect(chip).to_have_attribute("data-state", "breached", timeout=PATIENCE)
            await bell(nadia, 1).click(timeout=PATIENCE)
            await nadia.get_by_role("button").filter(has_text="votre aide est demandée").first.click()
            await expect(nadia).to_have_url(re.compile(id_of(path)), timeout=PATIENCE)
            await expect(bell(nadia, 0)).to_be_visible(timeout=PATIENCE)
            await expect(nadia.locator("header [data-state=breached]")).to_be_visible(timeout=PATIENCE)
