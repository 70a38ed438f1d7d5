"""A customer in the widget and an agent at the desk, in a real browser, on a whole installation."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.expected import AMOUNT, REFERENCE, accepted, mentions_the_stop, one_time_code

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(420)]

PATIENCE = 20_000  # milliseconds
BARRAGE = 100
GREETING = "السلام عليكم، معاك سلمى. كيفاش نقدر نعاونك؟"


class Customer:
    """A telephone with the web chat open."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def write(self, text: str) -> None:
        await self.page.locator("textarea").fill(text)
        await self.page.locator(".send").click()

    def answers(self) -> Locator:
        return self.page.locator(".bubble.assistant .text")

    async def ask(self, text: str) -> str:
        """Write, and return the assistant's next answer."""
        before = await self.answers().count()
        await self.write(text)
        await expect(self.answers().nth(before)).to_be_visible(timeout=PATIENCE)
        return await self.answers().nth(before).inner_text()


async def open_customer(browser: Browser, wasl: Installation) -> tuple[BrowserContext, Customer]:
    context = await browser.new_context(viewport={"width": 360, "height": 640}, locale="ar-MA")
    page = await context.new_page()
    await page.goto(wasl.url + "/demo")
    await page.locator(".launcher").click()
    return context, Customer(page)


async def open_desk(browser: Browser, wasl: Installation) -> tuple[BrowserContext, Page]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR")
    page = await context.new_page()
    await page.goto(wasl.url + "/")
    await page.locator("#email").fill("salma@demo.wasl")
    await page.locator("#password").fill("wasl-demo")
    await page.locator("button[type=submit]").click()
    await page.locator("a[href='/tickets/unassigned']").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")  # she reads Arabic
    return context, page


async def test_from_a_question_to_a_person(wasl: Installation, browser: Browser) -> None:
    customer_context, customer = await open_customer(browser, wasl)
    desk_context, desk = await open_desk(browser, wasl)
    before = await unassigned(wasl, desk)  # other journeys leave tickets behind

    # The assistant knows when the mobile agency comes.
    assert mentions_the_stop(await customer.ask("إمتى كتجي الوكالة المتنقلة للزمامرة؟"))

    # It tells no amount before the telephone of the contract has been proven.
    answer = await customer.ask("شحال الفاتورة ديالي")
    assert AMOUNT not in answer
    sent = len(await accepted(wasl))
    answer = await customer.ask(REFERENCE)
    assert AMOUNT not in answer
    assert AMOUNT in await customer.ask(await next_code(wasl, after=sent))

    # A person is asked for; the desk shows it without being reloaded.
    await customer.write("بغيت نهضر مع شي حد")
    ticket = await new_ticket(wasl, desk, before)
    await desk.locator(f"a[href*='/tickets/unassigned/{ticket}']").click(timeout=PATIENCE)
    await desk.get_by_role("button", name="تولّي المحادثة").click()
    await desk.locator("form textarea").fill(GREETING)
    await desk.get_by_role("button", name="إرسال").click()
    await expect(customer.page.locator(".bubble.agent .text").last).to_have_text(GREETING, timeout=PATIENCE)

    await silence_of_the_assistant(wasl, customer)
    await customer_context.close()
    await desk_context.close()


async def unassigned(wasl: Installation, desk: Page) -> set[str]:
    """The ids of the tickets that wait for somebody, as the signed-in agent is told."""
    listed = await desk.request.get(f"{wasl.url}/api/tickets?view=unassigned&limit=200")
    return {ticket["id"] for ticket in (await listed.json())["tickets"]}


async def new_ticket(wasl: Installation, desk: Page, before: set[str]) -> str:
    """The id of the one that waits now and did not before."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not (new := await unassigned(wasl, desk) - before):
            await asyncio.sleep(0.1)
    return new.pop()


async def next_code(wasl: Installation, after: int) -> str:
    """The one-time code that reached the telephone of the contract."""
    async with asyncio.timeout(PATIENCE / 1000):
        while True:
            for message in (await accepted(wasl))[after:]:
                code = one_time_code(message["body"])
                if code:
                    return code
            await asyncio.sleep(0.1)


async def silence_of_the_assistant(wasl: Installation, customer: Customer) -> None:
    """A hundred more messages to a ticket of people: stored all, and not a word from the assistant."""
    said = await customer.answers().count()
    mine = await customer.page.locator(".bubble.mine").count()
    for number in range(BARRAGE):
        await customer.write(f"imta katji lwikala? {number}")
        await expect(customer.page.locator(".bubble.mine")).to_have_count(mine + number + 1, timeout=PATIENCE)
    await expect(customer.page.locator(".sending.queued")).to_have_count(0, timeout=60_000)
    # What the assistant would say, it would say within its deadline; work that waits is counted by the desk.
    async with asyncio.timeout(30):
        while await waiting_turns(wasl):
            await asyncio.sleep(0.2)
    assert await customer.answers().count() == said


async def waiting_turns(wasl: Installation) -> float:
    async with wasl.http.get(wasl.url + "/metrics") as response:
        text = await response.text()
    found = re.search(r'wasl_desk\{what="work_turn"\} ([\d.]+)', text)
    assert found
    return float(found.group(1))
