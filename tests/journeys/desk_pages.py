"""Every page of the desk, asked of the desk's own router: a page that is added cannot be forgotten here."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from playwright.async_api import Browser, ConsoleMessage, Page, Request, Route, ViewportSize
from playwright.async_api import Error as BrowserError

Language = Literal["ar", "fr", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("ar", "fr", "en")
WIDE: Final = (1440, 900)
PHONE: Final = (390, 844)
PATIENCE: Final = 20_000  # milliseconds

ROUTER = "document.querySelector('#app').__vue_app__.config.globalProperties.$router"
ROUTES = (
    f"{ROUTER}.getRoutes().filter((one) => one.name && !one.redirect).map(({{ name, path }}) => [name, path])"
)
GO = f"""async ([name, params]) => {{
    await {ROUTER}.push({{ name, params }})
    return {ROUTER}.currentRoute.value.name
}}"""
# The desk's app is there; pages of the server have none.
STANDS = """() => document.readyState === 'complete'
    && [...document.querySelectorAll('#app')].every((one) => one.__vue_app__ && one.childElementCount)"""
# Nothing loads, nothing moves, and what was moving has been drawn.
STILL = """() => !document.querySelector('[aria-busy=true]')
    && document.getAnimations().every((one) =>
        one.playState !== 'running' || one.effect.getTiming().iterations === Infinity)"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass(frozen=True)
class Stop:
    """One page to look at: the route's name and what its address holds."""

    name: str
    params: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        shown = [key for key in ("id", "page") if key in self.params]
        view = [self.params["view"]] if self.params.get("view", "all") != "all" else []
        return "-".join((self.name, *view, *shown))


class Visitor:
    """A signed-in person who walks through the desk without changing anything."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.ticket: str | None = None  # the one to look at, if it matters which
        self._waiting: set[Request] = set()
        page.on("request", self._asked)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)
        self.broken: list[str] = []  # what the page itself stumbled over
        page.on("pageerror", self._stumbled)
        page.on("console", self._told)

    def _asked(self, request: Request) -> None:
        self._waiting.add(request)

    def _answered(self, request: Request) -> None:
        self._waiting.discard(request)

    def _stumbled(self, error: BrowserError) -> None:
        self.broken.append(f"{self.page.url}: {error}")

    def _told(self, line: ConsoleMessage) -> None:
        if line.type == "error" and "Failed to load resource" not in line.text:
            self.broken.append(f"{self.page.url}: {line.text}")

    async def read(self, path: str) -> Any:
        response = await self.page.request.get(f"{self.url}/api{path}")
        assert response.ok, f"{path}: {response.status} {await response.text()}"
        return await response.json()

    async def change(self, method: str, path: str, body: Any = None) -> Any:
        """As this person, beside the page."""
        headers = {"X-Wasl": "1", "Origin": self.url}
        answer = await self.page.request.fetch(
            f"{self.url}/api{path}", method=method, data=body, headers=headers
        )
        assert answer.ok, f"{method} {path}: {await answer.text()}"
        return await answer.json() if answer.status != 204 else None

    async def hold(self, customer: str) -> None:
        """Look at this customer's ticket from now on, as the one who answers it."""
        found: list[dict[str, Any]] = []
        while not found:  # the customer's message is on its way
            found = (await self.read(f"/tickets?view=all&q={quote(customer)}"))["tickets"]
        self.ticket = found[0]["id"]
        me = (await self.read("/session"))["agent"]["id"]
        if (found[0]["assignee"] or {}).get("id") != me:
            verb = "take_over" if found[0]["owner"] == "assistant" else "claim"
            body = {} if verb == "take_over" else {"version": found[0]["version"]}
            await self.change("POST", f"/tickets/{self.ticket}/{verb}", body)

    async def speak(self, language: Language) -> None:
        """The desk in this language from the next page load on."""
        headers = {"X-Wasl": "1", "Origin": self.url}
        await self.page.request.patch(f"{self.url}/api/session", data={"language": language}, headers=headers)

    async def open(self, address: str = "/") -> None:
        """The desk itself is ready for `go` once its app stands."""
        await self.page.goto(self.url + address)
        await self.page.wait_for_function(STANDS, timeout=PATIENCE)
        await self.settle()

    async def go(self, stop: Stop) -> None:
        """By the router, as a press on a link does; a page that turns this person away is a mistake."""
        arrived = await self.page.evaluate(GO, [stop.name, stop.params])
        assert arrived == stop.name, f"{stop.label} led to {arrived}"
        await self.settle()

    async def settle(self) -> None:
        """Until what was asked for is there and stands still."""
        await self.page.evaluate(DRAWN)
        while self._waiting:
            await self.page.wait_for_timeout(20)
        try:
            await self.page.wait_for_function(STILL, timeout=PATIENCE)
        except BrowserError as error:
            raise AssertionError(f"{self.page.url} does not come to rest") from error
        await self.page.evaluate(DRAWN)

    async def stops(self) -> list[Stop]:
        """Every page the router knows, with examples for those whose address names something."""
        routes: list[tuple[str, str]] = await self.page.evaluate(ROUTES)
        examples = await self._examples()
        found: list[Stop] = []
        for name, path in routes:
            needed = re.search(r":\w+(\([^)]*\))?(?!\?)(/|$)", path)
            assert name in examples or not needed, f"desk_pages.py has no example for {name}: {path}"
            found += [Stop(name, params) for params in examples.get(name, [{}])]
        return found

    async def _examples(self) -> dict[str, list[dict[str, str]]]:
        ticket = self.ticket or (await self.read("/tickets?view=all&limit=1"))["tickets"][0]["id"]
        contact = (await self.read("/contacts?limit=1"))["contacts"][0]["id"]
        article = (await self.read("/articles?limit=1"))["articles"][0]["id"]
        return {
            "inbox": [
                {"view": "all"},
                {"view": "mentions"},
                {"view": "all", "id": ticket},
                {"view": "all", "id": ticket, "page": "customer"},
            ],
            "contact": [{"id": contact}],
            "article": [{"id": article}],
            "login": [],  # nobody who is signed in sees it: those who use this walk open it themselves
        }


def viewport(size: tuple[int, int]) -> ViewportSize:
    return {"width": size[0], "height": size[1]}


async def _reading_only(route: Route) -> None:
    """Whatever is pressed, nothing changes; what would come of it may be asked."""
    asks = route.request.method in {"GET", "HEAD"} or route.request.url.endswith(("/preview", "/dry_run"))
    if asks:
        await route.continue_()
    else:
        await route.abort()


@asynccontextmanager
async def visiting(
    browser: Browser,
    url: str,
    who: str = "admin",
    size: tuple[int, int] = WIDE,
    script: Path | None = None,
    **options: Any,
) -> AsyncIterator[Visitor]:
    """A visitor whose language is put back at the end. `script` runs in every page before its own."""
    context = await browser.new_context(viewport=viewport(size), reduced_motion="reduce", **options)
    await context.route("**/api/**", _reading_only)
    if script is not None:
        await context.add_init_script(path=script)
    page = await context.new_page()
    visitor = Visitor(page, url)
    credentials = {"email": f"{who}@demo.wasl", "password": "wasl-demo"}
    headers = {"X-Wasl": "1", "Origin": url}
    signed_in = await page.request.post(f"{url}/api/session", data=credentials, headers=headers)
    assert signed_in.ok, await signed_in.text()
    language = (await signed_in.json())["agent"]["language"]
    yield visitor
    await visitor.speak(language)
    await context.close()


async def write_as_customer(
    page: Page, url: str, number: str, name: str, *messages: str | dict[str, Any]
) -> None:
    """A customer on a telephone, played by the sandbox: texts, or messages in the sandbox's own form."""
    await _played(page, url, "", {"address": number, "name": name})
    for one in messages:
        message = {"type": "text", "text": one} if isinstance(one, str) else one
        await _played(page, url, f"/{quote(number)}/messages", {"message": message})


async def _played(page: Page, url: str, path: str, body: dict[str, Any]) -> None:
    response = await page.request.post(f"{url}/sandbox/api/customers{path}", data=body)
    assert response.ok, await response.text()
