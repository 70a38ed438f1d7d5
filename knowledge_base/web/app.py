"""The help centre as an aiohttp application, mounted at /help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge_base.articles.addresses import HELP
from knowledge_base.articles.index import index_if_outdated
from knowledge_base.articles.model import LANGUAGES
from knowledge_base.web import article_pages, feeds, network_pages, outage_pages
from knowledge_base.web.site import SITE, STATIC, HelpSettings, Site, page
from knowledge_base.web.words import all_words

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LANGUAGE: Final = f"/{{language:{'|'.join(LANGUAGES)}}}"
_FOREVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

log = structlog.get_logger(__name__)


def help_app(engine: AsyncEngine, settings: HelpSettings, clock: Callable[[], datetime]) -> web.Application:
    """Return the application. `clock` gives aware UTC."""
    app = web.Application(middlewares=[_errors_as_pages], client_max_size=16 * 1024)
    app[SITE] = Site.build(engine, settings, clock)
    app.router.add_get("", _choose_language)
    app.router.add_get("/sitemap.xml", feeds.sitemap)
    app.router.add_get("/assets/{digest}/{name:.+}", _asset)
    for path, handler in _PAGES.items():
        app.router.add_get(_LANGUAGE + path, handler)
    app.router.add_post(f"{_LANGUAGE}/articles/{{slug}}", article_pages.rate)
    app.cleanup_ctx.append(_counting)
    return app


def mount_help(
    app: web.Application, engine: AsyncEngine, settings: HelpSettings, clock: Callable[[], datetime]
) -> None:
    """Serve the help centre below /help, and tell robots of it."""

    async def robots(_request: web.Request) -> web.Response:
        return web.Response(text=feeds.robots(settings.public_url), headers={"Cache-Control": "max-age=3600"})

    app.router.add_get("/robots.txt", robots)
    app.add_subapp(HELP, help_app(engine, settings, clock))


_PAGES: Final[dict[str, Handler]] = {
    "": article_pages.home,
    r"/{number:\d{1,9}}": article_pages.short,
    "/category/{category}": article_pages.category,
    "/articles/{slug}": article_pages.article,
    "/search": article_pages.search_page,
    "/outages": outage_pages.outages,
    "/outages.atom": feeds.outages_feed,
    "/agencies": network_pages.agencies,
    "/mobile-agency": network_pages.schedule,
    "/mobile-agency.atom": feeds.stops_feed,
    "/mobile-agency/province/{province}": network_pages.province,
    "/mobile-agency/{place:[a-z0-9-]+}.ics": network_pages.calendar,
    "/mobile-agency/{place:[a-z0-9-]+}": network_pages.commune,
}


async def _choose_language(request: web.Request) -> web.StreamResponse:
    """Lead to the language the browser asks for, Arabic otherwise."""
    accepted = request.headers.get("Accept-Language", "").lower()
    wanted = [part.split(";")[0].strip()[:2] for part in accepted.split(",")]
    language = next((each for each in wanted if each in LANGUAGES), "ar")
    raise web.HTTPFound(
        f"{HELP}/{language}", headers={"Vary": "Accept-Language", "Cache-Control": "max-age=0"}
    )


async def _asset(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in request.app[SITE].assets:
        raise web.HTTPNotFound
    path = STATIC / name
    headers = {
        "Cache-Control": _FOREVER,
        "Content-Type": _TYPES.get(path.suffix, "text/plain"),
        "Access-Control-Allow-Origin": "*",
    }
    return web.FileResponse(path, headers=headers)


@web.middleware
async def _errors_as_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A wrong address and a failure of ours are pages too, in the language of the address."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _told(request, 404, "not_found")
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("help.unavailable", path=request.path, reason=type(error).__name__)
        response = _told(request, 503, "trouble")
        response.headers["Retry-After"] = "5"
        return response
    except web.HTTPException:
        raise
    except Exception:
        log.exception("help.failed", path=request.path)
        return _told(request, 500, "trouble")


def _told(request: web.Request, status: int, key: str) -> web.Response:
    words = all_words()
    language = next((each for each in LANGUAGES if f"{request.path}/".startswith(f"{HELP}/{each}/")), "ar")
    return page(
        request,
        "message.html",
        path="",
        title=words[language](key),
        age=None,
        status=status,
        language=language,
        text=words[language](f"{key}_text"),
    )


async def _counting(app: web.Application) -> AsyncIterator[None]:
    """Index anew what an older version indexed, and write views while it runs and once more at the end."""
    site = app[SITE]
    async with site.engine.begin() as connection:
        indexed = await index_if_outdated(connection)
    if indexed:
        log.info("help.indexed", translations=indexed)
    task = asyncio.create_task(site.reads.keep_writing(site.engine), name="help-reads")
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    with suppress(SQLAlchemyError, OSError):
        await site.reads.write(site.engine)
