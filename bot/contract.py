"""What the desk asks of an assistant: one turn in, one reply or handover out. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class Language(StrEnum):
    """How a customer writes. `ARY_LATN` is Darija in Latin letters ("arabizi")."""

    AR = "ar"
    ARY = "ary-Arab"
    ARY_LATN = "ary-Latn"
    FR = "fr"
    EN = "en"


class HandoverReason(StrEnum):
    """Why a ticket goes to people; the desk translates it."""

    ASKED = "asked"  # the customer asked for a person
    DANGER = "danger"
    NOT_UNDERSTOOD = "not_understood"  # low confidence twice
    ATTACHMENT = "attachment"  # something the assistant cannot read
    VERIFICATION_FAILED = "verification_failed"
    NEEDS_PERSON = "needs_person"  # understood, but people must act
    ASSISTANT_DOWN = "assistant_down"
    ASSISTANT_SLOW = "assistant_slow"
    ASSISTANT_ERROR = "assistant_error"  # answered, but not with an answer
    NOT_READY = "not_ready"  # still being trained or not installed
    OVERLOADED = "overloaded"


@dataclass(frozen=True, slots=True)
class TurnMessage:
    """One bubble. `kind` is the envelope's kind; `choice_id` when a button was pressed."""

    text: str
    kind: str = "text"
    choice_id: str | None = None
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything a customer wrote since the assistant last answered, as one unit.

    `conversation_id` names the conversation to the assistant (never a telephone number).
    `attested_phone` is E.164 and given only where the provider proves that the sender holds it.
    """

    conversation_id: UUID
    ticket_id: UUID
    contact_id: UUID
    identity_id: UUID
    channel: str
    messages: tuple[TurnMessage, ...]
    language: Language | None  # as last seen, None at the first turn
    attested_phone: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReplyChoice:
    id: str
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class ReplyMessage:
    text: str
    choices: tuple[ReplyChoice, ...] = ()
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Handover:
    """`priority` 1 is the highest; `team` is a team's key, None the default.

    `summary` is for the agent, in the customer's words; `summary_ar` and `summary_fr` say what is known in
    the agents' languages. `category` is a code of the desk's categories ("W2"): priority, team and promise
    follow from it where they are not given.
    """

    reason: HandoverReason
    priority: int = 3
    team: str | None = None
    summary: str | None = None
    detail: str | None = None  # for the log: what exactly failed
    category: str | None = None
    summary_ar: str | None = None
    summary_fr: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """`messages` may accompany a handover ("I am passing you to a colleague")."""

    messages: tuple[ReplyMessage, ...] = ()
    handover: Handover | None = None
    intent: str | None = None
    confidence: float | None = None
    language: Language | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)


class Assistant(Protocol):
    async def reply(self, turn: Turn) -> Reply:
        """Never raises for an unavailable assistant: returns a handover with its reason."""

    async def forget(self, conversation_id: UUID) -> None:
        """The conversation left the assistant or its ticket closed: start afresh next time. Never raises."""

    async def ready(self) -> bool:
        """Can it answer now? Never raises."""


@dataclass(frozen=True, slots=True)
class Danger:
    """A message that must reach a person at once. `kind` is "street_danger" or "medical_dependency"."""

    kind: str
    words: str  # the words that matched, for the agent
    language: Language
    safety_text: str  # the approved text to send at once


class DangerDetector(Protocol):
    def __call__(self, text: str) -> Danger | None:
        """Pure and fast (well under a millisecond): runs on every inbound message before anything else."""
