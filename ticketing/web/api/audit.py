"""The audit: read a page at a time, or taken away as a file."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field
from sqlalchemy import Row

from ticketing.auditing.entries import Entry, write
from ticketing.auditing.reading import Wanted, read
from ticketing.cursors import Cursor
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.auth.origin import client_address
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, read_query

AFTER: Final[Cursor[UUID]] = Cursor("audit", UUID)
EXPORTED_AT_A_TIME: Final = 1_000
MOST_EXPORTED: Final = 50_000
COLUMNS: Final = ("at", "kind", "what", "agent", "token", "ticket", "contact", "subject", "address", "detail")


class AuditFilter(Body):
    """Everything is optional; `to` is excluded."""

    agent: UUID | None = None
    contact: UUID | None = None
    ticket: UUID | None = None
    kind: Literal["view", "change", "sign_in", "export", "retention"] | None = None
    what: Annotated[Words, Field(max_length=120)] | None = None
    since: AwareDatetime | None = None
    to: AwareDatetime | None = None

    def wanted(self) -> Wanted:
        return Wanted(self.agent, self.contact, self.ticket, self.kind, self.what, self.since, self.to)


class AuditQuery(AuditFilter):
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


async def audit(request: web.Request) -> web.StreamResponse:
    """Who looked at personal data and who changed what, the newest first."""
    query = read_query(request, AuditQuery)
    before = AFTER.read(query.cursor)[0] if query.cursor else None
    async with request.app[CONTEXT].reading() as connection:
        rows = await read(connection, query.wanted(), before=before, count=query.limit + 1)
    page = rows[: query.limit]
    next_cursor = AFTER.make(page[-1].id) if len(rows) > query.limit else None
    return json_response({"lines": [_line(row) for row in page], "next_cursor": next_cursor})


async def export(request: web.Request) -> web.StreamResponse:
    """The same as a CSV file, at most 50 000 lines; that it was taken is itself a line."""
    query, session = read_query(request, AuditFilter), request[SESSION]
    context = request.app[CONTEXT]
    asked = query.model_dump(mode="json", exclude_none=True)
    address = client_address(request, context.settings.trusted_proxies)
    entry = Entry("export", "audit", session.agent_id, session.token_id, detail=asked, address=address)
    async with context.desk.engine.begin() as connection:
        await write(connection, entry)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="audit.csv"',
        "Cache-Control": "no-store",
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    await response.write("\ufeff".encode() + _csv([COLUMNS]))  # spreadsheets take it for UTF-8
    before, written = None, 0
    while written < MOST_EXPORTED:
        async with context.reading() as connection:
            rows = await read(connection, query.wanted(), before=before, count=EXPORTED_AT_A_TIME)
        if not rows:
            break
        await response.write(_csv([_cells(row) for row in rows]))
        before, written = rows[-1].id, written + len(rows)
    return response


def _line(row: Row[Any]) -> render.Json:
    agent = None if row.agent_id is None else {"id": str(row.agent_id), "name": row.agent_name or ""}
    ticket = None if row.ticket_id is None else {"id": str(row.ticket_id), "number": row.ticket_number}
    contact = None
    if row.shown_contact_id is not None:
        contact = {"id": str(row.shown_contact_id), "name": row.contact_name}
    return {
        "id": str(row.id),
        "at": render.time(row.at),
        "kind": row.kind,
        "what": row.what,
        "actor": row.actor,
        "agent": agent,
        "token": row.token_name,
        "ticket": ticket,
        "contact": contact,
        "subject": row.subject,
        "detail": row.detail,
        "address": row.address,
    }


def _cells(row: Row[Any]) -> tuple[str, ...]:
    at: datetime = row.at
    detail = json.dumps(row.detail, ensure_ascii=False) if row.detail else ""
    values = (
        at.isoformat(timespec="milliseconds"),
        row.kind,
        row.what,
        row.agent_name or row.actor,
        row.token_name,
        row.ticket_number,
        row.contact_name,
        row.subject,
        row.address,
        detail,
    )
    return tuple(_harmless(str(value or "")) for value in values)


def _harmless(cell: str) -> str:
    """A customer's name that a spreadsheet would take for a formula stays a name."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()
