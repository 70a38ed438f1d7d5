"""Files: an agent's upload before it is sent, and the bytes of any attachment."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final
from uuid import UUID

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from sqlalchemy import Row, text
from uuid_utils.compat import uuid7

from channels.envelope import Attachment
from ticketing.errors import Invalid, NotFound
from ticketing.storage import storage_key
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import TooLarge, Unreadable, json_response
from ticketing.web.files import (
    check_sendable,
    content_type_of,
    disposition,
    is_inline,
    kind_of,
    safe_name,
)
from ticketing.web.requests import path_id

CHUNK: Final = 256 * 1024  # bytes read from storage at a time
STORE: Final = text(
    "INSERT INTO attachments (id, uploaded_by, kind, content_type, name, size, state, storage_key, sha256)"
    " VALUES (:id, :uploaded_by, :kind, :content_type, :name, :size, 'stored', :storage_key, :sha256)"
    " RETURNING id, kind, content_type, name, size, state"
)
FIND: Final = text(
    "SELECT id, message_id, uploaded_by, kind, content_type, name, size, state, storage_key"
    " FROM attachments WHERE id = :id"
)
# What a browser may do with bytes that a customer chose: nothing but show them. Chromium's PDF viewer does
# not start inside a sandbox.
SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'; sandbox"
PDF_POLICY: Final = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


async def upload(request: web.Request) -> web.StreamResponse:
    """Upload a file, which a reply may then name."""
    context = request.app[CONTEXT]
    async with context.uploading:
        attachment = await _read_file(request, context.settings.uploads.max_bytes)
        assert attachment.data is not None
        accounts = context.dependencies.accounts.values()
        check_sendable(attachment, [account.capabilities for account in accounts])
        attachment_id = uuid7()
        key = storage_key("upload", str(attachment_id))
        await context.dependencies.storage.put(key, attachment.data)
        async with context.reading() as connection:
            row = await connection.execute(
                STORE,
                {
                    "id": attachment_id,
                    "uploaded_by": request[SESSION].agent_id,
                    "kind": attachment.kind.value,
                    "content_type": attachment.content_type,
                    "name": attachment.name,
                    "size": len(attachment.data),
                    "storage_key": key,
                    "sha256": hashlib.sha256(attachment.data).digest(),
                },
            )
            return json_response(render.attachment(row.one()), 201)


async def _read_file(request: web.Request, limit: int) -> Attachment:
    """The part named `file`, in memory."""
    too_large = TooLarge("media_too_large", f"A file may have {limit} bytes at most.")
    if request.content_length is not None and request.content_length > limit + 64 * 1024:
        raise too_large
    try:
        parts = await request.multipart()
        part = await parts.next()
        if not isinstance(part, BodyPartReader) or part.name != "file":
            raise Invalid("invalid", "The form has one part, named file.", {"file": "missing"})
        data = bytearray()
        while chunk := await part.read_chunk(64 * 1024):
            data += chunk
            if len(data) > limit:
                raise too_large
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise Unreadable("unreadable", "The body is not a form with a file.") from error
    if not data:
        raise Invalid("empty", "The file is empty.", {"file": "empty"})
    content_type = content_type_of(bytes(data), part.filename, part.headers.get("Content-Type", ""))
    return Attachment(
        kind_of(content_type), content_type, safe_name(part.filename), size=len(data), data=bytes(data)
    )


async def download(request: web.Request) -> web.StreamResponse:
    """The bytes of an attachment, or the part of them that Range asks for."""
    context = request.app[CONTEXT]
    row = await _find(
        context, path_id(request, "attachment_unknown", "attachment"), request[SESSION].agent_id
    )
    size = row.size or 0
    start, end = _range(request, size)
    whole = (start, end) == (0, size)
    response = web.StreamResponse(status=200 if whole else 206, headers=_headers(row))
    response.content_length = end - start
    if not whole:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    first = await _read(context, row, start, end)
    await response.prepare(request)
    while first:
        await response.write(first)
        start += len(first)
        first = await _read(context, row, start, end)
    await response.write_eof()
    return response


async def _read(context: Context, row: Row[Any], start: int, end: int) -> bytes:
    if start >= end:
        return b""
    try:
        return await context.dependencies.storage.read(row.storage_key, start, min(end, start + CHUNK))
    except FileNotFoundError as error:
        raise NotFound("attachment_unknown", "The bytes of this attachment are gone.") from error


async def _find(context: Context, attachment_id: UUID, agent_id: UUID) -> Row[Any]:
    """A stored attachment; what is not sent yet is its uploader's alone."""
    async with context.reading() as connection:
        row = (await connection.execute(FIND, {"id": attachment_id})).one_or_none()
    if row is None or (row.message_id is None and row.uploaded_by != agent_id):
        raise NotFound("attachment_unknown", "This attachment does not exist.")
    if row.state != "stored":
        raise NotFound("attachment_not_stored", "This attachment has not been downloaded.")
    return row


def _headers(row: Row[Any]) -> dict[str, str]:
    inline = is_inline(row.content_type)
    return {
        "Content-Type": row.content_type if inline else "application/octet-stream",
        "Content-Disposition": disposition(row.name, inline=inline),
        "Content-Security-Policy": PDF_POLICY if row.content_type == "application/pdf" else SANDBOX,
        "X-Frame-Options": "SAMEORIGIN",
        "Cache-Control": "private, max-age=86400, immutable",
        "Accept-Ranges": "bytes",
    }


def _range(request: web.Request, size: int) -> tuple[int, int]:
    """First byte and the one after the last. What is no single range is answered with everything."""
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if first == "":
        return max(0, size - int(last)), size
    start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= size or start >= end:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return start, end
