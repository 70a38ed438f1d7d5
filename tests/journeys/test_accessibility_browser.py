"""Every page, dialog and menu of the desk, and the customers' pages, under axe: nothing serious is wrong.

Three languages, wide and narrow, light and dark. Colours are the only thing darkness changes, so there only
contrast is looked at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
from playwright.async_api import Browser, Page

from tests.journeys.conftest import ROOT, Installation
from tests.journeys.desk_pages import (
    LANGUAGES,
    PATIENCE,
    PHONE,
    WIDE,
    Language,
    Stop,
    Visitor,
    viewport,
    visiting,
    write_as_customer,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(420)]

AXE: Final = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CUSTOMER: Final = "Meryem Fassi"
GRAVE: Final = {"serious", "critical"}
# While a menu is open, what lies below is hidden from screen readers; axe cannot see that the menu also keeps
# the focus, so `keeps_the_focus` tries it instead.
SHOWN_OTHERWISE: Final = {"aria-hidden-focus"}
LOOK: Final = """async (rules) => {
    const options = { resultTypes: ['violations'], ...(rules ? { runOnly: rules } : {}) }
    const { violations } = await axe.run(document, options)
    return violations.map(({ id, impact, nodes }) => [id, impact, nodes.map((one) => one.html.slice(0, 240))])
}"""
OVERLAY: Final = "[role=dialog], [role=alertdialog], [role=menu], [data-reka-popper-content-wrapper]"
# What a button is, whatever row it stands in: its look, its icon, and without an icon its words. Around
# the page the same buttons stand everywhere.
SHAPE: Final = """(one, page) => {
    const icon = one.querySelector('svg'), words = one.textContent.trim()
    const where = one.closest('main') ? page : ''
    const shape = [where, one.className, icon?.getAttribute('class'), icon ? '' : words]
    return [shape.join('|'), one.ariaLabel ?? words, one.role === 'tab']
}"""
# What a press may change without a window: the address, the language, a form that unfolds.
STATE: Final = "[location.pathname, document.documentElement.lang, document.forms.length].join()"
SEARCH: Final = "/help/{}/search?q=facture"


@dataclass
class Findings:
    """What axe finds, once each: where it was first seen, and the element."""

    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    looks: int = 0
    opened: int = 0

    async def look(self, page: Page, where: str, rules: list[str] | None = None) -> None:
        self.looks += 1
        for rule, impact, elements in await page.evaluate(LOOK, rules):
            if impact in GRAVE and rule not in SHOWN_OTHERWISE:
                for element in elements:
                    self.seen.setdefault((rule, element), where)

    def report(self) -> str:
        return "\n".join(f"{where}: {rule}: {element}" for (rule, element), where in self.seen.items())


@asynccontextmanager
async def walk(browser: Browser, url: str, size: tuple[int, int]) -> AsyncIterator[Visitor]:
    async with visiting(browser, url, size=size, script=AXE) as visitor:
        await write_as_customer(
            visitor.page, url, "+212677556001", CUSTOMER, "Bonjour, je veux parler à un conseiller"
        )
        await visitor.hold(CUSTOMER)
        yield visitor


async def every_page(visitor: Visitor, language: Language, findings: Findings, *, dark: bool) -> None:
    await visitor.page.emulate_media(color_scheme="dark" if dark else "light")
    await visitor.speak(language)
    await visitor.open()
    rules = ["color-contrast"] if dark else None
    for stop in await visitor.stops():
        await visitor.go(stop)
        await findings.look(visitor.page, f"{language} {'dark' if dark else 'light'} {stop.label}", rules)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_every_page(wasl: Installation, browser: Browser, size: tuple[int, int]) -> None:
    findings = Findings()
    async with walk(browser, wasl.url, size) as visitor:
        for language in LANGUAGES:
            await every_page(visitor, language, findings, dark=False)
        await every_page(visitor, "ar", findings, dark=True)
        assert not visitor.broken, visitor.broken
    assert findings.looks > 4 * 30
    assert not findings.seen, findings.report()


async def keeps_the_focus(page: Page, label: str) -> None:
    """No key reaches what is hidden from screen readers."""
    for _ in range(3):
        await page.keyboard.press("Tab")
        lost = await page.evaluate("!!document.activeElement.closest('[aria-hidden=true]')")
        assert not lost, f"{label}: the focus leaves for what is hidden"


async def press_everything(visitor: Visitor, stop: Stop, findings: Findings, pressed: set[str]) -> None:
    """Each kind of button of a page once: what opens is looked at, and closed again."""
    page = visitor.page
    await visitor.go(stop)
    before, buttons = await page.evaluate(STATE), page.locator("button:visible:not([disabled])")
    for number in range(await buttons.count()):
        if number >= await buttons.count():
            break
        button = buttons.nth(number)
        shape, label, is_tab = await button.evaluate(SHAPE, stop.name)
        if shape in pressed:
            continue
        pressed.add(shape)
        await button.click(timeout=PATIENCE)
        await visitor.settle()
        opened = await page.locator(OVERLAY).count()
        if opened:
            findings.opened += 1
            await keeps_the_focus(page, label)
        if opened or is_tab or await page.evaluate(STATE) != before:
            await findings.look(page, f"{stop.label} > {label}")
        if opened:
            await page.keyboard.press("Escape")
            await visitor.settle()
        if await page.locator(OVERLAY).count() or await page.evaluate(STATE) != before:
            await visitor.open()
            await visitor.go(stop)


@pytest.mark.parametrize(("language", "size"), [("ar", WIDE), ("fr", PHONE)], ids=["wide", "phone"])
async def test_everything_that_opens(
    wasl: Installation, browser: Browser, language: Language, size: tuple[int, int]
) -> None:
    findings = Findings()
    pressed: set[str] = set()
    async with walk(browser, wasl.url, size) as visitor:
        await visitor.speak(language)
        await visitor.open()
        for stop in await visitor.stops():
            await press_everything(visitor, stop, findings, pressed)
        # Every change these buttons ask for was refused on its way.
        broken = [one for one in visitor.broken if "ApiError: The desk cannot be reached" not in one]
        assert not broken, broken
    assert findings.opened > 40
    assert not findings.seen, findings.report()


async def outside_pages(page: Page, url: str, language: Language) -> list[str]:
    """What is open to everybody: the desk's door, and one page of each kind that the help centre links to."""
    await page.goto(f"{url}/help/{language}")
    links: list[str] = await page.evaluate("[...document.links].map((one) => one.pathname)")
    help_pages = [one for one in links if one.startswith(f"/help/{language}/") and not one.endswith(".atom")]
    kinds = {one.split("/")[3]: one for one in help_pages}
    assert {"articles", "category", "agencies"} <= kinds.keys(), kinds
    return [
        "/login",
        "/password?token=worn-out",
        f"/help/{language}",
        SEARCH.format(language),
        *kinds.values(),
    ]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_what_is_open_to_everybody(wasl: Installation, browser: Browser, size: tuple[int, int]) -> None:
    findings = Findings()
    for language in LANGUAGES:
        context = await browser.new_context(
            viewport=viewport(size), locale=f"{language}-MA", reduced_motion="reduce"
        )
        await context.add_init_script(path=AXE)
        page = await context.new_page()
        visitor = Visitor(page, wasl.url)
        for address in await outside_pages(page, wasl.url, language):
            await page.emulate_media(color_scheme="light")
            await visitor.open(address)
            await findings.look(page, f"{language} light {address}")
            await page.emulate_media(color_scheme="dark")
            await findings.look(page, f"{language} dark {address}", ["color-contrast"])
        await context.close()
    assert not findings.seen, findings.report()
