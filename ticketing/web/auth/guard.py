"""Stands before every handler: same origin, signed in, allowed. The route table says what is needed.

A program shows an access token instead of a cookie (`Authorization: Bearer wasl_…`). No browser adds one by
itself, so a foreign page cannot use it and nothing about origins is asked.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from ticketing.errors import Forbidden
from ticketing.web.auth.origin import client_address, is_same_origin, is_secure
from ticketing.web.auth.sessions import Session, Sessions
from ticketing.web.dependencies import WebSettings
from ticketing.web.errors import Handler, NotSignedIn

COOKIE: Final = "wasl_session"
SESSION: Final = web.RequestKey("session", Session)

# Needs that are no permission of a role.
PUBLIC: Final = "public"
SIGNED_IN: Final = "signed_in"
# A person in a browser, also one who has still to set up the second factor of his role. A token may only ask
# who it is.
IN_PERSON: Final = "in_person"

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


def _bearer(request: web.Request) -> str | None:
    """The token of the Authorization header. With one, cookies count for nothing."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _check_allowed(request: web.Request, session: Session, needs: str) -> None:
    if needs == IN_PERSON:
        who_am_i = request.method in _SAFE_METHODS and request.path.endswith("/session")
        if session.token_id is not None and not who_am_i:
            raise Forbidden("session_required", "A token cannot change how somebody signs in.")
        return
    if session.second_factor_due:
        raise Forbidden("second_factor_due", "Your role requires a second factor: set it up first.")
    if needs not in (SIGNED_IN, *session.permissions):
        raise Forbidden("not_allowed", "Your role does not allow this.", {"needs": needs})


class Guard:
    def __init__(self, sessions: Sessions, settings: WebSettings) -> None:
        self._sessions = sessions
        self._settings = settings

    def __call__(self, handler: Handler, needs: str) -> Handler:
        """The handler behind its checks. `needs`: a permission, `SIGNED_IN`, `IN_PERSON` or
        `PUBLIC`.
        """

        async def guarded(request: web.Request) -> web.StreamResponse:
            bearer = _bearer(request)
            if bearer is None:
                self._check_origin(request)
            if needs == PUBLIC:
                return await handler(request)
            try:
                session = await self._session(request, bearer)
            except NotSignedIn:
                if upgrades(request):
                    return await _turn_away(request)
                raise
            _check_allowed(request, session, needs)
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

    async def _session(self, request: web.Request, bearer: str | None) -> Session:
        session = None
        if bearer is not None:
            session = await self._sessions.find_token(bearer)
        elif token := request.cookies.get(COOKIE):
            address = client_address(request, self._settings.trusted_proxies)
            session = await self._sessions.find(token, address)
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
