"""A supervisor and an agent at work with what is known: an article, a cancelled stop, a suggested reply."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.expected import ZONE
from tests.journeys.talkers import OnWhatsApp, Provider, ask

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]

PATIENCE = 20_000  # milliseconds
TITLE = "Protéger son compteur du gel"
BODY = """## Avant l'hiver

Entourez le compteur de **laine**, sans cacher les chiffres.

<script>alert(1)</script>"""


@asynccontextmanager
async def desk(browser: Browser, wasl: Installation, who: str, path: str) -> AsyncIterator[Page]:
    """The desk in French, signed in."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
    page = await context.new_page()
    headers = {"X-Wasl": "1", "Origin": wasl.url}
    credentials = {"email": f"{who}@demo.wasl", "password": "wasl-demo"}
    await page.request.post(f"{wasl.url}/api/session", data=credentials, headers=headers)
    session = await (await page.request.get(f"{wasl.url}/api/session")).json()
    await page.request.patch(f"{wasl.url}/api/session", data={"language": "fr"}, headers=headers)
    await page.goto(wasl.url + path)
    try:
        yield page
    finally:
        # Other journeys find the agent reading what she reads.
        language = {"language": session["agent"]["language"]}
        await page.request.patch(f"{wasl.url}/api/session", data=language, headers=headers)
        await context.close()


async def test_an_article_is_written_published_and_found(wasl: Installation, browser: Browser) -> None:
    async with desk(browser, wasl, "nadia", "/knowledge") as page:
        await page.get_by_role("button", name="Nouvel article").click()
        await page.locator("#article-title").fill(TITLE)
        await page.locator("#article-summary").fill("Un compteur gelé éclate.")
        await page.locator("#article-body").fill(BODY)
        await expect(page.locator(".article strong")).to_have_text("laine", timeout=PATIENCE)
        await page.get_by_role("button", name="Enregistrer et publier").click()
        link = page.get_by_role("link", name="Voir dans le centre d’aide")
        await expect(link).to_be_visible(timeout=PATIENCE)
        address = await link.get_attribute("href")
    assert address is not None
    context = await browser.new_context(java_script_enabled=False)
    customer = await context.new_page()
    await customer.goto(f"{wasl.url}/help/fr/search?q=compteur+gel")
    await customer.get_by_role("link", name=TITLE).first.click()
    assert unquote(customer.url).endswith(unquote(address))
    await expect(customer.locator("h1")).to_have_text(TITLE)
    assert "alert(1)" not in await customer.locator("main script").all_inner_texts()
    await context.close()


async def coming_visit(page: Page, url: str) -> dict[str, Any]:
    """A stop of the next days that no other journey asks for, whose place has no other that day."""
    tomorrow = (datetime.now(ZONE) + timedelta(days=1)).date().isoformat()
    week = await (await page.request.get(f"{url}/api/network/stops?since={tomorrow}&days=5")).json()
    return next(
        visit
        for visit in week["visits"]
        if visit["status"] == "planned" and visit["place"]["id"] == visit["commune"]["id"] != "zemamra"
    )


async def test_a_stop_cancelled_at_the_desk_is_cancelled_everywhere(
    wasl: Installation, browser: Browser
) -> None:
    provider = Provider(wasl, "/sandbox/api/accepted", "accepted")
    phone = OnWhatsApp(wasl, provider, "+212677555001")
    async with desk(browser, wasl, "nadia", "/network") as page:
        visit = await coming_visit(page, wasl.url)
        place = visit["place"]["names"]["fr"]
        question = f"Quand passe l'agence mobile à {place} ?"
        assert "annul" not in await ask(phone, question)
        await page.reload()  # the week as it is now: somebody has asked

        row = page.get_by_role("listitem").filter(has_text=place).filter(has=page.get_by_text(visit["van"]))
        await row.get_by_role("button", name="Modifier").first.click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Un client sera prévenu")
        heard = len(await phone.heard())
        await dialog.get_by_role("button", name="Modifier").click()
        await expect(page.get_by_role("status").get_by_text("Modifié. Un client est prévenu.")).to_be_visible(
            timeout=PATIENCE
        )

        async with asyncio.timeout(PATIENCE / 1000):
            while len(await phone.heard()) == heard:
                await asyncio.sleep(0.1)
        assert place in (await phone.heard())[-1]
        assert "annul" in await ask(phone, question)

        await row.get_by_role("button", name="Rétablir").first.click()
        await expect(page.get_by_role("status").get_by_text("Rétabli. Un client est prévenu.")).to_be_visible(
            timeout=PATIENCE
        )
        async with asyncio.timeout(PATIENCE / 1000):
            while len(await phone.heard()) < heard + 3:
                await asyncio.sleep(0.1)
        assert "annul" not in await ask(phone, question)


async def test_a_suggestion_is_put_into_the_reply_and_not_sent(wasl: Installation, browser: Browser) -> None:
    provider = Provider(wasl, "/sandbox/api/accepted", "accepted")
    phone = OnWhatsApp(wasl, provider, "+212677555002", "Hind Chraibi")
    told = await ask(phone, "je veux parler à un conseiller pour payer ma facture en espèces, où aller ?")
    number = re.search(r"\b\d{6,7}\b", told)
    assert number is not None, told
    async with desk(browser, wasl, "salma", f"/tickets/all?q={number.group()}") as page:
        await page.locator("a[href*='/tickets/all/']").filter(has_text="Hind Chraibi").first.click()
        suggestions = page.get_by_role("group", name="Suggestions")
        await expect(suggestions).to_be_visible(timeout=PATIENCE)
        heard = await phone.heard()
        await suggestions.get_by_role("button").first.click()
        draft = page.locator("form textarea")
        await expect(draft).not_to_have_value("")
        assert await phone.heard() == heard
        await page.get_by_role("button", name="Envoyer").click()
        async with asyncio.timeout(PATIENCE / 1000):
            while len(await phone.heard()) == len(heard):
                await asyncio.sleep(0.1)
