"""Everything that goes wrong on the way, as problem details (RFC 9457, docs/api/openapi.md).

DeskError (ticketing.errors: NotFound 404, Forbidden 403, Conflict 409, Invalid 422, Busy 503)
├── Unreadable       400   the request is not what this address reads
├── NotSignedIn      401
├── TooLarge         413
└── TooMany          429   with Retry-After
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ticketing.errors import DeskError
from ticketing.patience import is_away

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Bodies beyond this many bytes are worth the time it takes to compress them.
COMPRESS_FROM: Final = 4096


class Unreadable(DeskError):
    status = 400


class NotSignedIn(DeskError):
    status = 401

    def __init__(self, code: str = "not_signed_in", message: str = "Sign in first.") -> None:
        super().__init__(code, message)


class TooLarge(DeskError):
    status = 413


class TooMany(DeskError):
    status = 429

    def __init__(self, code: str, message: str, retry_after: int) -> None:
        super().__init__(code, message, {"retry_after": str(retry_after)})
        self.retry_after = retry_after


# What the errors of an address are, as a URI that never changes; `code` is its last part.
PROBLEM_TYPES: Final = "urn:wasl:problem:"
PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


def json_response(data: Any, status: int = 200, *, content_type: str = "application/json") -> web.Response:
    """JSON that no cache keeps: it is customers' words."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    response = web.Response(
        body=body,
        status=status,
        content_type=content_type,
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )
    if len(body) >= COMPRESS_FROM:
        response.enable_compression()
    return response


def problem_response(
    status: int, code: str, detail: str, fields: Mapping[str, Any] | None = None, **extensions: Any
) -> web.Response:
    """Problem details: `code` is stable and translated by interfaces, `detail` is one English sentence.

    `fields` says what is wrong with which field of the request, or names what an interface shows beside the
    translated code. `extensions` are further members beside these.
    """
    problem = {
        "type": PROBLEM_TYPES + code,
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
        "fields": dict(fields or {}),
    }
    return json_response(problem | extensions, status, content_type=PROBLEM_MEDIA_TYPE)


@web.middleware
async def errors_as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await answered(request, handler)


async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or what it raised; an unexpected error is logged whole, told as one sentence."""
    try:
        return await handler(request)
    except DeskError as refusal:
        response = problem_response(refusal.status, refusal.code, refusal.message, refusal.fields)
        if isinstance(refusal, TooMany):
            response.headers["Retry-After"] = str(refusal.retry_after)
        return response
    except web.HTTPException as answer:
        return _from_aiohttp(answer)
    except (OperationalError, InterfaceError, PoolTimeout, ConnectionError, TimeoutError) as error:
        return _database_away(request, error)
    except DBAPIError as error:
        if is_away(error):
            return _database_away(request, error)
        log.exception("%s %s failed", request.method, request.path)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
    return problem_response(500, "internal", "Something went wrong on our side; it has been logged.")


def _database_away(request: web.Request, error: Exception) -> web.Response:
    log.warning("%s %s: the database is away: %s", request.method, request.path, error)
    response = problem_response(503, "unavailable", "The desk is not reachable right now; try again shortly.")
    response.headers["Retry-After"] = "1"
    return response


_CODES: Final = {
    400: ("unreadable", "The request is not readable."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("too_large", "The request is too large."),
}


def _from_aiohttp(answer: web.HTTPException) -> web.Response:
    code, message = _CODES.get(answer.status, ("refused", answer.reason))
    response = problem_response(answer.status, code, message)
    if isinstance(answer, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(answer.allowed_methods))
    return response
