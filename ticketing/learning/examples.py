"""Training examples that supervisors took from customers' words, and the files the assistant learns from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import Language
from ticketing.learning.masking import GAP, MASK

STYLES: Final = tuple(language.value for language in Language)

_ADD: Final = text(
    "INSERT INTO training_examples (text, language, intent, agent_id)"
    " VALUES (:text, :language, :intent, :agent_id)"
    " ON CONFLICT (language, text) DO UPDATE SET intent = excluded.intent, agent_id = excluded.agent_id"
    " RETURNING id"
)
_SELECT: Final = (
    "SELECT e.id, e.text, e.language, e.intent, e.agent_id, a.name AS agent_name, e.created_at"
    " FROM training_examples e LEFT JOIN agents a ON a.id = e.agent_id"
)
_BY_IDS: Final = text(f"{_SELECT} WHERE e.id = ANY(:ids) ORDER BY e.id")
_NEWEST: Final = text(
    f"{_SELECT} WHERE CAST(:at AS timestamptz) IS NULL"
    " OR (e.created_at, e.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))"
    " ORDER BY e.created_at DESC, e.id DESC LIMIT :limit"
)
_ALL: Final = text("SELECT text, language, intent FROM training_examples ORDER BY language, intent, text")
_REMOVE: Final = text("DELETE FROM training_examples WHERE id = :id")

# Rasa reads brackets as entities, and a line as an example.
_MARKUP: Final = re.compile(r"[\[\](){}<>\\]")
_HEAD: Final = (
    "# Customers' own words, chosen by supervisors at the desk. Written by `./wasl examples`: do not edit.\n"
)


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    language: str
    intent: str


def teachable(words: str) -> str:
    """The words as an example: one line, without masks and without what the format takes for its own."""
    bare = _MARKUP.sub(" ", words.replace(MASK, " ").replace(GAP, " "))
    return " ".join(bare.split()).lstrip("-# ").strip()


async def add_examples(
    connection: AsyncConnection, examples: Iterable[Example], agent_id: UUID
) -> Sequence[Row[Any]]:
    """Keep them; one that is there already gets the intent given now. Returns the rows as they are kept."""
    ids = [
        await connection.scalar(
            _ADD,
            {
                "text": example.text,
                "language": example.language,
                "intent": example.intent,
                "agent_id": agent_id,
            },
        )
        for example in examples
    ]
    return (await connection.execute(_BY_IDS, {"ids": ids})).all()


async def newest_examples(
    connection: AsyncConnection, limit: int, before: tuple[datetime, UUID] | None = None
) -> Sequence[Row[Any]]:
    """Newest first, after the one that was made at this moment with this id."""
    at, example_id = before or (None, None)
    return (await connection.execute(_NEWEST, {"limit": limit, "at": at, "id": example_id})).all()


async def remove_example(connection: AsyncConnection, example_id: UUID) -> bool:
    """Whether it was there."""
    return bool((await connection.execute(_REMOVE, {"id": example_id})).rowcount)


async def all_examples(connection: AsyncConnection) -> list[Example]:
    return [Example(*row) for row in await connection.execute(_ALL)]


def training_files(examples: Iterable[Example]) -> Mapping[str, str]:
    """The content of learned.yml for each style that has examples."""
    by_style: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for example in examples:
        words = teachable(example.text)
        if words:
            by_style[example.language][example.intent].append(words)
    return {style: _file(intents) for style, intents in by_style.items() if style in STYLES}


def _file(intents: Mapping[str, Iterable[str]]) -> str:
    parts = [f'version: "3.1"\n{_HEAD}nlu:\n']
    for intent in sorted(intents):
        lines = "".join(f"    - {words}\n" for words in sorted(set(intents[intent])))
        parts.append(f"- intent: {intent}\n  examples: |\n{lines}")
    return "".join(parts)
