"""What an agent should know of a dialogue that is handed over, in Arabic and French. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.actions.dialogue import Heard
from bot.actions.places import name_of, place_by_id, province_of
from bot.contract import HandoverReason, Language
from bot.forms.filling import filling_of
from bot.forms.summary import summary
from bot.texts import say, texts

_FILE = Path(__file__).with_name("agent_words.yaml")
_LONGEST_WORDS = 200  # characters of the customer's own words


def told_to_agents(heard: Heard, reason: HandoverReason, language: Language) -> str:
    """Return why people are needed, what was asked, where, and what was answered already.

    `language` is `Language.AR` or `Language.FR`. Codes that somebody tried are not repeated.
    """
    words = _words()
    parts = [words["reasons"].get(str(reason), words["reasons"]["needs_person"])[str(language)]]
    subject = texts(language).get(f"subject_{heard.intent}")
    if subject is not None:
        parts.append(_labelled("subject", say(language, f"subject_{heard.intent}"), language))
    place = place_by_id(heard.places[0]) if len(heard.places) == 1 else None
    if place is not None:
        where = f"{name_of(place, language)} ({province_of(place, language)})"
        parts.append(_labelled("place", where, language))
    answered = words["topics"].get(heard.state.topic or "")
    if answered is not None:
        parts.append(_labelled("answered", answered[str(language)], language))
    begun = filling_of(heard.state)
    if begun is not None:
        parts.append(_labelled("form", summary(begun, language), language))
    said = heard.text.replace("\n", " ").strip()
    if said and reason is not HandoverReason.VERIFICATION_FAILED:
        parts.append(f"« {said[:_LONGEST_WORDS]} »")
    return (". ").join(parts)


def _labelled(label: str, value: str, language: Language) -> str:
    return f"{_words()[label][str(language)]} : {value}"


@cache
def _words() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return content
