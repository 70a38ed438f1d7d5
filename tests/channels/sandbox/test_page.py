"""The page in a real browser: a person plays customers."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright, expect

from channels.sandbox.sandbox import Sandbox
from tests.channels.sandbox.conftest import AUTHORISED, NUMBER, Client, Receiver, sending

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AMINA = "212612345678"


@pytest.fixture
async def page(sandbox_server: TestServer, sandbox: Sandbox, receiver: Receiver) -> AsyncIterator[Page]:
    sandbox.connect(receiver.url)
    executable = os.environ.get("WASL_CHROMIUM") or shutil.which("chromium")
    assert executable, "No browser: run these tests by ./wasl test, or set WASL_CHROMIUM."
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = await browser.new_page(locale="fr-FR")
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        await page.goto(str(sandbox_server.make_url("/sandbox")))
        await expect(page.locator("body[data-connected=true]")).to_be_visible()
        yield page
        await browser.close()
        assert problems == []


async def open_phone(page: Page, name: str, number: str | None = None) -> None:
    await page.fill("[name=name]", name)
    if number is None:
        await page.check("[name=hidden]")
    else:
        await page.fill("[name=number]", number)
    await page.click("#new-customer button[type=submit]")
    await expect(page.locator(".owner", has_text=name)).to_be_visible()


async def test_two_customers_side_by_side(
    page: Page, client: Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    await open_phone(page, "Amina", "06 12 34 56 78")
    await open_phone(page, "Brahim")
    amina, brahim = page.locator(".phone").nth(0), page.locator(".phone").nth(1)
    await amina.locator("textarea").fill("شحال الفاتورة؟")
    await amina.locator("textarea").press("Enter")
    await brahim.locator("textarea").fill("Bonjour <b>vous</b>")
    await brahim.locator(".send").click()
    await receiver.until(lambda: len(receiver.bodies) == 2)
    assert set(receiver.texts) == {"شحال الفاتورة؟", "Bonjour <b>vous</b>"}
    await expect(amina.locator(".icon-delivered")).to_be_visible()
    await expect(brahim.locator(".out .words")).to_have_text("Bonjour <b>vous</b>")
    question = sending(
        to=AMINA,
        type="interactive",
        interactive={
            "type": "button",
            "body": {"text": "Laquelle ?"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "water", "title": "Eau"}}]},
        },
    )
    del question["text"]
    await client.post(NUMBER + "/messages", json=question, headers=AUTHORISED)
    await amina.get_by_role("button", name="Eau").click()
    await receiver.until(lambda: "read" in receiver.states and "interactive" in str(receiver.bodies))
    await expect(amina.get_by_role("button", name="Eau")).to_be_disabled()
    assert sandbox.store.meet(AMINA).bubbles[-1].content["text"] == "Eau"


async def test_a_code_is_readable_on_the_phone_it_was_sent_to(page: Page, client: Client) -> None:
    code = [{"type": "text", "text": "481023"}]
    components = [
        {"type": "body", "parameters": code},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
    ]
    language = {"policy": "deterministic", "code": "ar"}
    template = {"name": "verification_code", "language": language, "components": components}
    body = sending(to=AMINA, type="template", template=template)
    del body["text"]
    await client.post(NUMBER + "/messages", json=body, headers=AUTHORISED)
    await expect(page.locator(".phone .code")).to_have_text("481023")


async def test_arabic_reads_from_the_right_and_is_remembered(page: Page) -> None:
    await open_phone(page, "أمينة", "+212612345678")
    await page.click("[data-language=ar]")
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.locator("h1")).to_have_text("جهة الزبون")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("lang", "ar")
    await expect(page.locator(".owner")).to_contain_text("أمينة")  # the open phones too


async def test_faults_from_the_panel(page: Page, client: Client) -> None:
    await page.click("#faults-toggle")
    await page.select_option("[name=kind]", "rate_limit")
    await page.click("#new-fault button[type=submit]")
    await expect(page.locator("#pending li")).to_have_text(re.compile("429"))
    async with client.post(NUMBER + "/messages", json=sending(), headers=AUTHORISED) as answer:
        assert answer.status == 429
