"""Stands before every handler: same origin, signed in, allowed. The route table says what is needed."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from ticketing.errors import Forbidden
from ticketing.web.auth.origin import is_same_origin, is_secure
from ticketing.web.auth.sessions import Session, Sessions
from ticketing.web.dependencies import WebSettings
from ticketing.web.errors import Handler, NotSignedIn

COOKIE: Final = "wasl_session"
SESSION: Final = web.RequestKey("session", Session)

# Needs that are no permission of a role.
PUBLIC: Final = "public"
SIGNED_IN: Final = "signed_in"

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


# The code a socket closes with when its session has ended, or was none.
SESSION_ENDED: Final = 4401


def upgrades(request: web.Request) -> bool:
    """Whether the browser asks for a WebSocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def _turn_away(request: web.Request) -> web.StreamResponse:
    """A script is not told the status of a refused handshake: it would knock for ever. A code it is told."""
    socket = web.WebSocketResponse(timeout=1.0)
    await socket.prepare(request)
    await socket.close(code=SESSION_ENDED)
    return socket


class Guard:
    def __init__(self, sessions: Sessions, settings: WebSettings) -> None:
        self._sessions = sessions
        self._settings = settings

    def __call__(self, handler: Handler, needs: str) -> Handler:
        """The handler behind its checks. `needs`: a permission, `SIGNED_IN` or `PUBLIC`."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            self._check_origin(request)
            if needs == PUBLIC:
                return await handler(request)
            try:
                session = await self._session(request)
            except NotSignedIn:
                if upgrades(request):
                    return await _turn_away(request)
                raise
            if needs not in (SIGNED_IN, *session.permissions):
                raise Forbidden("not_allowed", "Your role does not allow this.", {"needs": needs})
            request[SESSION] = session
            response = await handler(request)
            if session.renewed and not response.prepared and COOKIE not in response.cookies:
                self.give_cookie(request, response, request.cookies[COOKIE])
            return response

        return guarded

    def _check_origin(self, request: web.Request) -> None:
        changes = request.method not in _SAFE_METHODS
        if not changes and not upgrades(request):
            return
        if not is_same_origin(request, self._settings.allowed_origins):
            raise Forbidden("foreign_origin", "Another site sent this request.")
        if changes and request.headers.get("X-Wasl") != "1":
            raise Forbidden("foreign_origin", "Requests that change something carry the header X-Wasl: 1.")

    async def _session(self, request: web.Request) -> Session:
        token = request.cookies.get(COOKIE)
        session = await self._sessions.find(token) if token else None
        if session is None:
            raise NotSignedIn
        return session

    def give_cookie(self, request: web.Request, response: web.StreamResponse, token: str) -> None:
        """Let the browser keep the token; scripts never see it."""
        secure = self._settings.secure_cookies
        if secure is None:
            secure = is_secure(request, self._settings.trusted_proxies)
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(self._settings.session_lifetime.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=secure,
        )

    @staticmethod
    def take_cookie(response: web.StreamResponse) -> None:
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
