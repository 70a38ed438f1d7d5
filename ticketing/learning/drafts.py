"""The draft of an article from questions nobody answered: a title, and what customers ask. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LONGEST_TITLE = 120  # characters

# What stands where the answer belongs: its writer replaces it.
_ASKED = {
    "ar": ("أجيبوا هنا.", "كما يسأل الزبناء:"),
    "fr": ("Réponse à écrire ici.", "Ce que les clients demandent :"),
    "en": ("Write the answer here.", "What customers ask:"),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """`language` is one articles are written in; readers of Darija get Arabic."""

    language: str
    title: str
    body: str


def draft_of(language: str, question: str, samples: Sequence[str]) -> Draft:
    """A draft titled with the question, with the samples quoted below the place of the answer."""
    written = language if language in _ASKED else "ar"
    answer, asked = _ASKED[written]
    title = " ".join(question.split())
    if len(title) > LONGEST_TITLE:
        title = f"{title[: LONGEST_TITLE - 1]}…"
    quoted = "\n".join(f"> {' '.join(sample.split())}\n>" for sample in samples).removesuffix("\n>")
    return Draft(written, title, f"{answer}\n\n{asked}\n\n{quoted}\n")


def slug(now: datetime) -> str:
    """An address until its writer gives it a speaking one."""
    return f"question-{now:%Y%m%d-%H%M%S-%f}"
