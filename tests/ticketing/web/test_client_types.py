"""The checked-in OpenAPI document, of which the client's types are made, is that of the routes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ticketing.web.openapi import document
from ticketing.web.routes import ROUTES

INBOX = Path(__file__).parents[3] / "ticketing" / "inbox"
CHECKED_IN = INBOX / "openapi.json"


@pytest.mark.skipif(not INBOX.exists(), reason="the interface's source is not shipped")
def test_the_checked_in_document_is_that_of_the_routes() -> None:
    old, new = json.loads(CHECKED_IN.read_text(encoding="utf-8")), document(ROUTES)
    changed = [
        f"{kind} {name}"
        for kind, names in (("path", ("paths",)), ("shape", ("components", "schemas")))
        for name, one in _at(new, names).items()
        if _at(old, names).get(name) != one
    ]
    assert old == new, f"Write it again (docs/api/openapi.md): {changed or 'something is gone'}"


def _at(value: dict[str, dict[str, object]], names: tuple[str, ...]) -> dict[str, object]:
    found: dict[str, object] = dict(value)
    for name in names:
        found = found[name]  # type: ignore[assignment]
    return found
