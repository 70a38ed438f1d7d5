"""/metrics: what an engineer on call wants to see, in Prometheus' text form."""

from __future__ import annotations

import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.statuses import ACTIVE_SQL

# One statement, on indexes that hold open work only: its cost does not grow with the history.
GAUGES = text(f"""
    SELECT 'work_' || kind AS name, count(*) AS value FROM work GROUP BY kind
    UNION ALL SELECT 'tickets_' || owner, count(*) FROM tickets t WHERE {ACTIVE_SQL} GROUP BY owner
    UNION ALL SELECT 'failed_events', count(*) FROM failed_events WHERE replayed_at IS NULL
    UNION ALL SELECT 'accounts_paused', count(*) FROM accounts WHERE state = 'paused'
    UNION ALL SELECT 'oldest_work_seconds',
        coalesce(extract(epoch FROM now() - min(due_at)), 0)::bigint FROM work WHERE due_at < now()
""")  # noqa: S608 - our own constant
KNOWN = ("work_turn", "work_send", "tickets_assistant", "tickets_agents", "failed_events", "accounts_paused")


class Metrics:
    """One registry per process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "wasl_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "wasl_http_request_seconds", "Time to answer a request", ("route",), registry=self.registry
        )
        self.desk = Gauge("wasl_desk", "State of the desk", ("what",), registry=self.registry)

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
            started = time.perf_counter()
            status = 500
            try:
                response = await handler(request)
                status = response.status
                return response
            except web.HTTPException as error:
                status = error.status
                raise
            finally:
                route = _route(request)
                self.requests.labels(request.method, route, str(status)).inc()
                self.seconds.labels(route).observe(time.perf_counter() - started)

        return measure

    async def handler(self, _request: web.Request) -> web.Response:
        async with self.engine.connect() as connection:
            rows = {row.name: row.value for row in await connection.execute(GAUGES)}
        for name in {*KNOWN, *rows}:
            self.desk.labels(name).set(rows.get(name, 0))
        return web.Response(
            body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


def _route(request: web.Request) -> str:
    """The route's pattern, never the path: ids would make a series each."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
