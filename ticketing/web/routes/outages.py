"""Outages and planned works."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import outages
from ticketing.web.routes.route import Route
from ticketing.web.schemas import outages as schemas

ROUTES: Final = (
    Route(
        "GET",
        "/outages",
        outages.list_outages,
        "outage:read",
        query=outages.ListQuery,
        answer=schemas.OutagePage,
    ),
    Route(
        "POST",
        "/outages",
        outages.create,
        "outage:write",
        body=outages.NewBody,
        answer=schemas.OutageDetail,
        status=201,
    ),
    Route("GET", "/outages/{id}", outages.outage_detail, "outage:read", answer=schemas.OutageDetail),
    Route(
        "PATCH",
        "/outages/{id}",
        outages.describe,
        "outage:write",
        body=outages.DescriptionBody,
        answer=schemas.OutageDetail,
    ),
    Route(
        "POST",
        "/outages/{id}/estimate",
        outages.revise,
        "outage:write",
        body=outages.EstimateBody,
        answer=schemas.OutageDetail,
    ),
    Route(
        "POST",
        "/outages/{id}/areas",
        outages.add_areas,
        "outage:write",
        body=outages.AreasBody,
        answer=schemas.OutageDetail,
    ),
    Route(
        "POST",
        "/outages/{id}/restore",
        outages.restore,
        "outage:write",
        body=outages.RestoredBody,
        answer=schemas.OutageDetail,
    ),
    Route(
        "POST",
        "/outages/{id}/cancel",
        outages.cancel,
        "outage:write",
        body=outages.Versioned,
        answer=schemas.OutageDetail,
    ),
    Route(
        "POST",
        "/outages/{id}/merge",
        outages.merge,
        "outage:write",
        body=outages.MergeBody,
        answer=schemas.OutageDetail,
    ),
)
