"""A new colleague: invited by mail, in by a password and a second step, out when a session is ended."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.conftest import Installation
from ticketing.people.one_time_codes import code_at, step_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]

PATIENCE = 20_000  # milliseconds
PASSWORD = "bleu tracteur menthe"


@asynccontextmanager
async def telephone(browser: Browser) -> AsyncIterator[Page]:
    """Somebody's own, with nothing remembered; what breaks the page's policy fails the test."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="ar-MA")
    page = await context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if "Content Security" in line.text else None)
    yield page
    assert broken == []
    await context.close()


async def invite(browser: Browser, wasl: Installation, email: str) -> None:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
    page = await context.new_page()
    await sign_in(page, wasl, "admin@demo.wasl", "wasl-demo")
    await page.wait_for_url(re.compile("/tickets/"), timeout=PATIENCE)
    await page.evaluate("localStorage.setItem('wasl.language', 'fr')")
    await page.goto(f"{wasl.url}/settings/agents")
    await page.locator("main button.bg-accent").click()
    await page.locator("#person-name").fill("Amina El Fassi")
    await page.locator("#person-email").fill(email)
    await page.locator("#person-language").select_option("ar")
    await page.get_by_role("dialog").locator("button[type=submit]").click()
    await expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE)
    await context.close()


async def sign_in(page: Page, wasl: Installation, email: str, password: str) -> None:
    await page.goto(f"{wasl.url}/login")
    await page.locator("#email").fill(email)
    await page.locator("#password").fill(password)
    await page.locator("button[type=submit]").click()


def code_of(secret: str, away: int) -> str:
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return code_at(raw, step_of(datetime.now(UTC)) + away)


async def test_from_the_invitation_to_the_last_session(wasl: Installation, browser: Browser) -> None:
    email = f"amina-{uuid4().hex[:8]}@demo.wasl"
    await invite(browser, wasl, email)
    async with telephone(browser) as amina:
        mail = amina.locator("article", has_text=email)
        await amina.goto(f"{wasl.url}/sandbox/mail")
        while not await mail.count():
            await amina.reload()
        link = await mail.locator("a").get_attribute("href")
        assert link is not None
        await amina.goto(link)
        await amina.locator("#new-password").fill("motdepasse2026")
        await amina.locator("button[type=submit]").click()
        await expect(amina.get_by_role("alert")).to_contain_text("كثير من الناس", timeout=PATIENCE)
        await amina.locator("#new-password").fill(PASSWORD)
        await amina.locator("button[type=submit]").click()
        await amina.wait_for_url("**/login?saved=1", timeout=PATIENCE)
        await amina.goto(link)
        await expect(amina.locator("h1")).to_have_text("هذا الرابط لم يعد صالحا", timeout=PATIENCE)

        await sign_in(amina, wasl, email, PASSWORD)
        await amina.wait_for_url(re.compile("/tickets/"), timeout=PATIENCE)
        await amina.goto(f"{wasl.url}/settings/security")
        await amina.get_by_role("button", name="تفعيل").click()
        await amina.locator("#factor-password").fill(PASSWORD)
        await amina.get_by_role("button", name="ابدأ").click()
        secret = (await amina.get_by_role("dialog").locator("code").inner_text()).replace(" ", "")
        await amina.locator("#factor-code").fill(code_of(secret, -1))
        await amina.get_by_role("button", name="تأكيد").click()
        codes = amina.get_by_role("dialog").locator("ol li")
        await expect(codes).to_have_count(10, timeout=PATIENCE)
        recovery = await codes.first.inner_text()

        async with telephone(browser) as another:
            await sign_in(another, wasl, email, PASSWORD)
            await another.locator("#second-factor").fill(code_of(secret, 0))
            await another.locator("button[type=submit]").click()
            await another.wait_for_url(re.compile("/tickets/"), timeout=PATIENCE)
            await amina.goto(f"{wasl.url}/settings/security")
            await amina.get_by_role("button", name="تسجيل الخروج من الأجهزة الأخرى").click()
            # Her socket closes at once; the page shows the way in without being asked.
            await another.wait_for_url(re.compile("/login"), timeout=PATIENCE)

            await sign_in(another, wasl, email, PASSWORD)
            await another.get_by_role("button", name="هاتفك ليس معك").click()
            await another.locator("#second-factor").fill(recovery.upper())
            await another.locator("button[type=submit]").click()
            await another.wait_for_url(re.compile("/tickets/"), timeout=PATIENCE)
