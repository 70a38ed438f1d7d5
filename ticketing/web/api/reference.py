"""What this address can do, for programs and for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Reference:
    """The document and its page as they are served. `policy` lets the page use its own style sheet alone."""

    document: bytes
    page: bytes
    policy: str
    etag: str


REFERENCE: Final = web.AppKey("reference", Reference)


async def openapi(request: web.Request) -> web.StreamResponse:
    """The OpenAPI 3.1 document of everything below /api."""
    reference = request.app[REFERENCE]
    return _kept(request, reference.document, "application/json", reference.etag)


async def page(request: web.Request) -> web.StreamResponse:
    """The same as a page to read."""
    reference = request.app[REFERENCE]
    response = _kept(request, reference.page, "text/html", reference.etag)
    response.headers["Content-Security-Policy"] = reference.policy
    return response


def _kept(request: web.Request, body: bytes, content_type: str, etag: str) -> web.Response:
    """What a browser may keep, and asks about before it uses it again."""
    headers = {"Cache-Control": "no-cache", "ETag": etag}
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers=headers)
    response = web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)
    response.enable_compression()
    return response
