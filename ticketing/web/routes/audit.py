"""Who looked at what and who changed what."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import audit
from ticketing.web.routes.route import File, Route
from ticketing.web.schemas import audit as schemas

ROUTES: Final = (
    Route("GET", "/audit", audit.audit, "audit:read", query=audit.AuditQuery, answer=schemas.AuditPage),
    Route(
        "GET", "/audit/export", audit.export, "audit:read", query=audit.AuditFilter, answer=File("text/csv")
    ),
)
