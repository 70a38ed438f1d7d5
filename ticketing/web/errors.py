"""Everything that goes wrong on the way, as the one JSON shape of docs/api.md.

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


def json_response(data: Any, status: int = 200) -> web.Response:
    """JSON that no cache keeps: it is customers' words."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    response = web.Response(
        body=body,
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )
    if len(body) >= COMPRESS_FROM:
        response.enable_compression()
    return response


def _error(status: int, code: str, message: str, fields: Mapping[str, Any] | None = None) -> web.Response:
    return json_response({"error": {"code": code, "message": message, "fields": dict(fields or {})}}, status)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Renders what was raised; an unexpected error is logged whole and told as one sentence."""
    try:
        return await handler(request)
    except DeskError as refusal:
        response = _error(refusal.status, refusal.code, refusal.message, refusal.fields)
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
    return _error(500, "internal", "Something went wrong on our side; it has been logged.")


def _database_away(request: web.Request, error: Exception) -> web.Response:
    log.warning("%s %s: the database is away: %s", request.method, request.path, error)
    response = _error(503, "unavailable", "The desk is not reachable right now; try again shortly.")
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
    response = _error(answer.status, code, message)
    if isinstance(answer, web.HTTPMethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(answer.allowed_methods))
    return response
