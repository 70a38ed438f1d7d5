"""The network as CSV files: export, import, and a look at what an import would do."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from knowledge_base.network.transfer.files import FILES
from knowledge_base.network.transfer.kinds import Kind, export_file, import_file
from knowledge_base.network.transfer.table import LARGEST
from ticketing.desk import Event
from ticketing.errors import NotFound
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response, problem_response
from ticketing.web.requests import Body, read_bounded, read_query


class ImportQuery(Body):
    dry_run: bool = False


async def download(request: web.Request) -> web.StreamResponse:
    """Agencies, the timetable, payment points or places as a CSV file."""
    kind = _kind(request)
    async with request.app[CONTEXT].reading() as connection:
        data = await export_file(connection, kind)
    return web.Response(
        body=data,
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{kind.name}.csv"',
            "Cache-Control": "no-store",
        },
    )


async def upload(request: web.Request) -> web.StreamResponse:
    """Import a CSV file. One problem, and nothing is changed: 422 names them all. `dry_run` only looks."""
    kind = _kind(request)
    query = read_query(request, ImportQuery)
    data = await read_bounded(request, LARGEST)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        report = await import_file(transaction.connection, kind, data, dry_run=query.dry_run)
        if report.is_accepted and not query.dry_run:
            transaction.record(
                Event(
                    "network.imported",
                    "agent",
                    actor_id=request[SESSION].agent_id,
                    data={"file": kind.name, **asdict(report.counts)},
                )
            )
    if report.is_accepted:
        return json_response({"dry_run": query.dry_run, **asdict(report.counts), "problems": []})
    problems = [asdict(problem) for problem in report.problems]
    return problem_response(
        422, "file_invalid", f"{len(problems)} problems: nothing was imported.", problems=problems
    )


def _kind(request: web.Request) -> Kind:
    kind = FILES.get(request.match_info["file"])
    if kind is None:
        raise NotFound("file_unknown", f"There is no such file: {', '.join(FILES)}.")
    return kind
