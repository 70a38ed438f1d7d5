"""Plays Telegram on this machine: its Bot API for one bot, and an interface for those who play people.

Adapters talk to it as to the real thing: `base_url` is where it is mounted.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from channels.sandbox.faults import FaultKind
from channels.sandbox.telegram_api import Refused, read_parameters
from channels.sandbox.telegram_chats import File
from channels.sandbox.telegram_control import LARGEST_BODY, TelegramControl
from channels.sandbox.telegram_provider import TelegramSandbox, TelegramSandboxSettings, Validate

TELEGRAM = web.AppKey("telegram", TelegramSandbox)


def telegram_app(settings: TelegramSandboxSettings, *, validate: Validate | None = None) -> web.Application:
    """`app.add_subapp("/sandbox/telegram", telegram_app(settings))`, before `/sandbox` itself."""
    sandbox = TelegramSandbox(settings, validate)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        await sandbox.updates.open()
        yield
        await sandbox.updates.close()

    app = web.Application()
    app[TELEGRAM] = sandbox
    app.cleanup_ctx.append(run)
    bot = _Bot(sandbox)
    app.router.add_route("*", "/bot{token}/{method}", bot.handle_call)
    app.router.add_get("/file/bot{token}/{path:.+}", bot.handle_file)
    app.add_routes(TelegramControl(sandbox).routes())
    return app


class _Bot:
    def __init__(self, sandbox: TelegramSandbox) -> None:
        self._sandbox = sandbox

    async def handle_call(self, request: web.Request) -> web.StreamResponse:
        if not self._is_ours(request):
            return _refusal(Refused(401, "Unauthorized"))
        method = request.match_info["method"]
        parameters, files = await self._read(request)
        kind = await self._fault(method)
        if kind is FaultKind.DROP_BEFORE:
            return _abort(request)
        if kind is FaultKind.GATEWAY_ERROR:
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        try:
            self._refuse(kind)
            result = await self._sandbox.call(method, parameters, files)
        except Refused as refused:
            return _refusal(refused)
        if kind is FaultKind.DROP_AFTER:
            return _abort(request)
        return web.json_response({"ok": True, "result": result})

    async def handle_file(self, request: web.Request) -> web.StreamResponse:
        file = self._sandbox.chats.files.get(request.match_info["path"].rpartition("/")[2])
        if not self._is_ours(request) or file is None:
            return _refusal(Refused(404, "Not Found"))
        # As the provider does, which keeps types to itself.
        return web.Response(body=file.data, content_type="application/octet-stream")

    def _is_ours(self, request: web.Request) -> bool:
        expected = self._sandbox.settings.token.get_secret_value().encode()
        return hmac.compare_digest(expected, request.match_info["token"].encode("utf-8", "surrogateescape"))

    async def _fault(self, method: str) -> FaultKind | None:
        """Faults befall sends alone."""
        fault = self._sandbox.faults.draw() if method.startswith("send") else None
        if fault is not None and fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        return fault.kind if fault else None

    def _refuse(self, kind: FaultKind | None) -> None:
        seconds = self._sandbox.settings.retry_after
        if kind in {FaultKind.RATE_LIMIT, FaultKind.PAIR_LIMIT}:
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        if kind is FaultKind.SERVER_ERROR:
            raise Refused(500, "Internal Server Error: restart")
        if kind in {FaultKind.UNREACHABLE, FaultKind.WINDOW_CLOSED}:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if kind in {FaultKind.TOKEN_EXPIRED, FaultKind.ACCOUNT_LOCKED}:
            raise Refused(401, "Unauthorized")

    async def _read(self, request: web.Request) -> tuple[dict[str, Any], dict[str, File]]:
        if request.content_type == "application/json":
            return dict(await request.json()), {}
        form = await request.clone(client_max_size=LARGEST_BODY).post()
        files, given = {}, dict(request.query)
        for name, value in form.items():
            if isinstance(value, web.FileField):
                with value.file as uploaded:
                    files[name] = self._sandbox.chats.keep(
                        value.content_type, uploaded.read(), value.filename
                    )
            elif isinstance(value, str):
                given[name] = value
        return read_parameters(given), files


def _refusal(refused: Refused) -> web.Response:
    return web.json_response(refused.body(), status=refused.status)


def _abort(request: web.Request) -> web.Response:
    """Break the connection as a failing network does, without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
