"""The Graph API of one telephone number: messages, media, and the number itself."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from channels.sandbox.errors import NO_OBJECT, NO_TOKEN, Refusal, Refused, invalid
from channels.sandbox.faults import REFUSALS, FaultKind
from channels.sandbox.requests import read_mark, read_send
from channels.sandbox.sandbox import Sandbox

LARGEST_BODY = 110 * 2**20
_MB = 2**20
# What the provider takes: first words of a content type, and the largest size.
_UPLOADS = {"image/": 5 * _MB, "audio/": 16 * _MB, "video/": 16 * _MB}
_LARGEST_DOCUMENT = 100 * _MB
_REFUSED_IMAGES = frozenset({"image/heic", "image/svg+xml", "image/gif", "image/bmp"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Graph:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/graph/{version}/{object}/messages", self._guarded(self.handle_messages)),
            web.post("/graph/{version}/{object}/media", self._guarded(self.handle_upload)),
            web.get("/graph/{version}/{object}", self._guarded(self.handle_object)),
            web.get("/graph/{version}/{object}/content", self._guarded(self.handle_content)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            expected = f"Bearer {self._sandbox.settings.token.get_secret_value()}".encode()
            given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(expected, given):
                return NO_TOKEN.response()
            try:
                return await handler(request)
            except Refused as refused:
                return refused.refusal.response()

        return guarded

    async def handle_messages(self, request: web.Request) -> web.StreamResponse:
        """Sends a message, or marks one as read."""
        self._our_number(request)
        body = await _json(request)
        self._validate(body)
        if "status" in body:
            return self._mark_read(body)
        send = read_send(body)
        fault = self._sandbox.faults.draw()
        kind = fault.kind if fault else None
        if fault is not None and kind is FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        if kind is FaultKind.DROP_BEFORE:
            return _abort(request)
        if kind is FaultKind.GATEWAY_ERROR:
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        if kind in REFUSALS:
            return REFUSALS[kind].response()
        accepted = self._sandbox.accept(send, body)
        if kind is FaultKind.DROP_AFTER:
            return _abort(request)
        person = {"wa_id": send.to.lstrip("+")} if send.to else {"user_id": send.recipient}
        answer = {
            "messaging_product": "whatsapp",
            "contacts": [{"input": send.to or send.recipient, **person}],
            "messages": [{"id": accepted.id}],
        }
        return web.json_response(answer)

    async def handle_upload(self, request: web.Request) -> web.StreamResponse:
        self._our_number(request)
        form = await request.clone(client_max_size=LARGEST_BODY).post()
        file = form.get("file")
        if form.get("messaging_product") != "whatsapp" or not isinstance(file, web.FileField):
            raise invalid("messaging_product and file are needed")
        content_type = str(form.get("type") or file.content_type)
        with file.file as uploaded:
            data = uploaded.read()
        largest = next((size for family, size in _UPLOADS.items() if content_type.startswith(family)), None)
        if content_type in _REFUSED_IMAGES or len(data) > (largest or _LARGEST_DOCUMENT) or not data:
            raise Refused(Refusal(400, 131053, "Media upload error", f"{content_type}, {len(data)} bytes"))
        return web.json_response({"id": self._sandbox.store.keep(content_type, data, file.filename).id})

    async def handle_object(self, request: web.Request) -> web.StreamResponse:
        """The telephone number, or where a file is."""
        settings = self._sandbox.settings
        object_id = request.match_info["object"]
        if object_id == settings.phone_number_id:
            return web.json_response(
                {
                    "id": object_id,
                    "display_phone_number": settings.display_phone_number,
                    "verified_name": settings.verified_name,
                    "quality_rating": "GREEN",
                }
            )
        media = self._sandbox.store.media.get(object_id)
        if (
            media is None
            or request.query.get("phone_number_id", settings.phone_number_id) != settings.phone_number_id
        ):
            raise Refused(NO_OBJECT)
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "url": str(request.url.with_path(f"{request.path}/content")),
                "mime_type": media.content_type,
                "sha256": media.sha256,
                "file_size": str(len(media.data)),
                "id": media.id,
            }
        )

    async def handle_content(self, request: web.Request) -> web.StreamResponse:
        media = self._sandbox.store.media.get(request.match_info["object"])
        if media is None:
            raise Refused(NO_OBJECT)
        # The provider gives its audio type with the codec, which a Response would refuse as content_type.
        return web.Response(body=media.data, headers={"Content-Type": media.content_type})

    def _our_number(self, request: web.Request) -> None:
        if request.match_info["object"] != self._sandbox.settings.phone_number_id:
            raise Refused(NO_OBJECT)

    def _validate(self, body: Any) -> None:
        if self._sandbox.validate is None:
            return
        try:
            self._sandbox.validate(body)
        except Exception as error:
            self._sandbox.violations.append(str(error))
            raise invalid(str(error)) from error

    def _mark_read(self, body: dict[str, Any]) -> web.Response:
        mark = read_mark(body)
        if not self._sandbox.mark_read(mark.message_id, typing=mark.typing_indicator is not None):
            raise invalid("message_id: there is no such message")
        return web.json_response({"success": True})


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid("the body is not a JSON object")
    return body


def _abort(request: web.Request) -> web.Response:
    """Break the connection as a failing network does, without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
