"""Takes the README's pictures of a running demonstration: `python -m tests.journeys.screenshots http://…:8080`.

WASL_CHROMIUM names the browser. The pictures go to docs/screenshots/.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any
from urllib.parse import quote

from playwright.async_api import Browser, Page, async_playwright

from tests.journeys.conftest import BROWSER_ARGUMENTS, ROOT

FOLDER = ROOT / "docs" / "screenshots"
HEADERS = {"X-Wasl": "1"}
PAUSE = 1500  # milliseconds until what was just opened stands still

SCENES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("+212677001122", "Omar Alaoui", ("salam", "imta katji lwikala l zemamra", "bghit nhder m3a chi wahed")),
    ("+212661000003", "Khadija Bennani", ("Bonjour", "je souhaite parler à un conseiller, c'est urgent")),
    ("+212661000002", "مبارك الزياني", ("شحال الفاتورة ديالي", "الفاتورة غالية بزاف بغيت نشكي")),
    ("+212677003344", "عبد الرحيم", ("عاونوني، كاين خيط ديال الضو طايح فالزنقة حدا المدرسة",)),
)


async def play(page: Page, url: str) -> None:
    """Customers write, one bubble after the other, and get their answers."""
    for number, name, texts in SCENES:
        await page.request.post(f"{url}/sandbox/api/customers", data={"address": number, "name": name})
        for text in texts:
            path = f"{url}/sandbox/api/customers/{quote(number)}/messages"
            await page.request.post(path, data={"message": {"type": "text", "text": text}})
            await page.wait_for_timeout(3500)


async def desk(browser: Browser, url: str, language: str, **context_options: Any) -> Page:
    context = await browser.new_context(**context_options)
    page = await context.new_page()
    headers = {**HEADERS, "Origin": url}
    credentials = {"email": "salma@demo.wasl", "password": "wasl-demo"}
    await page.request.post(f"{url}/api/session", data=credentials, headers=headers)
    await page.request.patch(f"{url}/api/session", data={"language": language}, headers=headers)
    await page.goto(f"{url}/tickets/unassigned")
    await page.locator("a[href*='/tickets/unassigned/']").first.click()
    await page.wait_for_timeout(PAUSE)
    return page


async def web_chat(browser: Browser, url: str) -> Page:
    context = await browser.new_context(
        viewport={"width": 390, "height": 780}, locale="ar-MA", device_scale_factor=1.5
    )
    page = await context.new_page()
    await page.goto(f"{url}/demo")
    await page.locator(".launcher").click()
    for text in ("السلام عليكم، إمتى كتجي الوكالة المتنقلة للزمامرة؟", "شحال الفاتورة ديالي"):
        await page.locator("textarea").fill(text)
        await page.locator(".send").click()
        await page.wait_for_timeout(3500)
    return page


async def sandbox(browser: Browser, url: str) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    page = await context.new_page()
    await page.goto(f"{url}/sandbox/")
    await page.wait_for_timeout(PAUSE)
    for name in ("Omar Alaoui", "مبارك الزياني"):
        await page.get_by_text(name).first.click()
        await page.wait_for_timeout(500)
    return page


async def main(url: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wide = {"width": 1440, "height": 900}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ["WASL_CHROMIUM"], args=BROWSER_ARGUMENTS
        )
        await play(await browser.new_page(), url)
        pages = {
            "desk-ar": await desk(browser, url, "ar", viewport=wide),
            "desk-fr-dark": await desk(browser, url, "fr", viewport=wide, color_scheme="dark"),
            "desk-phone": await desk(
                browser, url, "ar", viewport={"width": 390, "height": 780}, device_scale_factor=1.5
            ),
            "webchat": await web_chat(browser, url),
            "sandbox": await sandbox(browser, url),
        }
        for name, page in pages.items():
            await page.screenshot(path=FOLDER / f"{name}.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].rstrip("/")))
