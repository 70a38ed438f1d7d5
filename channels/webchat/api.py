"""The HTTP side of the web chat, below /channels/<account>/ (docs/api.md)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote
from uuid import UUID

from aiohttp import BodyPartReader, WSCloseCode, web

from channels.envelope import Attachment
from channels.webchat.door import Door
from channels.webchat.files import INLINE, recognise
from channels.webchat.hub import Member
from channels.webchat.payload import read_client_id, read_json, read_position, widget_message
from channels.webchat.refused import Refused
from channels.webchat.service import Page, Service, acknowledged
from channels.webchat.sockets import DISPLACED, FRAME_BYTES, Socket
from channels.webchat.tokens import Tokens
from channels.webchat.widget_file import WidgetFile

BODY_BYTES = 64 * 1024
CHUNK = 64 * 1024
CLIENT_ID_BYTES = 64
LONGEST_POLL = 25.0  # seconds; proxies commonly end a silent request after 30
UPLOADS_AT_ONCE = 50  # of this process: each may hold `file_bytes` in memory


class Api:
    """Handlers of one account."""

    def __init__(self, service: Service, tokens: Tokens, door: Door, widget: WidgetFile) -> None:
        self._service = service
        self._tokens = tokens
        self._door = door
        self._widget = widget
        self._uploads = 0
        self._open: dict[Member, Socket] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        guard = self._door.guard
        yield web.get("/widget.js", self.widget_js)
        yield web.post("/visitors", guard(self.open_visitor))
        yield web.get("/messages", guard(self.read_messages))
        yield web.post("/messages", guard(self.store_message))
        yield web.post("/files", guard(self.store_file))
        yield web.post("/receipts", guard(self.store_receipt))
        yield web.get("/attachments/{attachment_id}", guard(self.read_attachment))
        yield web.get("/socket", guard(self.open_socket))
        for path in ("/visitors", "/messages", "/files", "/receipts"):
            yield web.options(path, self._door.preflight)

    async def close_sockets(self) -> None:
        """Tell the browsers to come back elsewhere: this process is leaving."""
        open_now = list(self._open.values())
        await asyncio.gather(*(socket.close(WSCloseCode.GOING_AWAY) for socket in open_now))

    async def widget_js(self, request: web.Request) -> web.Response:
        return self._widget.response(request)

    async def open_visitor(self, request: web.Request) -> web.Response:
        """A new visitor, or with a valid token the same one under a fresh token."""
        await self._service.rates.visitor(self._door.caller(request))
        known = _bearer(request)
        visitor = self._tokens.visitor(known) if known else self._tokens.new_visitor()
        body = {
            "token": self._tokens.issue(visitor),
            "visitor": visitor,
            "settings": self._settings_for_browser(),
        }
        return web.json_response(body, status=200 if known else 201, headers={"Cache-Control": "no-store"})

    def _settings_for_browser(self) -> dict[str, Any]:
        settings = self._service.settings
        return {
            "title": settings.title,
            "welcome": settings.welcome,
            "suggestions": settings.suggestions,
            "languages": settings.languages,
            "accent": settings.accent,
            "demonstration": settings.demonstration,
            "text_length": settings.text_length,
            "file_bytes": settings.file_bytes,
        }

    async def read_messages(self, request: web.Request) -> web.Response:
        """`?after=<position>`; with `?wait=<seconds>` (25 at most) the answer waits for something new."""
        visitor = self._visitor(request)
        after = read_position(request.query.get("after", "0"))
        wait = min(_seconds(request.query.get("wait", "0")), LONGEST_POLL)
        if wait:
            page = await self._wait(visitor, after, wait)
        else:
            page = await self._service.page(visitor, after)
        body = {
            "messages": [widget_message(entry, visitor) for entry in page.entries],
            "position": page.position,
        }
        return web.json_response(body, headers={"Cache-Control": "no-store"})

    async def _wait(self, visitor: str, after: int, seconds: float) -> Page:
        async with self._membership(visitor) as member:
            # Listening first: what arrives while we look must not be slept through.
            page = await self._service.page(visitor, after)
            if page.entries:
                return page
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await member.wake.wait()
            return await self._service.page(visitor, after, member.take().released)

    async def store_message(self, request: web.Request) -> web.Response:
        visitor = self._visitor(request)
        body = read_json(await request.clone(client_max_size=BODY_BYTES).read())
        client_id = await self._service.store(visitor, self._door.caller(request), body)
        return web.json_response({"client_id": client_id}, status=202)

    async def store_receipt(self, request: web.Request) -> web.Response:
        """`{"state": "delivered"|"read", "position"}`, for a browser without a socket."""
        visitor = self._visitor(request)
        body = read_json(await request.clone(client_max_size=BODY_BYTES).read())
        state, position = acknowledged(body.get("state")), read_position(body.get("position"))
        await self._service.acknowledge(visitor, state, position)
        return web.Response(status=204)

    async def store_file(self, request: web.Request) -> web.Response:
        visitor = self._visitor(request)
        await self._service.rates.file(visitor, self._door.caller(request))
        most = self._service.settings.file_bytes
        if (request.content_length or 0) > most + BODY_BYTES:
            raise _too_large(most)
        if self._uploads >= UPLOADS_AT_ONCE:
            raise Refused("busy", "Too many uploads just now; try again.", status=503, retry_after=5)
        self._uploads += 1
        try:
            client_id, attachment = await _read_upload(request, most)
            await self._service.store_file(visitor, client_id, attachment)
        finally:
            self._uploads -= 1
        return web.json_response({"client_id": client_id}, status=202)

    async def read_attachment(self, request: web.Request) -> web.Response:
        visitor = self._visitor(request)
        try:
            attachment_id = UUID(request.match_info["attachment_id"])
        except ValueError as error:
            raise Refused("not_found", "There is no such file in this thread.", status=404) from error
        return _file_response(await self._service.attachment(visitor, attachment_id))

    async def open_socket(self, request: web.Request) -> web.StreamResponse:
        visitor = self._visitor(request)
        after = read_position(request.query.get("after", "0"))
        response = web.WebSocketResponse(max_msg_size=FRAME_BYTES)
        if not response.can_prepare(request):
            raise Refused("not_a_socket", "This address is a WebSocket.", status=426)
        async with self._membership(visitor) as member:
            await response.prepare(request)
            socket = Socket(self._service, response, visitor, self._door.caller(request), after)
            self._open[member] = socket
            try:
                await socket.run(member)
            finally:
                del self._open[member]
        return response

    @asynccontextmanager
    async def _membership(self, visitor: str) -> AsyncIterator[Member]:
        try:
            member, displaced = self._service.hub.join(visitor)
        except OverflowError as error:
            raise Refused("busy", "Too many are connected; ask again.", status=503, retry_after=10) from error
        try:
            if displaced is not None and displaced in self._open:
                await self._open[displaced].close(DISPLACED)
            yield member
        finally:
            self._service.hub.leave(visitor, member)

    def _visitor(self, request: web.Request) -> str:
        return self._tokens.visitor(_bearer(request) or request.query.get("token", ""))


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _seconds(value: str) -> float:
    return float(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0.0


def _too_large(most: int) -> Refused:
    return Refused("file_too_large", f"A file has at most {most} bytes.", status=413)


async def _read_upload(request: web.Request, most: int) -> tuple[str, Attachment]:
    """The parts `client_id` and `file`, in any order; nothing beyond `most` bytes is kept."""
    if not request.content_type.startswith("multipart/form-data"):
        raise Refused("unreadable", "A file comes as multipart/form-data.", status=400)
    client_id: Any = None
    data: bytes | None = None
    name: str | None = None
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise Refused("unreadable", "The form is nested.", status=400)
            if part.name == "file":
                name, data = part.filename, await _read_part(part, most)
            elif part.name == "client_id":
                client_id = (await _read_part(part, CLIENT_ID_BYTES)).decode("ascii", "replace")
    except (ValueError, RuntimeError) as error:
        raise Refused("unreadable", "The form cannot be read.", status=400) from error
    client_id = read_client_id(client_id)
    if data is None:
        raise Refused("empty", "There is no file in the form.")
    return client_id, recognise(data, name)


async def _read_part(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        data += chunk
        if len(data) > most:
            raise _too_large(most)
    return bytes(data)


def _file_response(attachment: Attachment) -> web.Response:
    inline = attachment.content_type in INLINE
    disposition = "inline" if inline else "attachment"
    if attachment.name:
        disposition += f"; filename*=UTF-8''{quote(attachment.name, safe='')}"
    return web.Response(
        body=attachment.data,
        headers={
            "Content-Type": attachment.content_type if inline else "application/octet-stream",
            "Content-Disposition": disposition,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "cross-origin",  # the host page shows it
            "Cache-Control": "private, max-age=86400",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )
