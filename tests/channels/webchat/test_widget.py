"""The built widget in a real browser, against the real adapter."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from channels.envelope import Choice, Content, DeliveryState, Kind
from channels.webchat.widget_file import WidgetFile
from tests.channels.webchat.conftest import Chat, StartChat

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif("WASL_CHROMIUM" not in os.environ, reason="WASL_CHROMIUM names no browser"),
]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000 01f15c4890000000d49444154789c6360f8cf50"
    "0f0003860180a6b4b2d50000000049454e44ae426082".replace(" ", "")
)
NO_SOCKETS = """
window.WebSocket = class {
  constructor() { setTimeout(() => this.onerror && this.onerror(new Event("error")), 0); }
  close() {}
};
"""
PATIENCE = 15_000  # milliseconds until something that must appear is missing
HOSTILE_CSS = """
* { box-sizing: content-box; font-size: 40px !important; letter-spacing: 9px; direction: ltr; }
div { display: none !important; opacity: 0 !important; transform: rotate(90deg); }
button { visibility: hidden; } p { float: left; color: red; }
"""


@dataclass
class Phone:
    """A customer's browser on a page with the widget."""

    chat: Chat
    context: BrowserContext
    page: Page

    async def open(self) -> None:
        await self.page.locator(".launcher").click()
        await expect(self.page.locator(".panel")).to_be_visible()

    async def write(self, text: str) -> None:
        await self.page.locator("textarea").fill(text)
        await self.page.locator(".send").click()

    async def stored(self, count: int) -> None:
        await expect(self.page.locator(".sending.stored")).to_have_count(count)

    def visitor(self) -> str:
        """The only one who wrote."""
        (visitor,) = {message.sender.addresses[0] for message in self.chat.desk.messages}
        return visitor

    def texts(self) -> list[str]:
        return [message.content.text for message in self.chat.desk.messages]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    if WidgetFile().load() is None:
        pytest.fail("The widget is not built: npm run build -w @wasl/widget.")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=os.environ["WASL_CHROMIUM"], args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        expect.set_options(timeout=PATIENCE)
        yield running
        expect.set_options(timeout=5_000)
        await running.close()


@pytest.fixture
async def phone(start_chat: StartChat, browser: Browser) -> AsyncIterator[Phone]:
    async for opened in _phone(start_chat, browser):
        yield opened


async def _phone(start_chat: StartChat, browser: Browser, script: str = "") -> AsyncIterator[Phone]:
    chat = await start_chat(refresh_seconds=2)
    context = await browser.new_context(viewport={"width": 360, "height": 640}, locale="ar-MA")
    if script:
        await context.add_init_script(script)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    await page.goto(str(chat.server.make_url("/demo")))
    yield Phone(chat, context, page)
    await context.close()
    assert failures == []


async def test_what_is_sent_is_stored_answered_and_still_there_after_a_reload(phone: Phone) -> None:
    await phone.open()
    await phone.write("سلام، إمتى كتجي الكاميونة للزمامرة؟")
    await phone.stored(1)
    assert phone.texts() == ["سلام، إمتى كتجي الكاميونة للزمامرة؟"]
    await phone.chat.say(phone.visitor(), "نهار الخميس من 9:00 حتى 13:00")
    await expect(phone.page.locator(".bubble.assistant .text")).to_have_text("نهار الخميس من 9:00 حتى 13:00")

    await phone.page.reload()
    await phone.open()
    await expect(phone.page.locator(".bubble.mine")).to_have_count(1)
    await expect(phone.page.locator(".bubble.assistant")).to_have_count(1)
    await phone.write("شكرا")
    await phone.stored(2)
    assert len({message.sender.addresses[0] for message in phone.chat.desk.messages}) == 1


async def test_what_is_written_without_a_network_is_sent_later_once_and_in_order(phone: Phone) -> None:
    await phone.open()
    await phone.write("one")
    await phone.stored(1)
    await phone.context.set_offline(True)
    for text in ("two", "three"):
        await phone.write(text)
    await expect(phone.page.locator(".sending.queued")).to_have_count(2)
    await expect(phone.page.locator(".offline")).to_be_visible()
    await phone.context.set_offline(False)
    await phone.stored(3)
    assert phone.texts() == ["one", "two", "three"]


async def test_the_first_words_of_all_may_be_written_without_a_network(phone: Phone) -> None:
    await phone.context.set_offline(True)
    await phone.open()
    for text in ("one", "two"):
        await phone.write(text)
    await expect(phone.page.locator(".offline")).to_be_visible()
    await phone.context.set_offline(False)
    await phone.stored(2)
    assert phone.texts() == ["one", "two"]
    phone.visitor()


async def test_a_waiting_message_survives_the_page(phone: Phone) -> None:
    await phone.open()
    await phone.write("one")
    await phone.stored(1)
    phone.chat.desk.down = True
    await phone.write("two")
    await expect(phone.page.locator(".sending.queued")).to_have_count(1)
    await phone.page.reload()
    phone.chat.desk.down = False
    await phone.open()
    await phone.stored(2)
    assert phone.texts() == ["one", "two"]
    await expect(phone.page.locator(".bubble.mine")).to_have_count(2)


async def test_an_answer_while_closed_is_counted_and_read_when_opened(phone: Phone) -> None:
    await phone.open()
    await phone.write("salam")
    await phone.stored(1)
    await phone.page.keyboard.press("Escape")
    launcher = phone.page.locator(".launcher")
    await expect(launcher).to_be_focused()
    answer = await phone.chat.say(phone.visitor(), "salam!", author="agent", author_name="سلمى")
    await expect(phone.page.locator(".badge")).to_have_text("1")
    await expect(launcher).to_have_attribute("aria-label", "افتح المحادثة (1 رسائل جديدة)")
    await _until(lambda: [receipt.state for receipt in phone.chat.desk.receipts] == [DeliveryState.DELIVERED])

    await launcher.press("Enter")
    await expect(phone.page.locator(".takeover")).to_have_text("أنت تتحدث الآن مع سلمى")
    await expect(phone.page.locator(".who")).to_have_text("أنت تتحدث مع سلمى")
    await _until(lambda: phone.chat.desk.entry(answer.message_id).state == "read")
    await phone.page.keyboard.press("Escape")
    await expect(phone.page.locator(".badge")).to_have_count(0)


async def test_the_interface_turns_with_its_language_and_bubbles_with_theirs(phone: Phone) -> None:
    await phone.open()
    await phone.write("Bonjour")
    await phone.stored(1)
    root = phone.page.locator(".root")
    await expect(root).to_have_attribute("dir", "rtl")
    panel, mine = phone.page.locator(".panel"), phone.page.locator(".bubble.mine")
    assert (await panel.bounding_box() or {})["width"] == 360  # the whole screen of a phone
    assert (await mine.bounding_box() or {})["x"] < 30  # ours is on the left
    for text in await phone.page.locator(".text").all():
        assert await text.get_attribute("dir") == "auto"

    await phone.page.locator(".language select").select_option("fr")
    await expect(root).to_have_attribute("dir", "ltr")
    await expect(phone.page.locator("textarea")).to_have_attribute("placeholder", "Écrivez votre message")
    box = await mine.bounding_box() or {}
    assert box["x"] + box["width"] > 330
    await phone.page.reload()
    await expect(phone.page.locator(".root")).to_have_attribute("lang", "fr")


async def test_quick_replies_are_pressed_once(phone: Phone) -> None:
    await phone.open()
    await phone.write("salam")
    await phone.stored(1)
    choices = (Choice("bill", "فاتورتي"), Choice("human", "موظف"))
    await phone.chat.say(phone.visitor(), "", content=Content(text="شنو بغيتي؟", choices=choices))
    await phone.page.get_by_role("button", name="موظف").click()
    await phone.stored(2)
    pressed = phone.chat.desk.messages[-1].content
    assert (pressed.kind, pressed.choice_id, pressed.text) == (Kind.CHOICE, "human", "موظف")
    await expect(phone.page.locator(".choices")).to_have_count(0)


async def test_a_photo_is_sent_and_shown_and_other_files_are_refused(phone: Phone) -> None:
    await phone.open()

    async def choose(name: str, data: bytes, kind: str) -> None:
        await phone.page.locator("[aria-haspopup=menu]").click()
        async with phone.page.expect_file_chooser() as chooser:
            await phone.page.get_by_role("menuitem").first.click()
        await (await chooser.value).set_files({"name": name, "mimeType": kind, "buffer": data})

    await choose("meter.png", PNG, "image/png")
    await phone.stored(1)
    assert phone.chat.desk.messages[0].content.kind is Kind.IMAGE
    picture = phone.page.locator(".picture img")
    await expect(picture).to_have_js_property("naturalWidth", 1)
    await expect(picture).to_have_attribute("src", re.compile("^blob:"))  # not downloaded again
    await phone.page.reload()
    await phone.open()
    await expect(picture).to_have_js_property("naturalWidth", 1)
    await expect(picture).to_have_attribute("src", re.compile("/channels/web/attachments/"))
    await choose("page.png", b"<html><script>alert(1)</script></html>", "image/png")
    await expect(phone.page.locator(".bubble.refused")).to_contain_text("PDF")
    await phone.page.locator(".bubble.refused button").last.click()
    await expect(phone.page.locator(".bubble")).to_have_count(2)  # the welcome and the photo
    assert len(phone.chat.desk.messages) == 1


async def test_words_are_never_markup_and_only_web_addresses_are_links(phone: Phone) -> None:
    await phone.open()
    await phone.write("<img src=x onerror=alert(1)>")
    await phone.stored(1)
    await phone.chat.say(phone.visitor(), "<b>x</b> javascript:alert(1) https://www.example.ma/a.")
    answer = phone.page.locator(".bubble.assistant .text")
    await expect(answer).to_have_text("<b>x</b> javascript:alert(1) https://www.example.ma/a.")
    await expect(answer.locator("b, img, script")).to_have_count(0)
    link = answer.locator("a")
    await expect(link).to_have_count(1)
    await expect(link).to_have_attribute("href", "https://www.example.ma/a")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(phone.page.locator(".bubble.mine img")).to_have_count(0)


async def test_a_token_the_desk_does_not_know_begins_anew_and_loses_no_word(phone: Phone) -> None:
    await phone.open()
    await phone.write("one")
    await phone.stored(1)
    await phone.page.evaluate(
        """() => { for (const key of Object.keys(localStorage)) if (key.endsWith("thread")) {
             localStorage[key] = JSON.stringify({...JSON.parse(localStorage[key]), token: "forged"});
        } }"""
    )
    await phone.page.reload()
    await phone.open()
    await phone.write("two")
    await _until(lambda: phone.texts() == ["one", "two"])
    assert len({message.sender.addresses[0] for message in phone.chat.desk.messages}) == 2


async def test_without_sockets_it_polls(start_chat: StartChat, browser: Browser) -> None:
    async for phone in _phone(start_chat, browser, NO_SOCKETS):
        await phone.open()
        await phone.write("salam")
        await phone.stored(1)
        answer = await phone.chat.say(phone.visitor(), "salam!")
        await expect(phone.page.locator(".bubble.assistant")).to_have_count(1)
        await _until(lambda: phone.chat.desk.entry(answer.message_id).state == "read")  # noqa: B023


async def test_the_rules_of_the_page_do_not_reach_it(phone: Phone) -> None:
    await phone.page.evaluate(
        """css => {
             const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet];
        }""",
        HOSTILE_CSS,
    )
    await phone.open()
    await expect(phone.page.locator(".send")).to_be_visible()
    assert (
        await phone.page.locator(".bubble .text").first.evaluate("e => getComputedStyle(e).fontSize")
        == "16px"
    )
    box = await phone.page.locator(".panel").bounding_box() or {}
    assert (box["x"], box["width"]) == (0, 360)


async def test_everything_is_reached_by_keyboard(phone: Phone) -> None:
    await phone.page.locator(".launcher").focus()
    await phone.page.keyboard.press("Enter")
    field = phone.page.locator("textarea")
    await expect(field).to_be_focused()
    await phone.page.keyboard.type("salam")
    await phone.page.keyboard.press("Shift+Enter")
    await phone.page.keyboard.type("khouya")
    await phone.page.keyboard.press("Enter")
    await phone.stored(1)
    assert phone.texts() == ["salam\nkhouya"]
    await phone.page.keyboard.press("Shift+Tab")
    await phone.page.keyboard.press("Enter")
    items = phone.page.get_by_role("menuitem")
    await expect(items.first).to_be_focused()
    await phone.page.keyboard.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await phone.page.keyboard.press("Escape")
    await expect(items).to_have_count(0)
    for _ in range(12):  # round and round: focus does not leave the whole-screen dialog
        await phone.page.keyboard.press("Tab")
        inside = "() => document.activeElement && document.activeElement.id === 'wasl-chat'"
        assert await phone.page.evaluate(inside)
    await phone.page.keyboard.press("Escape")
    await expect(phone.page.locator(".launcher")).to_be_focused()


async def _until(condition: Callable[[], bool]) -> None:
    """Wait for what the browser causes on our side; the browser runs between two looks."""
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)
