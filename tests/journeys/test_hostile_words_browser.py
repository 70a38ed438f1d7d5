"""Words that are code: in names, messages, files, settings and searches they are shown, and never run.

Looked at twice. With the Content-Security-Policy switched off, so that nothing but the interface itself
stands between a name and the page; and with it, where no page may break it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from tests.journeys.conftest import ROOT, Installation
from tests.journeys.desk_pages import PATIENCE, Stop, Visitor, visiting, write_as_customer
from ticketing.web.headers import DESK

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]

NUMBER: Final = "+212677556002"
NAME: Final = '"><img src=x onerror=__ran=1>'
TEXT: Final = "<script>__ran=1</script><svg onload=__ran=1>{{__ran=1}} javascript:__ran=1"
LINK: Final = "https://example.com/'onmouseover='__ran=1' [a](javascript:__ran=1)"
NAMES: Final = {"ar": NAME, "fr": NAME, "en": NAME}
HERE: Final = {"latitude": 33.3, "longitude": -7.6}
MARKDOWN: Final = f"{TEXT}\n\n{NAME}\n\n[press](javascript:__ran=1)\n\n![x](x){{onerror=__ran=1}}"
# Marks left by what was parsed as markup, whether it ran or not.
PARSED: Final = (
    "document.querySelectorAll('img[src=x], [onerror], [onload], a[href^=\"javascript:\" i]').length"
)
WATCH: Final = """
    window.__broken = []
    addEventListener('securitypolicyviolation', (event) =>
        window.__broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))
"""


# What an administrator, a supervisor and agents may name; each is made, seen and taken away again.
def named(key: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        ("/tags", "name", {"name": NAME}),
        (
            "/fields",
            "key",
            {"key": key, "names": NAMES, "hints": NAMES, "subject": "ticket", "kind": "text"},
        ),
        ("/ticket_statuses", "key", {"key": key, "status": "open", "names": NAMES}),
        ("/canned", "id", {"shortcode": key, "title": NAME, "texts": {"fr": NAME}}),
        (
            "/macros",
            "id",
            {"names": NAMES, "actions": [{"action": "add_note", "text": TEXT}], "visibility": "personal"},
        ),
        ("/views", "id", {"names": NAMES, "filter": {"status": ["active"]}}),
        ("/skills", "key", {"key": key, "kind": "subject", "names": NAMES, "matches": ["*"]}),
        ("/break_reasons", "key", {"key": key, "names": NAMES, "state": "busy"}),
        ("/roles", "key", {"names": NAMES, "permissions": ["ticket:read"]}),
    ]


@asynccontextmanager
async def hostile_desk(browser: Browser, wasl: Installation, **options: Any) -> AsyncIterator[Visitor]:
    async with visiting(browser, wasl.url, locale="fr-MA", **options) as visitor:
        await visitor.page.add_init_script(WATCH)
        place = {"type": "location", **HERE, "name": NAME, "address": TEXT}
        await write_as_customer(visitor.page, wasl.url, NUMBER, NAME, TEXT, LINK, place)
        await send_file(visitor, wasl)
        await visitor.hold(NUMBER)
        await visitor.speak("fr")
        made = []
        try:
            # A field in use is put away, not deleted: its key is taken for good.
            for path, key, body in named(f"hostile_{uuid4().hex[:8]}"):
                answer = await visitor.change("POST", path, body)
                made.append(f"{path}/{quote(str(answer[key]), safe='')}")
            field = next(path.rpartition("/")[2] for path in made if path.startswith("/fields/"))
            detail = await visitor.read(f"/tickets/{visitor.ticket}")
            change = {"version": detail["version"], "tags": [NAME], "fields": {field: TEXT}}
            await visitor.change("PATCH", f"/tickets/{visitor.ticket}", change)
            yield visitor
        finally:
            for path in made:
                await visitor.change("DELETE", path)


async def send_file(visitor: Visitor, wasl: Installation) -> None:
    file: FilePayload = {
        "name": f"{NAME}.pdf",
        "mimeType": "application/pdf",
        "buffer": b"%PDF-1.4\n%%EOF",
    }
    address = f"{wasl.url}/sandbox/api/customers/{quote(NUMBER)}/files"
    answer = await visitor.page.request.post(address, multipart={"file": file, "caption": TEXT})
    assert answer.ok, await answer.text()


async def walk(visitor: Visitor) -> list[str]:
    """Every page; what ran or was parsed as markup."""
    wrong: list[str] = []
    await visitor.open()
    searching = f"/search?q={quote(NAME)}", f"/tickets/all?q={quote(TEXT)}"
    stops: list[Stop | str] = [*await visitor.stops(), *searching]
    for stop in stops:
        await (visitor.go(stop) if isinstance(stop, Stop) else visitor.open(stop))
        ran, parsed = await visitor.page.evaluate(f"[window.__ran ?? null, {PARSED}]")
        if ran is not None or parsed:
            wrong.append(f"{stop}: ran {ran}, parsed {parsed}")
            await visitor.open()
    return wrong


async def test_the_interface_alone_shows_words_as_words(wasl: Installation, browser: Browser) -> None:
    async with hostile_desk(browser, wasl, bypass_csp=True) as visitor:
        page = visitor.page
        assert await walk(visitor) == []

        await visitor.go(Stop("inbox", {"view": "all", "id": str(visitor.ticket)}))
        await expect(page.get_by_text(TEXT, exact=True).first).to_be_visible(timeout=PATIENCE)
        await expect(page.get_by_text(NAME, exact=True).first).to_be_visible()
        assert await page.evaluate("[...document.links].every((one) => !/script:/.test(one.protocol))")
        await visitor.go(Stop("tags"))
        await expect(page.get_by_text(NAME, exact=True).first).to_be_visible()

        # An article's words become markup at the server: what it sends is shown as it is.
        preview = await visitor.change("POST", "/articles/preview", {"body": MARKDOWN, "language": "fr"})
        await page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", preview["html"])
        await visitor.settle()
        assert await page.evaluate(f"[window.__ran ?? null, {PARSED}]") == [None, 0]

        # The canary sings: were a name put into the page as markup, this test would know.
        await page.evaluate("(name) => document.body.insertAdjacentHTML('beforeend', name)", NAME)
        await becomes(page, "window.__ran === 1")


async def becomes(page: Page, expression: str) -> None:
    """Asked from outside: the policy forbids the page to wait for an expression by itself."""
    async with asyncio.timeout(PATIENCE / 1000):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


async def test_the_policy_holds_on_every_page(wasl: Installation, browser: Browser) -> None:
    async with hostile_desk(browser, wasl) as visitor:
        page = visitor.page
        broken: list[str] = []
        page.on("console", lambda line: broken.append(line.text) if "Content Security" in line.text else None)
        assert await walk(visitor) == []
        assert await page.evaluate("window.__broken") == []
        assert broken == []

        # It stops what the interface would let through.
        await page.evaluate("(name) => document.body.insertAdjacentHTML('beforeend', name)", NAME)
        await becomes(page, "window.__broken.length > 0")
        assert await page.evaluate("window.__ran ?? null") is None


async def test_every_answer_carries_the_policy(wasl: Installation) -> None:
    for path in ("/", "/login", "/tickets/all", "/settings/tags", "/api/session", "/no/such/page"):
        async with wasl.http.get(wasl.url + path) as response:
            policy = response.headers["Content-Security-Policy"]
        assert policy == DESK["Content-Security-Policy"], path
        assert "unsafe" not in policy
        assert "default-src 'self'" in policy


def test_markup_enters_the_page_in_one_place() -> None:
    """`ArticleText` alone writes markup, and only what the server has cleaned is given to it."""
    written = re.compile(r"v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc")
    source = ROOT / "ticketing" / "inbox" / "src"
    files = [path for path in source.rglob("*") if path.suffix in {".vue", ".ts"}]
    found = {path.stem for path in files if written.search(path.read_text("utf-8"))}
    assert found == {"ArticleText"}
