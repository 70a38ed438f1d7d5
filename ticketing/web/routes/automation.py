"""Macros, automations and bulk changes."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import automations, bulk, macros
from ticketing.web.requests import Nothing
from ticketing.web.routes.route import Route
from ticketing.web.schemas import automation as schemas

READ, WRITE = "automation:read", "automation:write"
DO: Final = "ticket:reply"  # and what each step needs

ROUTES: Final = (
    Route("GET", "/macros", macros.list_macros, "ticket:read", answer=schemas.MacroList),
    Route("POST", "/macros", macros.create, DO, body=macros.MacroBody, answer=schemas.Macro, status=201),
    Route("PATCH", "/macros/{id}", macros.change, DO, body=macros.MacroChange, answer=schemas.Macro),
    Route("DELETE", "/macros/{id}", macros.remove, DO, status=204),
    Route("POST", "/tickets/{id}/macro", macros.run, DO, body=macros.RunBody, answer=schemas.MacroRun),
    Route(
        "POST",
        "/tickets/{id}/macro/preview",
        macros.preview,
        DO,
        body=macros.PreviewBody,
        answer=schemas.Rehearsal,
    ),
    Route("GET", "/automations", automations.list_automations, READ, answer=schemas.AutomationList),
    Route(
        "POST",
        "/automations",
        automations.create,
        WRITE,
        body=automations.AutomationBody,
        answer=schemas.Automation,
        status=201,
    ),
    Route(
        "POST",
        "/automations/order",
        automations.order,
        WRITE,
        body=automations.OrderBody,
        answer=schemas.AutomationList,
    ),
    Route(
        "POST",
        "/automations/dry_run",
        automations.try_out,
        READ,
        body=automations.DryRunBody,
        answer=schemas.DryRun,
    ),
    Route(
        "GET",
        "/automations/runs",
        automations.list_runs,
        READ,
        query=automations.RunsQuery,
        answer=schemas.RunPage,
    ),
    Route(
        "PATCH",
        "/automations/{id}",
        automations.change,
        WRITE,
        body=automations.AutomationChange,
        answer=schemas.Automation,
    ),
    Route("DELETE", "/automations/{id}", automations.remove, WRITE, status=204),
    Route("POST", "/bulk", bulk.begin, DO, body=bulk.BulkBody, answer=schemas.BulkJob, status=202),
    Route("GET", "/bulk", bulk.mine, DO, answer=schemas.BulkJobList),
    Route("GET", "/bulk/{id}", bulk.progress, DO, answer=schemas.BulkJob),
    Route("POST", "/bulk/{id}/cancel", bulk.cancel, DO, body=Nothing, answer=schemas.BulkJob),
    Route("POST", "/bulk/{id}/undo", bulk.undo, DO, body=Nothing, answer=schemas.BulkJob, status=202),
)
