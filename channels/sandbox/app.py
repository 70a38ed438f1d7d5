"""The sandbox as an application of its own, mounted at /sandbox by whoever wants a demonstration."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from channels.sandbox.control import Control
from channels.sandbox.graph import Graph
from channels.sandbox.sandbox import Sandbox, Validate
from channels.sandbox.settings import SandboxSettings

SANDBOX = web.AppKey("sandbox", Sandbox)
GRAPH_PATH = "/graph"  # below the mount point: the accounts' `graph_url`

_STATIC = Path(__file__).parent / "static"
_FILES = frozenset(path.name for path in _STATIC.iterdir())
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def sandbox_app(settings: SandboxSettings, *, validate: Validate | None = None) -> web.Application:
    """`app.add_subapp("/sandbox", sandbox_app(settings))`; app[SANDBOX] is the Sandbox.

    Webhooks wait until `Sandbox.connect(url)` when the settings do not name their address.
    """
    sandbox = Sandbox(settings, validate)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        async with sandbox:
            yield

    async def close_pages(_app: web.Application) -> None:
        sandbox.pages.close()

    app = web.Application()
    app[SANDBOX] = sandbox
    app.cleanup_ctx.append(run)
    app.on_shutdown.append(close_pages)  # before the server waits for open streams
    for path in ("", "/"):
        app.router.add_get(path, _handle_page)
    app.router.add_get("/static/{name}", _handle_static)
    app.add_routes([*Graph(sandbox).routes(), *Control(sandbox).routes()])
    return app


async def _handle_page(request: web.Request) -> web.StreamResponse:
    """The page names its files relative to its own address, which must therefore end in a slash."""
    if not request.path.endswith("/"):
        raise web.HTTPMovedPermanently(request.path + "/")
    return web.FileResponse(_STATIC / "index.html", headers=_PAGE_HEADERS)


async def _handle_static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound(text="There is no such file.")
    return web.FileResponse(_STATIC / name, headers=_PAGE_HEADERS)
