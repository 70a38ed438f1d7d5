"""Who may knock: origins, callers' addresses, and errors in the shape of docs/api.md."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from channels.webchat.rates import network
from channels.webchat.refused import Refused
from channels.webchat.settings import WebchatSettings

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PREFLIGHT_SECONDS = 86_400


class Door:
    """Guards the handlers of one account. A token in a header or an address speaks for the visitor, never a
    cookie, so letting another origin read an answer gives it nothing it did not bring."""

    def __init__(self, settings: WebchatSettings) -> None:
        self._origins = frozenset(settings.allowed_origins)
        self._proxies = settings.trusted_proxies

    def caller(self, request: web.Request) -> str:
        """The caller's address: what our outermost trusted proxy saw, or the connection's other end."""
        if self._proxies:
            forwarded = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
            if len(forwarded) >= self._proxies:
                return network(forwarded[-self._proxies].strip())
        return network(request.remote or "")

    def guard(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            origin = request.headers.get("Origin")
            if origin is not None and not self._allowed(origin, request.host):
                return problem(Refused("origin_not_allowed", "This page may not use this chat.", status=403))
            response = await _answer(handler, request)
            if not response.prepared:
                _let_read(response, origin)
            return response

        return guarded

    async def preflight(self, request: web.Request) -> web.Response:
        origin = request.headers.get("Origin", "")
        if not self._allowed(origin, request.host):
            return problem(Refused("origin_not_allowed", "This page may not use this chat.", status=403))
        response = web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": "Authorization, Content-Type",
                "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
            },
        )
        _let_read(response, origin)
        return response

    def _allowed(self, origin: str, host: str) -> bool:
        """Our own page, whatever a proxy made of its scheme, and the origins in the settings."""
        if "*" in self._origins or origin.lower() in self._origins:
            return True
        return bool(host) and urlsplit(origin).netloc.lower() == host.lower()


async def _answer(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refusal:
        return problem(refusal)
    except web.HTTPRequestEntityTooLarge:
        return problem(Refused("too_large", "The body is too large.", status=413))
    except web.HTTPException:
        raise
    except Exception:
        log.exception("The web chat could not answer %s %s", request.method, request.rel_url.path)
        return problem(Refused("unavailable", "Not possible now; try again.", status=503, retry_after=5))


def _let_read(response: web.StreamResponse, origin: str | None) -> None:
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        response.headers.add("Vary", "Origin")


def problem(refusal: Refused) -> web.Response:
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    body = {"error": {"code": refusal.code, "message": refusal.message}}
    return web.json_response(body, status=refusal.status, headers=headers)
