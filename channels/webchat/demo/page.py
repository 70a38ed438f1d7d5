"""Serves the demonstration page: `application.add_routes(demo_routes("/channels/web/widget.js"))`."""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent
FILES = {"page.css": "text/css", "page.js": "text/javascript"}
HEADERS = {
    # The widget needs no more than this: pages with a strict policy can embed it too.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self'; "
        "img-src 'self' data: blob:; connect-src 'self' ws: wss:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def demo_routes(widget_url: str, path: str = "/demo") -> Iterable[web.RouteDef]:
    """The page at `path` and its files below; `widget_url` is where the account's widget.js is served."""

    async def page(_request: web.Request) -> web.Response:
        text = (FOLDER / "page.html").read_text(encoding="utf-8")
        text = text.replace("{{widget}}", html.escape(widget_url)).replace("{{path}}", html.escape(path))
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    async def file(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound(text="There is no such file.")
        text = (FOLDER / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=FILES[name], headers=HEADERS)

    return [web.get(path, page), web.get(f"{path}/{{name}}", file)]
