"""The JSON endpoint Rasa calls for every action.

It answers 200 within its deadline whatever happens: a 400 sends Rasa into an endless loop, and any other
failure leaves the customer without a word. A failure is an apology and a handover.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from aiohttp import web

from bot.actions.dialogue import Answer, Heard, State
from bot.actions.request import heard_from, result_of
from bot.actions.routing import act
from bot.actions.services import Services
from bot.contract import Handover, HandoverReason, Language
from bot.language import choose
from bot.texts import say

SECRET_HEADER = "X-Wasl-Secret"  # noqa: S105 (the name of a header)
PATH = "/internal/rasa/actions"
DEADLINE = 3.0  # seconds; Rasa's channel gives up after 8
_LARGEST_BODY = 8 * 1024 * 1024  # the whole conversation comes with every call: 3 kB a turn

log = structlog.get_logger(__name__)


def routes(services: Services, secret: str, *, deadline: float = DEADLINE) -> list[web.RouteDef]:
    """Return the route of the actions. `secret` is what Rasa sends in `X-Wasl-Secret`."""

    async def run(request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not hmac.compare_digest(given, secret.encode()):
            return web.json_response({"error": "forbidden"}, status=403)
        body: Any = None
        try:
            async with asyncio.timeout(deadline):
                body = json.loads(await _read(request))
                return web.json_response(await _answer(body, services))
        except Exception as reason:
            log.exception("assistant.action_failed", action=_name(body), reason=type(reason).__name__)
            return web.json_response(_apology(body))

    return [web.post(PATH, run)]


async def _read(request: web.Request) -> bytes:
    """Read the body past the application's own limit, which is too small for a long conversation."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise ValueError(f"The conversation is larger than {_LARGEST_BODY} bytes.")
    return bytes(body)


async def _answer(body: Mapping[str, Any], services: Services) -> dict[str, Any]:
    heard = heard_from(body["tracker"], services.clock(), services.timezone)
    answer = await act(body["next_action"], heard, services)
    return result_of(_in_language(answer, heard), heard.state)


def _in_language(answer: Answer, heard: Heard) -> Answer:
    """Remember the language of the conversation in its state."""
    return replace(answer, state=replace(answer.state, language=str(heard.language)))


def _name(body: Any) -> str | None:
    return body.get("next_action") if isinstance(body, dict) else None


def _apology(body: Any) -> dict[str, Any]:
    language = _language(body)
    handover = Handover(HandoverReason.ASSISTANT_ERROR, detail=f"The action {_name(body)} failed.")
    state = State()
    return result_of(Answer(state, say(language, "hand_over_failure"), handover=handover), state)


def _language(body: Any) -> Language:
    """Return the language to apologise in, whatever is wrong with the request."""
    try:
        message = body["tracker"]["latest_message"]
        return Language(message.get("language") or choose(message.get("text") or "", None))
    except (KeyError, TypeError, ValueError, AttributeError):
        return Language.FR
