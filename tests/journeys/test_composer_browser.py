"""Two agents on one ticket, and one agent on two devices: who looks, who was first, drafts, taking back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.talkers import Agent, OnTheWeb, ask

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]

PATIENCE = 20_000  # milliseconds
UNDO = 20  # seconds: long enough for a slow machine to press a button
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x56\xc7\x2f\x0d\x00\x00\x00\x00IEND\xaeB`\x82"
)
# A dropped and a pasted file arrive as a DataTransfer, which only a page can make.
TRANSFER = """([files]) => {
    const data = new DataTransfer()
    for (const [name, type, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name, { type }))
    return data
}"""


@asynccontextmanager
async def desk(
    browser: Browser, wasl: Installation, who: str, path: str, undo: int = 0
) -> AsyncIterator[Page]:
    """One device of an agent, in French; `undo`: for how many seconds the agent can take a reply back."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
    page = await context.new_page()
    headers = {"X-Wasl": "1", "Origin": wasl.url}
    credentials = {"email": f"{who}@demo.wasl", "password": "wasl-demo"}
    await page.request.post(f"{wasl.url}/api/session", data=credentials, headers=headers)
    session = await (await page.request.get(f"{wasl.url}/api/session")).json()
    await page.request.patch(f"{wasl.url}/api/session", data={"language": "fr"}, headers=headers)
    await page.request.put(f"{wasl.url}/api/composer", data={"undo_seconds": undo}, headers=headers)
    await page.goto(wasl.url + path)
    try:
        yield page
    finally:
        # Other journeys find the agent as this one did, however it went.
        await page.request.put(f"{wasl.url}/api/composer", data={"undo_seconds": None}, headers=headers)
        language = {"language": session["agent"]["language"]}
        await page.request.patch(f"{wasl.url}/api/session", data=language, headers=headers)
        await context.close()


async def with_people(wasl: Installation) -> tuple[OnTheWeb, str]:
    """A customer in the web chat who waits for a person, and the path of the ticket."""
    customer = OnTheWeb(wasl)
    told = await ask(customer, "je veux parler à un conseiller")
    number = re.search(r"\b\d{6,7}\b", told)
    assert number is not None, told
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        await Agent(wasl, http).sign_in()
        async with http.get(f"{wasl.url}/api/tickets?limit=200") as response:
            assert response.status == 200, await response.text()
            tickets = (await response.json())["tickets"]
    (ticket_id,) = [one["id"] for one in tickets if one["number"] == number.group()]
    return customer, f"/tickets/all/{ticket_id}"


def field(page: Page) -> Locator:
    return page.locator("form textarea")


def there(page: Page) -> Locator:
    """The line that says who else looks at the ticket."""
    return page.locator("section[aria-label='Écrire'] > [role=status]").first


async def said(customer: OnTheWeb, words: str) -> bool:
    return any(words in one for one in await customer.heard())


async def reaches(customer: OnTheWeb, words: str) -> None:
    async with asyncio.timeout(PATIENCE / 1000):
        while not await said(customer, words):
            await asyncio.sleep(0.1)


async def test_two_agents_at_one_ticket(wasl: Installation, browser: Browser) -> None:
    customer, path = await with_people(wasl)
    async with desk(browser, wasl, "salma", path) as salma, desk(browser, wasl, "youssef", path) as youssef:
        # Each sees the other, and that the other writes.
        await expect(there(salma)).to_contain_text(
            re.compile("Youssef Amrani.* regarde aussi"), timeout=PATIENCE
        )
        await expect(there(youssef)).to_contain_text(
            re.compile("Salma Idrissi.* regarde aussi"), timeout=PATIENCE
        )
        await field(salma).press_sequentially("Je m'en occupe")
        await expect(there(youssef)).to_contain_text(re.compile("Salma Idrissi.* écrit…"), timeout=PATIENCE)

        # Youssef answers first: Salma is told while she writes, and again when she sends all the same.
        await field(youssef).fill("Bonjour, ici Youssef.")
        await field(youssef).press("Enter")
        meanwhile = salma.get_by_role("alert").filter(has_text="a répondu pendant que vous écriviez")
        await expect(meanwhile).to_contain_text("Youssef Amrani", timeout=PATIENCE)
        await field(salma).press("Enter")
        refused = salma.get_by_text("Quelqu’un a écrit entre-temps : relisez avant d’envoyer.")
        await expect(refused).to_be_visible(timeout=PATIENCE)
        assert not await said(customer, "Je m'en occupe")
        await salma.get_by_role("button", name="Envoyer quand même").click()
        await reaches(customer, "Je m'en occupe")

        # She names him in a note: he is told, the customer is not.
        await salma.get_by_role("tab", name="Note").click()
        await field(salma).press_sequentially("Voir avec @Yous")
        await expect(salma.get_by_role("option", name="Youssef Amrani")).to_be_visible(timeout=PATIENCE)
        await field(salma).press("Enter")
        await field(salma).press_sequentially("demain")
        await field(salma).press("Enter")
        await expect(youssef.locator("article bdi", has_text="@Youssef Amrani")).to_be_visible(
            timeout=PATIENCE
        )
        told = await (await youssef.request.get(f"{wasl.url}/api/notifications")).json()
        assert "mention" in {one["kind"] for one in told["notifications"]}
        assert not await said(customer, "demain")


async def test_one_agent_on_two_devices(wasl: Installation, browser: Browser) -> None:
    customer, path = await with_people(wasl)
    async with (
        desk(browser, wasl, "salma", path, UNDO) as desktop,
        desk(browser, wasl, "salma", path, UNDO) as phone,
    ):
        # A draft begun at the desk goes on at the telephone, and is sent from there.
        await field(desktop).press_sequentially("Bonjour, votre dossier")
        await expect(field(phone)).to_have_value("Bonjour, votre dossier", timeout=PATIENCE)
        await field(phone).focus()
        await phone.keyboard.press("End")
        await phone.keyboard.type(" est complet.")
        await expect(field(desktop)).to_have_value("Bonjour, votre dossier est complet.", timeout=PATIENCE)
        await field(phone).press("Enter")
        await expect(field(desktop)).to_have_value("", timeout=PATIENCE)

        # For a while it can be taken back on either device: nothing has left, and the words are there again.
        await desktop.get_by_role("button", name="Annuler").click()
        await expect(field(desktop)).to_have_value("Bonjour, votre dossier est complet.", timeout=PATIENCE)
        await expect(desktop.locator("article").filter(has_text="est complet")).to_have_count(0)
        assert not await said(customer, "est complet")

        # Sent for later, then at once after all.
        await desktop.get_by_role("button", name="Répondre, et ensuite…").click()
        await desktop.get_by_role("menuitem", name="Envoyer plus tard").click()
        await desktop.get_by_role("button", name="Dans une heure").click()
        waiting = phone.get_by_role("list", name="Réponses programmées")
        await expect(waiting).to_contain_text("est complet", timeout=PATIENCE)
        assert not await said(customer, "est complet")
        await phone.get_by_role("button", name="Envoyer maintenant").click()
        await reaches(customer, "est complet")
        await expect(waiting).to_have_count(0)


async def test_a_canned_answer_with_a_gap(wasl: Installation, browser: Browser) -> None:
    customer, path = await with_people(wasl)
    async with desk(browser, wasl, "salma", path) as salma:
        await field(salma).press("/")
        search = salma.get_by_role("combobox", name="Raccourci ou mots…")
        await search.fill("bonjour")
        await salma.get_by_role("row").filter(has_text="/bonjour").first.wait_for()
        await search.press("Enter")
        # A visitor of the chat has no name: the gap is selected, and is not sent.
        gap = salma.get_by_role("status").filter(has_text="Il reste un blanc à remplir")
        await expect(gap).to_contain_text("prénom du client", timeout=PATIENCE)
        await field(salma).press("Enter")
        await expect(gap).to_be_visible()
        await salma.keyboard.type("Zineb")
        await expect(gap).to_have_count(0)
        await expect(field(salma)).to_have_value(re.compile("Zineb, je suis Salma"))
        await field(salma).press("Enter")
        await reaches(customer, "Zineb, je suis Salma")
        assert not any("{" in one or "⟦" in one for one in await customer.heard())


async def test_files_by_paste_and_drag(wasl: Installation, browser: Browser) -> None:
    customer, path = await with_people(wasl)
    pictures: list[Any] = [[f"photo {n}.png", "image/png", list(PNG)] for n in (1, 2)]
    async with desk(browser, wasl, "salma", path) as salma:
        await field(salma).wait_for()
        dropped = await salma.evaluate_handle(TRANSFER, [pictures])
        zone = salma.locator("section[aria-label='Écrire']")
        for event in ("dragenter", "dragover", "drop"):
            await zone.dispatch_event(event, {"dataTransfer": dropped})
        pasted = await salma.evaluate_handle(TRANSFER, [[["capture.png", "image/png", list(PNG)]]])
        await field(salma).evaluate(
            "(element, data) => element.dispatchEvent(new ClipboardEvent('paste',"
            " { clipboardData: data, bubbles: true, cancelable: true }))",
            pasted,
        )
        chips = zone.locator("li").filter(has_text=".png")
        await expect(chips).to_have_count(3, timeout=PATIENCE)
        # What the channel does not take is said at once, and not uploaded.
        program = await salma.evaluate_handle(TRANSFER, [[["x.exe", "application/x-msdownload", [1]]]])
        await zone.dispatch_event("drop", {"dataTransfer": program})
        await expect(salma.get_by_text("n’accepte pas ce type de fichier").first).to_be_visible()
        await expect(chips).to_have_count(3)
        await chips.nth(1).get_by_role("button", name="Retirer").click()
        await expect(chips).to_have_count(2)
        await field(salma).fill("Voici")
        await salma.get_by_role("button", name="Envoyer").click()
        await reaches(customer, "Voici")
        await expect(zone.locator("li").filter(has_text=".png")).to_have_count(0)
        shown = salma.locator("article img")
        await expect(shown).to_have_count(2, timeout=PATIENCE)
