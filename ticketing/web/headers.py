"""Security headers on everything this address serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

EVERYWHERE: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
DESK: Final[Mapping[str, str]] = {
    **EVERYWHERE,
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=()",
    "Referrer-Policy": "same-origin",
}

# Pages for customers and for other sites to embed: the widget, its demonstration, the players of providers.
OUTSIDE: Final = ("/channels/", "/sandbox", "/demo")


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """A signal handler for `on_response_prepare`; what a handler set itself stays."""
    outside = request.path.startswith(OUTSIDE)
    for name, value in (EVERYWHERE if outside else DESK).items():
        response.headers.setdefault(name, value)
