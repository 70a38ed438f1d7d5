"""Takes a picture of every page of the desk, in Arabic and French, wide and on a telephone.

`python -m tests.screenshots http://127.0.0.1:8080 [folder]`, on a running demonstration; WASL_CHROMIUM names
the browser. The pictures go to docs/screenshots/pages.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from tests.journeys.conftest import BROWSER_ARGUMENTS, ROOT
from tests.journeys.desk_pages import PHONE, WIDE, Language, visiting, write_as_customer

FOLDER: Final = ROOT / "docs" / "screenshots" / "pages"
QUALITY: Final = 45
LOOKS: Final[tuple[tuple[Language, tuple[int, int], str, str], ...]] = (
    ("ar", WIDE, "light", "ar"),
    ("fr", WIDE, "light", "fr"),
    ("ar", PHONE, "light", "ar-phone"),
    ("fr", PHONE, "dark", "fr-phone"),
)
CUSTOMERS: Final = (
    ("+212677556010", "Omar Alaoui", ("salam", "imta katji lwikala l zemamra", "bghit nhder m3a chi wahed")),
    ("+212661556011", "Khadija Bennani", ("Bonjour", "je souhaite parler à un conseiller, c’est urgent")),
    ("+212661556012", "مبارك الزياني", ("الفاتورة غالية بزاف بغيت نشكي", "واش يمكن نهضر مع شي حد")),
)


async def save(page: Page, path: Path) -> None:
    """As WebP, which playwright itself does not offer: a tenth of a PNG."""
    devtools = await page.context.new_cdp_session(page)
    shot = await devtools.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path.write_bytes(base64.b64decode(shot["data"]))
    await devtools.detach()


async def look(
    browser: Browser, url: str, folder: Path, one: tuple[Language, tuple[int, int], str, str]
) -> None:
    language, size, scheme, name = one
    async with visiting(browser, url, size=size, locale=f"{language}-MA") as visitor:
        await visitor.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await visitor.hold(CUSTOMERS[-1][1])
        await visitor.speak(language)
        await visitor.open()
        for stop in await visitor.stops():
            await visitor.go(stop)
            await save(visitor.page, folder / f"{stop.label}-{name}.webp")


async def main(url: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ["WASL_CHROMIUM"], args=BROWSER_ARGUMENTS
        )
        page = await browser.new_page()
        for number, name, texts in CUSTOMERS:
            await write_as_customer(page, url, number, name, *texts)
        for one in LOOKS:
            await look(browser, url, folder, one)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].rstrip("/"), Path(sys.argv[2]) if len(sys.argv) > 2 else FOLDER))
