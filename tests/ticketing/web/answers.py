"""Holds what the desk answers against what its routes declare."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
from aiohttp import ClientResponse

from ticketing.web.openapi import document
from ticketing.web.routes import ROUTES
from ticketing.web.routes.route import File, Route

PROBLEM = "application/problem+json"


def declares_its_answer(route: Route) -> bool:
    """Whether a route says what comes back."""
    return route.answer is not None or route.status in (101, 204, 302)


def must_fit(method: str, path: str, response: ClientResponse, body: bytes) -> None:
    """AssertionError when an answer is not what its route declares. `path` lies below /api."""
    if response.status >= 400:
        _fits_problem(method, path, response, body)
        return
    route = _route(method, path)
    if route is None or not declares_its_answer(route) or isinstance(route.answer, File):
        return
    if route.status == 302:  # the client has followed it
        return
    where = f"{method} {route.path}"
    if route.answer is None:
        assert (response.status, body) == (route.status, b""), f"{where} answers {response.status}"
        return
    assert response.status == route.status, f"{where} answers {response.status}, declared is {route.status}"
    _fits(_validator(route.method, route.path), json.loads(body), where)


def _fits_problem(method: str, path: str, response: ClientResponse, body: bytes) -> None:
    if method == "HEAD":
        return
    assert response.content_type == PROBLEM, f"{method} {path}: {body[:200]!r}"
    problem = json.loads(body)
    _fits(_problem_validator(), problem, f"{method} {path}")
    assert problem["status"] == response.status
    assert problem["type"].endswith(f":{problem['code']}")


def _fits(validator: jsonschema_rs.Draft202012Validator, value: Any, where: str) -> None:
    error = next(iter(validator.iter_errors(value)), None)
    if error is not None:
        place = "/".join(str(part) for part in error.instance_path)
        raise AssertionError(
            f"{where} does not answer as declared in ticketing/web/schemas: {place}: {error.message[:600]}"
        )


@cache
def _document() -> dict[str, Any]:
    return document(ROUTES)


@cache
def _validator(method: str, path: str) -> jsonschema_rs.Draft202012Validator:
    answers = _document()["paths"][f"/api{path}"][method.lower()]["responses"]
    content = next(iter(answers.values()))["content"]["application/json"]
    return _compiled(content["schema"])


@cache
def _problem_validator() -> jsonschema_rs.Draft202012Validator:
    return _compiled({"$ref": "#/components/schemas/Problem"})


def _compiled(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    whole = {**schema, "components": _document()["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], Route]]:
    # What is spelled out comes before what stands for anything, as in the router.
    ordered = sorted(ROUTES, key=lambda route: route.path.count("{"))
    return [(route.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path)), route) for route in ordered]


def _route(method: str, path: str) -> Route | None:
    plain = path.partition("?")[0]
    return next(
        (route for one, pattern, route in _patterns() if one == method and pattern.fullmatch(plain)), None
    )
