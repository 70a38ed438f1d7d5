"""Everything the OpenAPI document allows and does not allow is asked of the real desk.

The desk never fails, refuses what its document does not allow, and answers as the document says. What is
asked is the same every time.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.ticketing.web.office import Office
from ticketing.web.auth.sessions import Sessions
from ticketing.web.openapi import document
from ticketing.web.routes import ROUTES

pytestmark = pytest.mark.slow

EXAMPLES: Mapping[str, int] = {"administrator": 10, "supervisor": 4}  # of each operation and kind
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def without_security(described: dict[str, Any]) -> dict[str, Any]:
    """Who asks is not to be made up: that is test_permissions."""
    for path in described["paths"].values():
        for operation in path.values():
            operation["security"] = []
    return described


SCHEMA = schemathesis.openapi.from_dict(without_security(document(ROUTES)))
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations()]
LONGEST_QUERY = 8000  # bytes: beyond it the server itself hangs up
GROUPS = 4  # as many tests, so that they can run beside each other

REPEATABLE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


async def real_ids(office: Office) -> dict[str, str]:
    """Something that is there for the addresses of each subject: a made-up id finds nothing."""
    ticket = await office.with_people("212600000001", "Bonjour")
    message = await office.one("SELECT id FROM messages WHERE ticket_id = :id", id=ticket)
    return {"tickets": str(ticket), "messages": str(message)}


def is_refusable(response: Response) -> bool:
    """An empty value of a query counts as absent; a body may be too large before it is wrong."""
    query = urlsplit(str(response.request.url)).query
    is_empty = any(value == "" for _, value in parse_qsl(query, keep_blank_values=True))
    return response.status_code != 413 and not is_empty


def asked(
    operation: APIOperation[Any, Any, Any], headers: dict[str, str], url: str, real: str | None, count: int
) -> None:
    """Ask the operation what it allows, then what it does not: twice of three times about something real."""
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        turns = itertools.count()

        @settings(REPEATABLE, max_examples=count)
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            assume(len(urlencode(case.query or {})) < LONGEST_QUERY)
            about_real = real is not None and "id" in (case.path_parameters or {}) and next(turns) % 3  # noqa: B023
            if about_real:
                case.path_parameters["id"] = real
            response = case.call(base_url=url, headers=headers, allow_redirects=False)
            case.validate_response(response, checks=list(CHECKS))
            if not about_real and is_refusable(response):  # else what was wrong may have been the id
                case.validate_response(response, checks=[negative_data_rejection])

        with suppress(Unsatisfiable):  # there is nothing that it does not allow
            ask()


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize("role", EXAMPLES)
async def test_nothing_is_found(office: Office, role: str, group: int) -> None:
    url = str(office.server.make_url("/")).rstrip("/")
    real = await real_ids(office)
    problems = []
    for operation in OPERATIONS[group::GROUPS]:
        # Each operation by somebody new: the one before may have ended sessions.
        agent = await office.hire(role, f"{role}-{len(office.agents)}")
        token = await Sessions(office.desk.engine, timedelta(hours=1)).open(agent, None)
        person = {"Cookie": f"wasl_session={token}", "X-Wasl": "1"}
        known = real.get(operation.path.split("/")[2] if operation.path.count("/") > 1 else "")
        try:
            await asyncio.to_thread(asked, operation, person, url, known, EXAMPLES[role])
        except FailureGroup as failures:
            problems.append(f"{operation.label}: {failures}")
    assert not problems, "\n\n".join(problems)
