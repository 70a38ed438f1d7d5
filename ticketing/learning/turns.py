"""One row for every answer of the assistant: what it was asked, what it took it for, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from bot.contract import Language, Reply, ReplyMessage
from knowledge_base.text import skeleton
from ticketing.codec import optional_text, stored_text
from ticketing.learning.masking import mask_long_numbers

LONGEST: Final = 500  # characters kept of a question
ANSWERED, ASKED, FALLBACK, HANDED_OVER = "answered", "asked", "fallback", "handed_over"


def outcome_of(reply: Reply, spoken: Sequence[ReplyMessage]) -> str:
    """How a turn ended for the customer (docs/learning.md)."""
    if reply.handover is not None:
        return HANDED_OVER
    # The dialogue counts what it did not understand; an assistant without a dialogue has its intent alone.
    if reply.slots.get("misunderstood") or (not reply.slots and reply.intent == "nlu_fallback"):
        return FALLBACK
    if reply.slots.get("question") or any(message.choices for message in spoken):
        return ASKED
    return ANSWERED


def turn_row(
    *,
    conversation_id: UUID,
    ticket_id: UUID,
    contact_id: UUID,
    text: str,
    language: Language,
    intent: str | None,
    confidence: float | None,
    outcome: str,
    reason: str | None,
) -> dict[str, Any]:
    """A row of `assistant_turns`."""
    words = mask_long_numbers(stored_text(text.strip(), LONGEST))
    return {
        "conversation_id": conversation_id,
        "ticket_id": ticket_id,
        "contact_id": contact_id,
        "text": words,
        "likeness": likeness(words),
        "language": language.value,
        "intent": optional_text(intent, 200),
        "confidence": confidence,
        "outcome": outcome,
        "reason": reason,
    }


def likeness(text: str) -> str:
    """What is compared: the consonants of the words, in one alphabet for both scripts."""
    return skeleton(text)
