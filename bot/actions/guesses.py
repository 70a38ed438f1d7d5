"""What a message that was not clear may have meant: offered to the customer, never acted upon unasked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.actions.dialogue import Heard
from bot.actions.menu import human
from bot.contract import ReplyChoice
from bot.intents import REQUESTS
from bot.texts import say

# Below it the right request is seldom among the guesses (docs/assistant.md).
LEAST_LIKELY: Final = 0.12
_MOST: Final = 2  # beside a person: three buttons fit every channel


def guesses(heard: Heard) -> Sequence[str]:
    """Return the likeliest requests, best first; none where nothing is likely."""
    likely = [name for name, chance in heard.ranking if name in REQUESTS and chance >= LEAST_LIKELY]
    return likely[:_MOST]


def offered(heard: Heard) -> tuple[ReplyChoice, ...]:
    """Return the guesses as buttons, and a person; nothing where there are none."""
    found = guesses(heard)
    if not found:
        return ()
    choices = (ReplyChoice(intent, say(heard.language, f"guess_{intent}")) for intent in found)
    return (*choices, human(heard.language))
