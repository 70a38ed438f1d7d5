"""What customers and the law may expect by when, and what is done as time runs out."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import sla
from ticketing.web.routes.route import Route
from ticketing.web.schemas import sla as schemas

READ, WRITE = "sla:read", "sla:write"

ROUTES: Final = (
    Route("GET", "/sla/policies", sla.list_policies, READ, answer=schemas.Policies),
    Route(
        "POST",
        "/sla/policies",
        sla.add_policy,
        WRITE,
        body=sla.PolicyBody,
        answer=schemas.Policy,
        status=201,
    ),
    Route(
        "POST", "/sla/policies/order", sla.order_policies, WRITE, body=sla.OrderBody, answer=schemas.Policies
    ),
    Route("POST", "/sla/policies/preview", sla.preview, READ, body=sla.PreviewBody, answer=schemas.Preview),
    Route(
        "PATCH",
        "/sla/policies/{id}",
        sla.change_policy,
        WRITE,
        body=sla.PolicyChange,
        answer=schemas.Policy,
    ),
    Route("DELETE", "/sla/policies/{id}", sla.remove_policy, WRITE, status=204),
    Route("GET", "/sla/targets", sla.list_targets, READ, answer=schemas.AllTargets),
    Route(
        "PATCH",
        "/sla/targets/{code}",
        sla.change_targets,
        WRITE,
        body=sla.TargetsChange,
        answer=schemas.CategoryTargets,
    ),
    Route(
        "PUT",
        "/sla/targets/{code}/provinces/{province}",
        sla.put_override,
        WRITE,
        body=sla.OverrideBody,
        answer=schemas.CategoryTargets,
    ),
    Route("GET", "/sla/leads", sla.list_leads, READ, answer=schemas.Leads),
    Route("PUT", "/sla/leads/{team}", sla.set_leads, WRITE, body=sla.LeadsBody, answer=schemas.Leads),
)
