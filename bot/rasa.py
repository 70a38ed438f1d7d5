"""The assistant over HTTP: Rasa behind a deadline and a circuit breaker; every failure is a handover."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from bot.contract import Handover, HandoverReason, Language, Reply, ReplyChoice, ReplyMessage, Turn
from bot.language import choose
from bot.texts import say
from bot.turns import Utterance, attached, unreadable, utterance_of
from knowledge_base.breaker import CircuitBreaker

log = structlog.get_logger(__name__)

_SECRET_HEADER = "X-Wasl-Secret"  # noqa: S105 (the name of a header)
_CHANNEL = "/webhooks/platform"
_BRIEF = 2.0  # seconds for questions that need no model
_LARGEST_ANSWER = 1024 * 1024
# Failures of Rasa itself: they count against it. A model still in training or a full queue does not.
_COUNTED = frozenset(
    {HandoverReason.ASSISTANT_DOWN, HandoverReason.ASSISTANT_SLOW, HandoverReason.ASSISTANT_ERROR}
)


class _Failed(Exception):
    """The turn cannot be answered; `reason` is what the desk is told, the message is for the log."""

    def __init__(self, reason: HandoverReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class RasaAssistant:
    """Implements `bot.contract.Assistant`.

    `url` is Rasa's base address, `secret` what its channel requires. `deadline` is in seconds and covers
    waiting for a place among the `concurrent` turns under way; at most `waiting` turns wait.
    """

    def __init__(
        self,
        http: ClientSession,
        url: str,
        secret: str,
        *,
        deadline: float = 6.0,
        concurrent: int = 32,
        waiting: int = 256,
        failures: int = 5,
        pause: float = 10.0,
    ) -> None:
        self._http = http
        self._url = url.rstrip("/") + _CHANNEL
        self._headers = {_SECRET_HEADER: secret}
        self._deadline = deadline
        self._places = asyncio.Semaphore(concurrent)
        self._most_waiting = waiting
        self._waiting = 0
        self._breaker = CircuitBreaker(failures, pause, time.monotonic)

    async def reply(self, turn: Turn) -> Reply:
        """Answer a turn. Never raises for an unavailable assistant: returns a handover with its reason.

        An attachment may be what a question asked for; where Rasa cannot tell, people look at it.
        """
        kind = unreadable(turn)
        utterance = utterance_of(turn) if kind is None else attached(kind)
        language = _language(turn, utterance)
        if utterance.is_empty:
            return Reply(language=turn.language)  # a reaction, say: nothing was asked
        try:
            return await self._answer(turn, utterance, language)
        except _Failed as failure:
            log.warning(
                "assistant.failed",
                conversation=str(turn.conversation_id),
                reason=failure.reason,
                detail=failure.detail,
            )
            if kind is not None:
                return _handed_over(
                    language, HandoverReason.ATTACHMENT, "hand_over_attachment", failure.detail
                )
            return _handed_over(language, failure.reason, "hand_over_failure", failure.detail)

    async def forget(self, conversation_id: UUID) -> None:
        """Start the conversation afresh next time. Never raises."""
        try:
            await self._post("forget", {"sender_id": str(conversation_id)}, _BRIEF)
        except _Failed as failure:
            log.warning("assistant.not_forgotten", conversation=str(conversation_id), detail=failure.detail)

    async def ready(self) -> bool:
        """Tell whether Rasa has a model loaded. Never raises."""
        try:
            async with self._http.get(f"{self._url}/", timeout=ClientTimeout(total=_BRIEF)) as response:
                return response.status == HTTPStatus.OK
        except (ClientError, TimeoutError, OSError):
            return False

    async def _answer(self, turn: Turn, utterance: Utterance, language: Language) -> Reply:
        body = _request(turn, utterance, language)
        if not self._breaker.allows():
            raise _Failed(HandoverReason.ASSISTANT_DOWN, "Not asked: it failed several times in a row.")
        try:
            async with asyncio.timeout(self._deadline), self._place():
                answer = await self._post("webhook", body, self._deadline)
                if answer.get("paused") and not answer.get("messages") and not answer.get("handover"):
                    # The conversation came back from people, and Rasa was not told: it starts afresh.
                    await self._post("forget", {"sender_id": body["sender_id"]}, _BRIEF)
                    answer = await self._post("webhook", body, self._deadline)
                reply = _reply(answer, language)
        except TimeoutError:
            self._breaker.failed()
            raise _Failed(
                HandoverReason.ASSISTANT_SLOW, f"No answer within {self._deadline:g} seconds."
            ) from None
        except _Failed as failure:
            self._count(failure)
            raise
        except BaseException:
            self._breaker.left()
            raise
        self._breaker.succeeded()
        return reply

    def _count(self, failure: _Failed) -> None:
        if failure.reason in _COUNTED:
            self._breaker.failed()
        else:
            self._breaker.left()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Hold one of the places for turns under way; raises `_Failed` when there is none in time.

        Half of the deadline is left for the answer.
        """
        if self._places.locked() and self._waiting >= self._most_waiting:
            raise _Failed(HandoverReason.OVERLOADED, f"{self._waiting} turns are waiting already.")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._deadline / 2):
                await self._places.acquire()
        except TimeoutError:
            raise _Failed(HandoverReason.OVERLOADED, "No free place in time.") from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()

    async def _post(self, path: str, body: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Post JSON and return the object answered; raises `_Failed`, TimeoutError only from outside."""
        try:
            async with self._http.post(
                f"{self._url}/{path}",
                json=body,
                headers=self._headers,
                timeout=ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                content = await _content(response)
                status = response.status
        except TimeoutError:
            raise _Failed(HandoverReason.ASSISTANT_SLOW, f"No answer within {seconds:g} seconds.") from None
        except (ClientError, OSError) as reason:
            raise _Failed(HandoverReason.ASSISTANT_DOWN, f"{type(reason).__name__}: {reason}") from reason
        return _object(status, content)


async def _content(response: ClientResponse) -> bytes:
    """Read a body whole; raises `_Failed` for one of an absurd size."""
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise _Failed(HandoverReason.ASSISTANT_ERROR, f"More than {_LARGEST_ANSWER} bytes.")
    return bytes(content)


def _object(status: int, content: bytes) -> dict[str, Any]:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise _Failed(HandoverReason.NOT_READY, "No trained assistant is loaded.")
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        raise _Failed(HandoverReason.ASSISTANT_SLOW, "Rasa gave up waiting for its own answer.")
    if status != HTTPStatus.OK:
        raise _Failed(HandoverReason.ASSISTANT_ERROR, f"Status {status}: {content[:200]!r}")
    try:
        answer = json.loads(content)
    except ValueError:
        raise _Failed(HandoverReason.ASSISTANT_ERROR, f"Not JSON: {content[:200]!r}") from None
    if not isinstance(answer, dict):
        raise _Failed(HandoverReason.ASSISTANT_ERROR, f"Not an object: {content[:200]!r}")
    return answer


def _language(turn: Turn, utterance: Utterance) -> Language:
    return Language(choose(utterance.text, turn.language))


def _request(turn: Turn, utterance: Utterance, language: Language) -> dict[str, Any]:
    return {
        "sender_id": str(turn.conversation_id),
        "text": utterance.text,
        "choice": utterance.choice,
        "metadata": {
            "channel": turn.channel,
            # What a button or a position says no words for: answer as before.
            "language": str(turn.language if utterance.choice and turn.language else language),
            "conversation_id": str(turn.conversation_id),
            "ticket_id": str(turn.ticket_id),
            "contact_id": str(turn.contact_id),
            "identity_id": str(turn.identity_id),
            "attested_phone": turn.attested_phone,
            "location": utterance.location,
            "kinds": [message.kind for message in turn.messages],
            "now": turn.at.isoformat(),
        },
    }


def _reply(answer: Mapping[str, Any], language: Language) -> Reply:
    """Read Rasa's answer; raises `_Failed` for one that says nothing or has another form."""
    try:
        reply = Reply(
            messages=tuple(_message(message) for message in answer["messages"]),
            handover=_handover(answer.get("handover")),
            intent=answer.get("intent"),
            confidence=answer.get("confidence"),
            language=Language(answer.get("language") or language),
            slots=dict(answer.get("slots") or {}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as reason:
        raise _Failed(HandoverReason.ASSISTANT_ERROR, f"Unreadable answer: {reason!r}") from reason
    if not reply.messages and reply.handover is None:
        raise _Failed(HandoverReason.ASSISTANT_ERROR, "An empty answer.")
    return reply


def _message(body: Mapping[str, Any]) -> ReplyMessage:
    text = body["text"]
    if not isinstance(text, str) or not text.strip():
        raise ValueError("A message without text.")
    choices = tuple(
        ReplyChoice(str(choice["id"]), str(choice["title"]), choice.get("description"))
        for choice in body.get("choices") or ()
    )
    return ReplyMessage(text, choices)


def _handover(body: Mapping[str, Any] | None) -> Handover | None:
    if body is None:
        return None
    return Handover(
        reason=HandoverReason(body["reason"]),
        priority=int(body.get("priority", 3)),
        team=body.get("team"),
        summary=body.get("summary"),
        detail=body.get("detail"),
        category=body.get("category"),
        summary_ar=body.get("summary_ar"),
        summary_fr=body.get("summary_fr"),
    )


def _handed_over(
    language: Language, reason: HandoverReason, text_key: str, detail: str | None = None
) -> Reply:
    return Reply(
        messages=(ReplyMessage(say(language, text_key)),),
        handover=Handover(reason, detail=detail),
        language=language,
    )
