"""Outages and planned works."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import outages
from ticketing.web.routes.route import Route

ROUTES: Final = (
    Route("GET", "/outages", outages.list_outages, "outage:read"),
    Route("POST", "/outages", outages.create, "outage:write"),
    Route("GET", "/outages/{id}", outages.outage_detail, "outage:read"),
    Route("PATCH", "/outages/{id}", outages.describe, "outage:write"),
    Route("POST", "/outages/{id}/estimate", outages.revise, "outage:write"),
    Route("POST", "/outages/{id}/areas", outages.add_areas, "outage:write"),
    Route("POST", "/outages/{id}/restore", outages.restore, "outage:write"),
    Route("POST", "/outages/{id}/cancel", outages.cancel, "outage:write"),
    Route("POST", "/outages/{id}/merge", outages.merge, "outage:write"),
)
