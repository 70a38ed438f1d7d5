"""There and back to the organisation's identity provider. Only browsers come here, by navigation."""

from __future__ import annotations

import logging
import re
from typing import Final
from urllib.parse import quote

from aiohttp import web
from pydantic import ConfigDict, Field

from ticketing.errors import NotFound
from ticketing.people.provider_accounts import Known, NotAdmitted, ProviderAccounts
from ticketing.web.api.session import open_session
from ticketing.web.auth.oidc import SIGN_IN_WITHIN, Identity, OidcClient, OidcProblem
from ticketing.web.auth.origin import client_address, is_secure
from ticketing.web.context import CONTEXT, Context
from ticketing.web.requests import Body, Words, read_query

log = logging.getLogger(__name__)

COOKIE: Final = "wasl_oidc"
COOKIE_PATH: Final = "/api/oidc"
# A path of ours: never another site's, which //host or a backslash would be.
_OURS: Final = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


class StartQuery(Body):
    next: Words = Field("/", max_length=2000)


class CallbackQuery(Body):
    """Providers add what they like; what we do not read is refused nowhere."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    code: Words | None = Field(None, max_length=4000)
    state: Words | None = Field(None, max_length=400)
    error: Words | None = Field(None, max_length=400)


async def start(request: web.Request) -> web.StreamResponse:
    """Send the browser to the provider."""
    context, client = _context(request)
    query = read_query(request, StartQuery)
    try:
        url, cookie = await client.start(query.next if _OURS.fullmatch(query.next) else "/")
    except OidcProblem as problem:
        return _failed(problem)
    response = _see(url)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=SIGN_IN_WITHIN,
        path=COOKIE_PATH,
        httponly=True,
        samesite="Lax",
        secure=is_secure(request, context.settings.trusted_proxies),
    )
    return response


async def callback(request: web.Request) -> web.StreamResponse:
    """The provider sends the browser back: check who it is, and sign him in."""
    context, client = _context(request)
    query = read_query(request, CallbackQuery)
    await context.sign_ins.link_tried(client_address(request, context.settings.trusted_proxies))
    try:
        pending = client.pending(request.cookies.get(COOKIE), query.state)
        identity = await client.finish(query.code, query.error, pending)
        response = await _admit(request, client, identity, pending.next)
    except (OidcProblem, NotAdmitted) as problem:
        response = _failed(problem)
    response.del_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="Lax")
    return response


async def _admit(
    request: web.Request, client: OidcClient, identity: Identity, next_path: str
) -> web.StreamResponse:
    context = request.app[CONTEXT]
    settings = client.settings
    accounts = ProviderAccounts(
        context.desk, creates=settings.create_agents, default_role=settings.default_role
    )
    email = identity.email if identity.email_verified else None
    agent_id = await accounts.admit(
        Known(identity.issuer, identity.subject, email, identity.name, identity.role)
    )
    async with context.reading() as connection:
        factor = await context.people.factors.state(connection, agent_id)
    if factor is not None and not identity.second_factor:
        challenge = await context.people.challenges.create(agent_id, "oidc")
        return _see(f"/login?next={quote(next_path, safe='')}#challenge={challenge.token}")
    token = await open_session(request, agent_id, "oidc", second_factor=identity.second_factor)
    response = _see(next_path)
    context.guard.give_cookie(request, response, token)
    return response


def _context(request: web.Request) -> tuple[Context, OidcClient]:
    context = request.app[CONTEXT]
    client = context.dependencies.oidc
    if client is None:
        raise NotFound("oidc_unknown", "This desk knows no identity provider.")
    return context, client


def _see(url: str) -> web.Response:
    return web.Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})


def _failed(problem: OidcProblem | NotAdmitted) -> web.Response:
    log.warning("Signing in at the identity provider failed: %s (%s)", problem.code, problem)
    return _see(f"/login?problem={problem.code}")
