"""What every page of the help centre reaches, and how a page becomes a response."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knowledge_base.articles.addresses import HELP
from knowledge_base.articles.markdown import render
from knowledge_base.articles.model import CATEGORIES, LANGUAGES
from knowledge_base.web.reads import Reads
from knowledge_base.web.words import Words, all_words, hour

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"

ARTICLE_AGE: Final = timedelta(minutes=1)
LIVE_AGE: Final = timedelta(seconds=5)  # what staff change must be seen by everyone within it

# Nothing but our own style sheet, fonts and forms; no script at all.
CONTENT_SECURITY: Final = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class HelpSettings:
    """`public_url` is how customers reach us ("https://…"), without a slash at the end."""

    brand_name: str
    brand_short_name: str
    public_url: str
    timezone: ZoneInfo
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    engine: AsyncEngine
    settings: HelpSettings
    clock: Callable[[], datetime]
    reads: Reads
    templates: Environment
    assets: Mapping[str, str]  # file name → address with a digest of the content

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which each statement stands alone."""
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            yield connection

    def today(self) -> date:
        return self.clock().astimezone(self.settings.timezone).date()

    @classmethod
    def build(cls, engine: AsyncEngine, settings: HelpSettings, clock: Callable[[], datetime]) -> Site:
        assets = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
        return cls(
            engine,
            settings,
            clock,
            Reads(),
            _environment(),
            {name: f"{HELP}/assets/{_digest(path.read_bytes())}/{name}" for name, path in assets.items()},
        )


SITE: Final = web.AppKey("site", Site)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["markdown"] = lambda body: Markup(render(body))  # noqa: S704 (sanitised)
    environment.filters["slug"] = quote
    return environment


def words_of(request: web.Request) -> Words:
    """Return the words of the language in the path; HTTPNotFound for another one."""
    words = all_words().get(request.match_info.get("language", ""))
    if words is None:
        raise web.HTTPNotFound
    return words


def page(
    request: web.Request,
    template: str,
    *,
    path: str,
    title: str,
    age: timedelta | None,
    alternates: Mapping[str, str] | None = None,
    status: int = 200,
    language: str | None = None,
    **values: Any,
) -> web.Response:
    """Return a page as HTML, 304 for a browser that has it.

    `path` is what follows the language in the address ("outages", "" for the first page). `alternates` are
    the addresses of the same page in other languages; by default the same path in each. `age` is how long it
    may be kept, None for not at all.
    """
    site, words = request.app[SITE], all_words()[language or request.match_info["language"]]
    if alternates is None:
        alternates = {language: address(language, path) for language in LANGUAGES}
    html = site.templates.get_template(template).render(
        t=words,
        language=words.language,
        site=site.settings,
        assets=site.assets,
        title=title,
        here=path,
        canonical=site.settings.public_url + address(words.language, path),
        alternates=alternates,
        languages=[
            (each.language, each("language"), alternates.get(each.language, address(each.language, "")))
            for each in all_words().values()
        ],
        categories=CATEGORIES,
        address=address,
        hour=hour,
        **values,
    )
    return respond(request, html.encode(), "text/html", age=age, status=status)


def address(language: str, path: str = "") -> str:
    """Return the address of a page within our own, percent-encoded."""
    return f"{HELP}/{language}/{quote(path)}".rstrip("/")


def respond(
    request: web.Request, body: bytes, content_type: str, *, age: timedelta | None, status: int = 200
) -> web.Response:
    """Return a response that caches may keep for `age` and then ask about."""
    etag = _digest(body)
    known = request.if_none_match or ()
    is_known = status == 200 and age is not None and any(each.value in (etag, "*") for each in known)
    response = (
        web.Response(status=304)
        if is_known
        else web.Response(body=body, status=status, content_type=content_type, charset="utf-8")
    )
    if age is None:
        response.headers["Cache-Control"] = "no-store"
    else:
        response.headers["Cache-Control"] = f"public, max-age={int(age.total_seconds())}"
        # aiohttp writes its own quotes; weak, because the same page travels compressed and plain.
        response.headers["ETag"] = f'W/"{etag}"'
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY
    if not is_known:
        response.enable_compression()
    return response


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
