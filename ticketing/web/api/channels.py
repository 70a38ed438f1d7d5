"""How our accounts are, and starting again one that its provider had refused."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import text

from ticketing.accounts import resume_account
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response

ACCOUNTS = text("SELECT key, channel, state, state_reason, state_at FROM accounts ORDER BY key")


async def channels(request: web.Request) -> web.StreamResponse:
    """Our accounts and how they are. A pause decided by the desk counts before what the connection says."""
    context = request.app[CONTEXT]
    health = context.dependencies.health()
    async with context.reading() as connection:
        rows = (await connection.execute(ACCOUNTS)).all()
    accounts = []
    for row in rows:
        known = health.get(row.key)
        if row.state == "paused" or known is None:
            state = row.state if row.key in context.dependencies.accounts else "removed"
            accounts.append(render.account(row, state, row.state_reason, row.state_at))
        else:
            accounts.append(render.account(row, str(known.state), known.reason, known.since))
    return json_response({"accounts": accounts})


async def resume(request: web.Request) -> web.StreamResponse:
    """Try a paused account again. Its messages go out again, in order."""
    context, account = request.app[CONTEXT], request.match_info["account"]
    await resume_account(context.desk, account, request[SESSION].agent_id)
    await context.dependencies.retry(account)
    return web.Response(status=204)
