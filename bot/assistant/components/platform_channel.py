"""The input channel the desk talks to: one request a turn, one answer with everything, honest statuses.

The stock REST channel has no authentication and turns every failure into an empty answer.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import Restarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, json

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Wasl-Secret"  # noqa: S105 (the name of a header)
_LONGEST_TEXT = 2_000  # characters; the desk cuts at 1 000
_LARGEST_BODY = 64 * 1024
# A choice names an intent and perhaps one entity: "human_agent", "inform:place:zemamra".
_CHOICE = re.compile(r"(?P<intent>[a-z_]+)(?::(?P<entity>[a-z_]+):(?P<value>[\w.-]{1,80}))?")


class BadRequest(ValueError):
    """The request cannot be read; the message says why."""


class TooLong(ValueError):
    """The text is longer than any the desk sends."""


class PlatformChannel(InputChannel):
    """Under /webhooks/platform: POST /webhook answers a turn, POST /forget starts a conversation afresh,
    GET / tells whether an assistant is loaded."""

    @classmethod
    def name(cls) -> str:
        return "platform"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> PlatformChannel:
        secret = str((credentials or {}).get("secret") or "")
        if len(secret) < 16 or secret.startswith("${"):
            raise RasaException(
                "The platform channel needs a secret of 16 characters or more (WASL_RASA_SECRET)."
            )
        return cls(secret, float((credentials or {}).get("deadline", 8.0)))

    def __init__(self, secret: str, deadline: float) -> None:
        self._secret = secret.encode()
        self._deadline = deadline

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("wasl_platform", "wasl_platform")

        @blueprint.get("/")
        async def ready(request: Request) -> HTTPResponse:
            is_ready = bool(request.app.ctx.agent and request.app.ctx.agent.is_ready())
            return json({"ready": is_ready}, status=200 if is_ready else 503)

        @blueprint.post("/webhook")
        async def turn(request: Request) -> HTTPResponse:
            return self._refusal(request) or await self._answer(request)

        @blueprint.post("/forget")
        async def forget(request: Request) -> HTTPResponse:
            return self._refusal(request) or await _forget(request)

        return blueprint

    def _refusal(self, request: Request) -> HTTPResponse | None:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not hmac.compare_digest(given, self._secret):
            return _error(403, "forbidden", "The secret is missing or wrong.")
        if len(request.body) > _LARGEST_BODY:
            return _error(413, "too_large", f"The body is larger than {_LARGEST_BODY} bytes.")
        if not request.app.ctx.agent or not request.app.ctx.agent.is_ready():
            return _error(503, "no_model", "No trained assistant is loaded.")
        return None

    async def _answer(self, request: Request) -> HTTPResponse:
        output = CollectingOutputChannel()
        try:
            message = _user_message(request.json, output)
        except TooLong as reason:
            return _error(413, "too_large", str(reason))
        except BadRequest as reason:
            return _error(400, "bad_request", str(reason))
        except InvalidUsage:
            return _error(400, "bad_request", "The body is not JSON.")
        try:
            tracker = await asyncio.wait_for(_converse(request.app.ctx.agent, message), self._deadline)
        except asyncio.TimeoutError:  # noqa: UP041 (another class than TimeoutError on Python 3.10)
            return _error(504, "timeout", f"No answer within {self._deadline:g} seconds.")
        except Exception:
            log.exception("platform_channel.turn_failed", conversation=message.sender_id)
            return _error(500, "failed", "The turn failed.")
        return json(_result(output, tracker))


async def _converse(agent: Agent, message: UserMessage) -> DialogueStateTracker:
    await agent.handle_message(message)
    tracker = await agent.tracker_store.retrieve(message.sender_id)
    if tracker is None:
        raise RasaException("The conversation was not stored.")
    return tracker


async def _forget(request: Request) -> HTTPResponse:
    try:
        sender_id = request.json["sender_id"]
    except (InvalidUsage, KeyError, TypeError):
        return _error(400, "bad_request", "The body needs a sender_id.")
    agent = request.app.ctx.agent
    try:
        async with agent.lock_store.lock(sender_id):
            tracker = await agent.tracker_store.retrieve(sender_id)
            if tracker is not None:
                tracker.update(Restarted())
                await agent.tracker_store.save(tracker)
    except Exception:
        log.exception("platform_channel.forget_failed", conversation=sender_id)
        return _error(500, "failed", "The conversation could not be forgotten.")
    return json({"forgotten": tracker is not None})


def _user_message(body: Any, output: CollectingOutputChannel) -> UserMessage:
    """Read the request; raises `BadRequest` or `TooLong`."""
    if not isinstance(body, dict):
        raise BadRequest("The body must be an object.")
    sender_id, text, choice = body.get("sender_id"), body.get("text"), body.get("choice")
    metadata = body.get("metadata") or {}
    if not isinstance(sender_id, str) or not sender_id:
        raise BadRequest("The sender_id must be a text.")
    if not isinstance(text, str) or (not text.strip() and not choice):
        raise BadRequest("The text must not be empty.")
    if not isinstance(metadata, dict):
        raise BadRequest("The metadata must be an object.")
    if len(text) > _LONGEST_TEXT:
        raise TooLong(f"The text is longer than {_LONGEST_TEXT} characters.")
    return UserMessage(
        text=text.strip().lstrip("/") or ".",  # a leading slash would be read as an intent, not as a text
        output_channel=output,
        sender_id=sender_id,
        input_channel=PlatformChannel.name(),
        message_id=str(body.get("message_id") or uuid4().hex),
        metadata=metadata,
        parse_data=_chosen(choice, text, metadata) if choice else None,
    )


def _chosen(choice: Any, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return what a pressed button means, in the form of an understood message."""
    match = _CHOICE.fullmatch(choice) if isinstance(choice, str) else None
    if match is None:
        raise BadRequest("The choice has a form that no button of ours has.")
    intent = {"name": match["intent"], "confidence": 1.0}
    entity = {
        "entity": match["entity"],
        "value": match["value"],
        "start": 0,
        "end": len(text),
        "extractor": "choice",
    }
    return {
        "text": text,
        "intent": intent,
        "intent_ranking": [intent],
        "entities": [entity] if match["entity"] else [],
        "language": metadata.get("language"),
    }


def _result(output: CollectingOutputChannel, tracker: DialogueStateTracker) -> dict[str, Any]:
    understood = tracker.latest_message
    parse_data = (understood.parse_data if understood else None) or {}
    intent = parse_data.get("intent") or {}
    messages: list[dict[str, Any]] = []
    handover = None
    for sent in output.messages:
        answer = sent.get("custom") or {}
        messages.extend(answer.get("messages") or [])
        handover = answer.get("handover") or handover
    slots = {name: value for name, value in tracker.current_slot_values().items() if value is not None}
    return {
        "messages": messages,
        "handover": handover,
        "intent": intent.get("name"),
        "confidence": intent.get("confidence"),
        "language": slots.get("language") or parse_data.get("language"),
        "entities": parse_data.get("entities") or [],
        "slots": slots,
        "paused": tracker.is_paused(),
    }


def _error(status: int, code: str, sentence: str) -> HTTPResponse:
    return json({"error": code, "message": sentence}, status=status)
