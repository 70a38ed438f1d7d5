"""Reduces a turn of several bubbles to the one text, choice and position that Rasa takes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.contract import Turn, TurnMessage
from bot.intents import INTENTS, NEVER_CHOSEN

LONGEST_TEXT = 1_000  # characters: longer ones slow every conversation of the process down
# One of our buttons beside intents: "inform" with an entity and its value; numbers and provinces are typed,
# attachments are sent.
_CHOICE = re.compile(r"inform:(?!number:|province:|attachment:)[a-z_]{1,40}:[\w.-]{1,80}")
_READABLE = frozenset({"text", "choice", "location"})
# Kinds that ask for nothing by themselves; anything else without text is for people to look at.
_SILENT = frozenset({"reaction", "system"})


@dataclass(frozen=True, slots=True)
class Utterance:
    """`choice` is one of our own buttons; `location` is (latitude, longitude); `text` may then be empty."""

    text: str
    choice: str | None = None
    location: tuple[float, float] | None = None

    @property
    def is_empty(self) -> bool:
        return not self.text and self.choice is None and self.location is None


def utterance_of(turn: Turn) -> Utterance:
    """Join the bubbles; a button pressed last, or alone, is what counts, and the last position shared."""
    locations = [message.location for message in turn.messages if message.location is not None]
    location = locations[-1] if locations else None
    pressed = _choice(turn.messages[-1]) if turn.messages else None
    if pressed is not None:
        return Utterance(text=shortened(turn.messages[-1].text.strip()), choice=pressed)
    # The label of a shared position ("Home") is no request.
    spoken = [
        message.text.strip()
        for message in turn.messages
        if message.text.strip() and message.kind != "location"
    ]
    if location is not None and not spoken:
        return Utterance(text="", choice="inform", location=location)
    return Utterance(text=shortened("\n".join(spoken)), location=location)


def unreadable(turn: Turn) -> str | None:
    """Return the kind of what the turn holds for people's eyes or ears, where no words stand beside it."""
    if any(message.text.strip() and message.kind not in _SILENT for message in turn.messages):
        return None
    return next(
        (
            message.kind
            for message in turn.messages
            if message.kind not in _READABLE | _SILENT
            or (message.kind == "location" and message.location is None)
        ),
        None,
    )


def attached(kind: str) -> Utterance:
    """Say to the assistant that something came that it cannot read: a question may have asked for it."""
    return Utterance(text="", choice=f"inform:attachment:{kind}")


def _choice(message: TurnMessage) -> str | None:
    """Return a button's id when it is one of ours; a forged or foreign one is read as its words."""
    choice = message.choice_id
    if choice is None or not (choice in INTENTS - NEVER_CHOSEN or _CHOICE.fullmatch(choice)):
        return None
    return choice


def shortened(text: str) -> str:
    """Keep the beginning and the end of a very long text: requests stand at either."""
    if len(text) <= LONGEST_TEXT:
        return text
    half = LONGEST_TEXT // 2 - 1
    return f"{text[:half]}\n{text[-half:]}"
