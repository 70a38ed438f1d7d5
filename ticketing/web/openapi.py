"""The table of routes as an OpenAPI 3.1 document.

`python -m ticketing.web.openapi` writes it: the client's types are made from that file.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from ticketing.web.auth.guard import COOKIE, IN_PERSON, PUBLIC, SIGNED_IN
from ticketing.web.idempotency import takes_key
from ticketing.web.routes.route import JSON, WRITES, File, Route
from ticketing.web.schemas.problem import Problem

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]
Key = tuple[str, str, str]  # what it is of an operation, its method and its path

VERSION: Final = "1"  # of the interface: what is added does not change it
COMPONENTS: Final = "#/components/schemas/"
_MULTIPART: Final = "multipart/form-data"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request is done once; later ones get the first answer.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 100, "pattern": "^[A-Za-z0-9_.:-]+$"},
}
# What the parts of a path in braces are; others are plain strings.
_PATH_PARAMETERS: Final[Mapping[str, Json]] = {
    "id": {"type": "string", "format": "uuid"},
    "language": {"enum": ["ar", "fr", "en"]},
    "version": {"type": "integer", "minimum": 1},
    "day": {"type": "string", "format": "date"},
}

_NEEDS: Final[Mapping[str, str]] = {
    PUBLIC: "",
    SIGNED_IN: "For whoever is signed in.",
    IN_PERSON: "For a person in a browser: no token will do.",
}


class _Schemas(GenerateJsonSchema):
    """JSON Schema without a title on every field: it would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def document(routes: Iterable[Route]) -> Json:
    """The whole document. Every name of an operation is there once."""
    routes = [route for route in routes if route.status != 101]  # a WebSocket is no operation
    shapes, components = _shapes(routes)
    paths: Json = {}
    for route in routes:
        operation = _operation(route, shapes, components)
        paths.setdefault(f"/api{route.path}", {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wasl",
            "version": VERSION,
            "description": "Everything the desk's own screens do. Refusals are problem details (RFC 9457).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(map(tag_of, routes))],
        "paths": paths,
        "components": {
            "schemas": _used(components, paths),
            "parameters": {"IdempotencyKey": _IDEMPOTENCY_KEY},
            "responses": {
                "Problem": {
                    "description": "Refused.",
                    "content": {"application/problem+json": {"schema": {"$ref": f"{COMPONENTS}Problem"}}},
                }
            },
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "same_origin": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Wasl",
                    "description": "`1`, which a foreign form cannot send.",
                },
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def tag_of(route: Route) -> str:
    """The subject of an address: what its path begins with."""
    first = route.path.partition("/")[2].partition("/")[0]
    return first if first.isidentifier() else "description"


def operation_id(route: Route) -> str:
    """`tickets_list_tickets`: the handler's module and name."""
    return f"{route.handler.__module__.rpartition('.')[2]}_{_name(route)}"


def summary_and_description(route: Route) -> tuple[str, str]:
    """The handler's first sentence, and what else it says."""
    said = inspect.cleandoc(route.handler.__doc__ or "")
    first, _, rest = re.sub(r"([.:;])\s", r"\1\0", said, count=1).partition("\0")
    if not first or first[0].isdigit():
        return _name(route).replace("_", " ").capitalize(), said
    return " ".join(first.split()).rstrip(".:;"), rest[:1].upper() + rest[1:].strip()


def _name(route: Route) -> str:
    return str(getattr(route.handler, "__name__", type(route.handler).__name__))


def _shapes(routes: Iterable[Route]) -> tuple[dict[Key, JsonSchemaValue], Json]:
    """The schema of each body, query and answer, and the components they refer to."""
    inputs: list[tuple[Key, Mode, TypeAdapter[Any]]] = [
        (("problem", "", ""), "serialization", TypeAdapter(Problem))
    ]
    for route in routes:
        for what, mode, of in (
            ("body", "validation", route.body),
            ("query", "validation", route.query),
            ("answer", "serialization", route.answer),
        ):
            if of is not None and not isinstance(of, File):
                inputs.append(((what, route.method, route.path), mode, TypeAdapter(of)))  # type: ignore[arg-type]
    found, definitions = TypeAdapter.json_schemas(
        inputs, ref_template=COMPONENTS + "{model}", schema_generator=_Schemas
    )
    by_key = {key: schema for (key, _), schema in found.items()}
    return _with_short_names(by_key, definitions.get("$defs", {}))


def _with_short_names(shapes: dict[Key, Json], components: Json) -> tuple[dict[Key, Json], Json]:
    """Models of one name in several modules take the module before their name: `OutagesVersioned`."""
    names = {name: _short(name) for name in components}
    assert len(set(names.values())) == len(names), "two models of one name in modules of one name"

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renamed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [renamed(each) for each in value]
        if isinstance(value, str) and value.startswith(COMPONENTS):
            return COMPONENTS + names[value.removeprefix(COMPONENTS)]
        return value

    short = {names[name]: renamed(schema) for name, schema in sorted(components.items())}
    return {key: renamed(schema) for key, schema in shapes.items()}, short


def _short(name: str) -> str:
    module, model = name.split("__")[-2:] if "__" in name else ("", name)
    return "".join(part.capitalize() for part in module.split("_")) + model.replace("-", "")


def _used(components: Json, paths: Json) -> Json:
    """Without those that nothing refers to: models of queries are their parameters."""
    reachable: set[str] = set()
    waiting = ["Problem", *_references(paths)]
    while waiting:
        name = waiting.pop()
        if name not in reachable:
            reachable.add(name)
            waiting += _references(components[name])
    return {name: schema for name, schema in components.items() if name in reachable}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)
    elif isinstance(value, str) and value.startswith(COMPONENTS):
        yield value.removeprefix(COMPONENTS)


def _operation(route: Route, shapes: Mapping[Key, Json], components: Json) -> Json:
    summary, description = summary_and_description(route)
    needs = _NEEDS.get(route.needs, f"Needs `{route.needs}`.")
    operation: Json = {
        "operationId": operation_id(route),
        "tags": [tag_of(route)],
        "summary": summary,
        "description": "\n\n".join(part for part in (description, needs) if part),
        "x-needs": route.needs,
        "parameters": list(_parameters(route, shapes, components)),
        "security": _security(route),
        "responses": _responses(route, shapes),
    }
    if route.body is not None:
        operation["requestBody"] = _request_body(route, shapes)
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    in_browser: dict[str, list[str]] = {} if route.needs == PUBLIC else {"session": []}
    if route.method in WRITES:
        in_browser["same_origin"] = []
    if route.needs in (PUBLIC, IN_PERSON):
        return [in_browser] if in_browser else []
    return [in_browser, {"token": []}]


def _parameters(route: Route, shapes: Mapping[Key, Json], components: Json) -> Iterator[Json]:
    for name in _PARAMETER.findall(route.path):
        kind = "id" if name.endswith("_id") else name
        schema = _PATH_PARAMETERS.get(kind, {"type": "string", "minLength": 1})
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if route.query is not None:
        query = shapes["query", route.method, route.path]
        query = components[query["$ref"].removeprefix(COMPONENTS)] if "$ref" in query else query
        for name, schema in query.get("properties", {}).items():
            # A query string has no null: a parameter that may be absent is just not sent.
            parameter = {
                "name": name,
                "in": "query",
                "required": name in query.get("required", ()),
                "schema": _without_null(schema),
            }
            # Several values are one, with commas between them.
            several = {"style": "form", "explode": False}
            yield parameter | (several if parameter["schema"].get("type") == "array" else {})
    if takes_key(route):
        yield {"$ref": "#/components/parameters/IdempotencyKey"}


def _without_null(schema: Json) -> Json:
    others = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    kept = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    if not others:
        return kept
    kept.pop("anyOf")
    return kept | (others[0] if len(others) == 1 else {"anyOf": others})


def _request_body(route: Route, shapes: Mapping[Key, Json]) -> Json:
    if not isinstance(route.body, File):
        schema = shapes["body", route.method, route.path]
        return {"required": not _may_be_empty(route.body), "content": {JSON: {"schema": schema}}}
    if route.body.field is None:
        return {"required": True, "content": {route.body.content_type: {"schema": {"type": "string"}}}}
    part = {"type": "string", "contentMediaType": route.body.content_type}
    form = {"type": "object", "required": [route.body.field], "properties": {route.body.field: part}}
    return {"required": True, "content": {_MULTIPART: {"schema": form}}}


def _may_be_empty(body: type[BaseModel] | None) -> bool:
    return body is None or not any(field.is_required() for field in body.model_fields.values())


def _responses(route: Route, shapes: Mapping[Key, Json]) -> Json:
    answer: Json = {"description": "Done."}
    if isinstance(route.answer, File):
        answer["content"] = {route.answer.content_type: {"schema": {"type": "string"}}}
    elif route.answer is not None:
        answer["content"] = {JSON: {"schema": shapes["answer", route.method, route.path]}}
    refused = {"$ref": "#/components/responses/Problem"}
    return {str(route.status): answer, "4XX": refused, "5XX": refused}


def encoded(described: Json) -> str:
    """The document as it is checked in and served."""
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    from ticketing.web.routes import ROUTES

    sys.stdout.write(encoded(document(ROUTES)))


if __name__ == "__main__":
    main()
