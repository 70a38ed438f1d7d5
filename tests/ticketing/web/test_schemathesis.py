"""Everything the OpenAPI document allows and does not allow is asked of the real desk.

The desk never fails, refuses what its document does not allow, and answers as the document says. What is
asked is the same every time.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.errors import InvalidSchema
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

EXAMPLES: Mapping[str, int] = {"administrator": 8, "supervisor": 2}  # of each operation and kind
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def prepared(described: dict[str, Any]) -> dict[str, Any]:
    """Without who asks, which is not to be made up (test_permissions), and pairs as lists of two."""
    for path in described["paths"].values():
        for operation in path.values():
            operation["security"] = []
    without_pairs: dict[str, Any] = json.loads(json.dumps(described), object_hook=_pair_as_list)
    return without_pairs


def _pair_as_list(schema: dict[str, Any]) -> dict[str, Any]:
    # The generator turns `prefixItems` into an older spelling, which it then refuses.
    if "prefixItems" not in schema:
        return schema
    return {name: one for name, one in schema.items() if name != "prefixItems"} | {
        "items": schema["prefixItems"][0]
    }


SCHEMA = schemathesis.openapi.from_dict(prepared(document(ROUTES)))
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


NAMES = {"ar": "اسم", "fr": "Nom", "en": "Name"}
# What is made first, so that addresses find something: a made-up id finds nothing to go wrong on.
MADE: Mapping[str, dict[str, Any]] = {
    "outages": {"service": "water", "areas": [{"feeder": "ST-1"}]},
    "articles": {
        "category": "billing",
        "audience": "public",
        "language": "fr",
        "title": "Payer",
        "body": "Un.",
    },
    "tags": {"name": "facture"},
    "fields": {"names": NAMES, "subject": "ticket", "kind": "text"},
    "ticket_statuses": {"names": NAMES, "status": "open"},
    "canned": {"shortcode": "merci", "title": "Merci", "texts": {"fr": "Merci"}},
    "macros": {
        "names": NAMES,
        "visibility": "personal",
        "actions": [{"action": "set_priority", "priority": 2}],
    },
    "automations": {
        "names": NAMES,
        "trigger": {"kind": "event", "event": "ticket.opened"},
        "conditions": {"all": []},
        "actions": [{"action": "set_priority", "priority": 2}],
    },
    "roles": {"names": NAMES, "permissions": ["ticket:read"]},
    "people": {"email": "new@desk.example", "name": "New", "role": "agent", "language": "fr"},
}


async def real_values(office: Office) -> dict[str, dict[str, str]]:
    """Values of the path's parameters that name something, by the address's first word."""
    ticket = await office.with_people("212600000001", "Bonjour")
    message = await office.one("SELECT id FROM messages WHERE ticket_id = :id", id=ticket)
    contact = await office.one("SELECT contact_id FROM tickets WHERE id = :id", id=ticket)
    maker = await office.person("administrator", "Maker")
    ids = {"tickets": ticket, "messages": message, "contacts": contact, "agents": maker.id}
    real = {word: {"id": str(one)} for word, one in ids.items()}
    for word, body in MADE.items():
        answer = await maker.post(f"/{word}", body, expect=201)
        real[word] = {
            name: answer[name] for name in ("id", "key", "name") if isinstance(answer.get(name), str)
        }
    return real


def is_refusable(response: Response) -> bool:
    """An empty value of a query counts as absent; a body may be too large before it is wrong."""
    query = urlsplit(str(response.request.url)).query
    is_empty = any(value == "" for _, value in parse_qsl(query, keep_blank_values=True))
    return response.status_code != 413 and not is_empty


def asked(
    operation: APIOperation[Any, Any, Any],
    headers: dict[str, str],
    url: str,
    real: dict[str, str],
    count: int,
) -> None:
    """Ask the operation what it allows, then what it does not: twice of three times about something real."""
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        turns = itertools.count()

        @settings(REPEATABLE, max_examples=count)
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            assume(len(urlencode(case.query or {})) < LONGEST_QUERY)
            known = real.keys() & (case.path_parameters or {}).keys() if next(turns) % 3 else set()  # noqa: B023
            case.path_parameters.update({name: real[name] for name in known})
            response = case.call(base_url=url, headers=headers, allow_redirects=False)
            case.validate_response(response, checks=list(CHECKS))
            if not known and is_refusable(response):  # else what was wrong may have been the id
                case.validate_response(response, checks=[negative_data_rejection])

        try:
            ask()
        except Unsatisfiable:
            pass  # there is nothing that it does not allow
        except InvalidSchema as limit:
            # The generator cannot make a wrong one of a list of conditions within conditions.
            assert mode is GenerationMode.NEGATIVE, limit
            assert "Cannot generate" in str(limit), limit


@pytest.mark.parametrize("group", range(GROUPS))
@pytest.mark.parametrize("role", EXAMPLES)
async def test_nothing_is_found(office: Office, role: str, group: int) -> None:
    url = str(office.server.make_url("/")).rstrip("/")
    real = await real_values(office)
    problems = []
    for operation in OPERATIONS[group::GROUPS]:
        # Each operation by somebody new: the one before may have ended sessions.
        agent = await office.hire(role, f"{role}-{len(office.agents)}")
        token = await Sessions(office.desk.engine, timedelta(hours=1)).open(agent, None)
        person = {"Cookie": f"wasl_session={token}", "X-Wasl": "1"}
        known = real.get(operation.path.removeprefix("/api").strip("/").split("/")[0], {})
        try:
            await asyncio.to_thread(asked, operation, person, url, known, EXAMPLES[role])
        except (FailureGroup, InvalidSchema) as failures:
            problems.append(f"{operation.label}: {failures}")
    assert not problems, "\n\n".join(problems)
