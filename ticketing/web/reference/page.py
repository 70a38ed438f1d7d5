"""The OpenAPI document as one page of HTML: no script, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from ticketing.web.api.reference import Reference
from ticketing.web.openapi import COMPONENTS, Json, encoded

FOLDER: Final = Path(__file__).parent
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_CODE: Final = re.compile(r"`([^`]+)`")
_TITLES: Final[Mapping[str, str]] = {"oidc": "OpenID Connect", "sla": "SLA", "description": "This page"}
# What a schema limits, and how the page says it.
_LIMITS: Final[Mapping[str, str]] = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "pattern": "matches {}",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A row of a table: a parameter, or a field of a shape."""

    name: str
    type: Markup
    notes: str
    required: bool


@dataclass(frozen=True, slots=True)
class Content:
    media_type: str
    type: Markup


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    needs: str
    parameters: tuple[Field, ...]
    body: Content | None
    status: str
    answer: Content | None


def reference_of(described: Json) -> Reference:
    """The document and its page, made once when the desk starts."""
    document = encoded(described).encode()
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    templates = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters |= {"prose": _prose, "title_of": _title}
    page = templates.get_template("page.html").render(
        style=Markup(style),  # noqa: S704 - our own file
        version=described["info"]["version"],
        subjects=_by_subject(described),
        shapes=list(_shapes(described)),
    )
    return Reference(
        document,
        page.encode(),
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'",
        f'"{hashlib.sha256(document).hexdigest()[:16]}"',
    )


def _prose(text: str) -> Markup:
    """Text with what stands between backquotes as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def _title(subject: str) -> str:
    return _TITLES.get(subject, subject.replace("_", " ").capitalize())


def _by_subject(described: Json) -> dict[str, list[Operation]]:
    subjects: dict[str, list[Operation]] = {tag["name"]: [] for tag in described["tags"]}
    for path, item in described["paths"].items():
        for method in _METHODS:
            if method in item:
                subjects[item[method]["tags"][0]].append(_operation(path, method, item[method]))
    return subjects


def _operation(path: str, method: str, one: Json) -> Operation:
    status, answer = next(iter(one["responses"].items()))
    return Operation(
        one["operationId"],
        method.upper(),
        path,
        one["summary"],
        one["description"],
        one["x-needs"],
        tuple(
            _field(each["name"], each["schema"], each["required"], in_=each["in"])
            for each in one["parameters"]
            if "$ref" not in each  # the same for every write: said once, above
        ),
        _content(one.get("requestBody", {})),
        status,
        _content(answer),
    )


def _content(carrier: Json) -> Content | None:
    for media_type, content in carrier.get("content", {}).items():
        return Content(media_type, _type(content["schema"]))
    return None


def _shapes(described: Json) -> Iterator[tuple[str, str, list[Field], Markup | None]]:
    """Name, explanation, fields, and the type of what is no object."""
    for name, schema in sorted(described["components"]["schemas"].items()):
        required = schema.get("required", ())
        fields = [_field(key, each, key in required) for key, each in schema.get("properties", {}).items()]
        yield name, schema.get("description", ""), fields, None if fields else _type(schema)


def _field(name: str, schema: Json, required: bool, *, in_: str = "") -> Field:
    said = [schema.get("description", ""), f"in the {in_}" if in_ == "path" else ""]
    limited = {key: value for one in (schema, *schema.get("anyOf", ())) for key, value in one.items()}
    said += [text.format(limited[key]) for key, text in _LIMITS.items() if key in limited]
    if schema.get("default") is not None:
        said.append(f"default {schema['default']}")
    return Field(name, _type(schema), " · ".join(part for part in said if part), required)


def _type(schema: Json) -> Markup:
    """A schema in a line, its parts linked: `list of Ticket`, `string or null`."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(COMPONENTS)
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return Markup(" or ").join(_type(each) for each in schema[several])
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return Markup(" | ").join(_literal(each) for each in schema["enum"])
    return _plain_type(schema)


def _plain_type(schema: Json) -> Markup:
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            return Markup("[{}]").format(Markup(", ").join(_type(each) for each in schema["prefixItems"]))
        return Markup("list of {}").format(_type(schema.get("items", {})))
    if kind == "object":
        if "properties" in schema:
            fields = (Markup("{}: {}").format(name, _type(one)) for name, one in schema["properties"].items())
            return Markup("{{{}}}").format(Markup(", ").join(fields))
        others = schema.get("additionalProperties")
        return Markup("object of {}").format(_type(others)) if isinstance(others, dict) else Markup("object")
    return escape(schema.get("format") or kind or "anything")


def _literal(value: Any) -> Markup:
    return Markup("<code>{}</code>").format(value)
