"""Serves the built interfaces: the desk at `/`, with one page for every address the desk's router knows."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from config.settings import ROOT

DESK = ROOT / "ticketing" / "inbox" / "dist"
NOT_BUILT = (
    "The desk's interface is not built yet: run ./wasl run, or npm ci and npm run build in the checkout."
)
# Every address that the desk's own router shows a page for (ticketing/inbox/src/router.ts).
PAGES = (
    "/",
    "/login",
    "/password",
    *(
        f"/{name}{rest}"
        for name in (
            "tickets",
            "search",
            "settings",
            "knowledge",
            "learning",
            "network",
            "outages",
            "supervisor",
            "contacts",
        )
        for rest in ("", "/{rest:.*}")
    ),
)
# Files under /assets carry a hash of their content in the name; the page itself must be asked for each time.
FOREVER = "public, max-age=31536000, immutable"
EACH_TIME = "no-cache"


def desk_routes(folder: Path = DESK) -> list[web.AbstractRouteDef]:
    """The desk's files and its page. `/api`, `/channels` and the like are registered before and win."""

    async def page(_request: web.Request) -> web.StreamResponse:
        index = _file(folder, "index.html")
        if index is None:
            return web.Response(status=503, text=NOT_BUILT)
        return web.FileResponse(index, headers={"Cache-Control": EACH_TIME})

    async def asset(request: web.Request) -> web.StreamResponse:
        return _serve(folder / "assets", request.match_info["path"], FOREVER)

    async def root_file(request: web.Request) -> web.StreamResponse:
        return _serve(folder, request.path.lstrip("/"), EACH_TIME)

    return [
        *(web.get(path, page) for path in PAGES),
        web.get("/assets/{path:.+}", asset),
        web.get("/favicon.svg", root_file),
    ]


def _file(folder: Path, name: str) -> Path | None:
    """The file, unless it is missing or the name climbs out of the folder."""
    path = (folder / name).resolve()
    return path if path.is_file() and path.is_relative_to(folder.resolve()) else None


def _serve(folder: Path, name: str, caching: str) -> web.StreamResponse:
    path = _file(folder, name)
    if path is None:
        raise web.HTTPNotFound(text="There is no such file.")
    return web.FileResponse(path, headers={"Cache-Control": caching})
