"""Mounts the routes of every account below /channels/<account>/ and turns channel errors into HTTP.

A provider retries what is not answered with 200, so whatever keeps us from storing is a 503: nothing is lost.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from aiohttp import web
from multidict import CIMultiDict

from channels.adapter import ChannelAdapter, InboundSink
from channels.errors import AnomalousPayload, BadSignature, ChannelError, TemporaryFailure

log = logging.getLogger(__name__)

PREFIX = "/channels"
# Meta's webhooks are the largest of the machine-to-machine bodies: up to 3 MB. Uploads ask for more.
BODY_LIMIT = 4 * 2**20
PREFLIGHT_MAX_AGE = 86_400

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HandlerT = TypeVar("HandlerT", bound=Callable[..., Awaitable[web.StreamResponse]])


def cross_origin(handler: HandlerT) -> HandlerT:
    """Let pages of any origin call this route. Safe only where no cookie speaks for the caller."""
    handler.__dict__["cross_origin"] = True
    return handler


def body_limit(size: int) -> Callable[[HandlerT], HandlerT]:
    """Let this route take bodies of up to `size` bytes instead of BODY_LIMIT."""

    def mark(handler: HandlerT) -> HandlerT:
        handler.__dict__["body_limit"] = size
        return handler

    return mark


def mount(router: web.UrlDispatcher, adapters: Mapping[str, ChannelAdapter[Any]], sink: InboundSink) -> None:
    """Add the routes of each account, by key, at /channels/<account>/…; anything else below is 404."""
    resources: list[web.AbstractResource] = []
    for account, adapter in adapters.items():
        shared: dict[str, set[str]] = {}
        for route in adapter.routes(sink):
            path = f"{PREFIX}/{account}{route.path}"
            handler: Any = route.handler
            mounted = web.RouteDef(route.method, path, _guarded(handler, account), route.kwargs)
            added = mounted.register(router)
            resources.extend(one.resource for one in added if one.resource is not None)
            if getattr(handler, "cross_origin", False):
                shared.setdefault(path, set()).add(route.method)
        for path, methods in shared.items():
            router.add_route("OPTIONS", path, _preflight(methods))
    router.add_route("*", PREFIX + "/{account}{rest:.*}", _not_found(frozenset(adapters), resources))


def _guarded(handler: Handler, account: str) -> Handler:
    limit: int = getattr(handler, "body_limit", BODY_LIMIT)
    shared: bool = getattr(handler, "cross_origin", False)

    async def guarded(request: web.Request) -> web.StreamResponse:
        response = await _answer(handler, request, account, limit)
        if shared and not response.prepared:
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return guarded


async def _answer(handler: Handler, request: web.Request, account: str, limit: int) -> web.StreamResponse:
    if request.can_read_body:  # the application's own limit is meant for its interface, not for providers
        request = request.clone(client_max_size=limit)
    try:
        return await handler(request)
    except BadSignature as error:
        log.warning("Refused a request for account %s: %s", account, error)
        return problem(403, "bad_signature", str(error) or "The signature does not match.")
    except AnomalousPayload as error:
        return problem(400, "anomalous_payload", str(error) or "The body is not this provider's.")
    except web.HTTPRequestEntityTooLarge:
        return problem(413, "too_large", f"The body is larger than {limit} bytes.")
    except web.HTTPException:
        raise
    except ChannelError as error:
        log.warning("Account %s could not take a request: %s", account, error)
        return problem(503, "unavailable", "Not taken now; send it again.", headers=_retry_after(error))
    except Exception:
        log.exception("Account %s could not store a request", account)
        return problem(503, "unavailable", "Not stored; send it again.")


def _retry_after(error: ChannelError) -> dict[str, str]:
    if isinstance(error, TemporaryFailure) and error.retry_after is not None:
        return {"Retry-After": str(max(1, round(error.retry_after.total_seconds())))}
    return {}


def _preflight(methods: set[str]) -> Handler:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE),
    }

    async def preflight(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=204, headers=headers)

    return preflight


def _not_found(accounts: frozenset[str], resources: list[web.AbstractResource]) -> Handler:
    async def not_found(request: web.Request) -> web.StreamResponse:
        account = request.match_info["account"]
        if account not in accounts:
            return problem(404, "unknown_account", f"There is no account '{account}' here.")
        allowed: set[str] = set()
        for resource in resources:
            _match, methods = await resource.resolve(request)
            allowed |= methods
        if allowed:
            headers = {"Allow": ", ".join(sorted(allowed))}
            return problem(
                405, "method_not_allowed", f"{request.method} is not possible here.", headers=headers
            )
        return problem(404, "not_found", f"Account '{account}' has nothing at this address.")

    return not_found


def problem(
    status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An error in the shape of docs/api.md."""
    body = {"error": {"code": code, "message": message}}
    return web.json_response(body, status=status, headers=CIMultiDict(headers or {}))
