"""Reading requests: bounded bodies, checked by pydantic, unknown fields refused."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from ticketing.errors import Invalid, NotFound
from ticketing.web.errors import Handler, TooLarge, Unreadable

# The body, where it was read before the handler asks for it.
_BODY: Final = web.RequestKey("body", bytes)

# A reply of 64 k characters in Arabic, escaped, still fits.
BODY_LIMIT: Final = 512 * 1024

ModelT = TypeVar("ModelT", bound=BaseModel)


# PostgreSQL cannot store the character NUL, and no person meant it.
_ESCAPED_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def _without_nul(value: str) -> str:
    return value.replace("\x00", "")


Words = Annotated[str, AfterValidator(_without_nul)]


def json_without_nul(raw: bytes) -> bytes:
    """JSON whose strings have no NUL."""
    return _ESCAPED_NUL.sub(rb"\1", raw) if b"\\u0000" in raw else raw


@web.middleware
async def no_nul_in_path(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing is named by it."""
    if "\x00" in request.path:
        raise web.HTTPNotFound
    return await handler(request)


class Body(BaseModel):
    """Base of everything a request may carry."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Body):
    """An empty object."""


async def read_body(request: web.Request, model: type[ModelT]) -> ModelT:
    """The JSON body as `model`. Raises Unreadable (400), TooLarge (413) or Invalid (422)."""
    raw = await read_bounded(request, BODY_LIMIT)
    try:
        return model.model_validate_json(json_without_nul(raw) or b"{}")
    except ValidationError as error:
        if any(problem["type"] == "json_invalid" for problem in error.errors(include_url=False)):
            raise Unreadable("unreadable", "The body is not JSON.") from error
        raise _unacceptable(error) from error


def read_query(request: web.Request, model: type[ModelT]) -> ModelT:
    """The query string as `model`; empty values count as absent. Raises Invalid (422)."""
    values = {name: _without_nul(value) for name, value in request.query.items() if value != ""}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _unacceptable(error) from error


def _unacceptable(error: ValidationError) -> Invalid:
    fields: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        fields[".".join(str(part) for part in problem["loc"]) or "body"] = problem["msg"]
    return Invalid("invalid", "Some fields are not acceptable.", fields)


async def preread(request: web.Request, limit: int) -> bytes:
    """The body, which the handler will read once more."""
    request[_BODY] = await read_bounded(request, limit)
    return request[_BODY]


async def read_bounded(request: web.Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes of it ever in memory."""
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge("too_large", f"The body is larger than {limit} bytes.")
    if _BODY in request:
        if len(request[_BODY]) > limit:
            raise TooLarge("too_large", f"The body is larger than {limit} bytes.")
        return request[_BODY]
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > limit:
            raise TooLarge("too_large", f"The body is larger than {limit} bytes.")
    return bytes(body)


def path_id(request: web.Request, code: str, what: str) -> UUID:
    """The id in the path. What is no UUID names nothing: NotFound with this code."""
    try:
        return UUID(request.match_info["id"])
    except ValueError as error:
        raise NotFound(code, f"This {what} does not exist.") from error
