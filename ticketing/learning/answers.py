"""What agents answered to what: kept when a ticket is closed, offered when somebody asks alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.codec import rows_as_json
from ticketing.learning.masking import GAP, mask_person
from ticketing.learning.turns import LONGEST, likeness
from ticketing.texts import language_of
from ticketing.visibility import VISIBLE

LEAST: Final = 0.35  # shared trigrams of all, from which a question counts as the same
SHORTEST_ANSWER: Final = 25  # characters: "Bonjour" and "D'accord" help nobody
LONGEST_ANSWER: Final = 2000
BUBBLES: Final = 3  # of the customer's that make the question, the newest

_THREAD: Final = text(
    "SELECT m.id, m.author, m.content->>'text' AS words, m.created_at, v.language"  # noqa: S608 - our own constant
    " FROM messages m JOIN conversations v ON v.id = m.conversation_id JOIN tickets t ON t.id = m.ticket_id"
    " WHERE m.ticket_id = :ticket_id AND m.author IN ('customer', 'agent') AND m.direction <> 'note'"
    " AND coalesce(m.content->>'text', '') <> '' AND m.content->'extra'->'secret' IS NULL"
    f" AND {VISIBLE} ORDER BY m.id"
)
_NAMES: Final = text(
    "SELECT c.name FROM tickets t JOIN contacts c ON c.id = t.contact_id WHERE t.id = :ticket_id"
    " UNION SELECT i.name FROM tickets t JOIN identities i ON i.contact_id = t.contact_id"
    "   WHERE t.id = :ticket_id"
    " UNION SELECT a.name FROM messages m JOIN agents a ON a.id = m.author_id WHERE m.ticket_id = :ticket_id"
)
_KEEP: Final = text(
    "INSERT INTO past_answers (ticket_id, message_id, language, question, likeness, answer, at)"
    " SELECT ticket_id, message_id, language, question, likeness, answer, at"
    " FROM json_to_recordset(CAST(:rows AS json)) AS r(ticket_id uuid, message_id uuid, language text,"
    "   question text, likeness text, answer text, at timestamptz) ON CONFLICT (message_id) DO NOTHING"
)
_ALIKE: Final = text(
    "SELECT p.id, p.answer, p.language, similarity(p.likeness, :likeness) AS score, p.at,"
    " (SELECT count(*) FROM suggestion_uses u WHERE u.source_id = p.id) AS used"
    " FROM (SELECT * FROM past_answers WHERE language = :language AND ticket_id <> :ticket_id"
    "   ORDER BY likeness <-> :likeness LIMIT 30) p"
    " WHERE similarity(p.likeness, :likeness) >= :least ORDER BY score DESC, used DESC, p.at DESC, p.id"
)


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """`score` from 0 to 1: how alike the question was. `used`: how often agents took it up."""

    id: UUID
    text: str
    language: str
    score: float
    used: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What a customer wrote last, and how he writes."""

    text: str
    language: str


async def keep_answers(connection: AsyncConnection, ticket_id: UUID) -> int:
    """Keep what agents answered in a ticket, without names and numbers; nothing of a restricted one.

    Repeatable. Returns how many answers the ticket gave.
    """
    thread = (await connection.execute(_THREAD, {"ticket_id": ticket_id, "restricted": False})).all()
    if not any(row.author == "agent" for row in thread):
        return 0
    names = [name for (name,) in await connection.execute(_NAMES, {"ticket_id": ticket_id}) if name]
    rows = [row for pair in _pairs(thread) if (row := _row(ticket_id, pair, names)) is not None]
    if rows:
        await connection.execute(_KEEP, {"rows": rows_as_json(rows)})
    return len(rows)


@dataclass(slots=True)
class _Pair:
    questions: list[Row[Any]]
    answers: list[Row[Any]]


def _pairs(thread: Sequence[Row[Any]]) -> Iterator[_Pair]:
    """What the customer wrote up to an answer, and all the agent wrote before the customer's next words."""
    pair = _Pair([], [])
    for row in thread:
        if row.author == "customer" and pair.answers:
            if pair.questions:
                yield pair
            pair = _Pair([], [])
        (pair.questions if row.author == "customer" else pair.answers).append(row)
    if pair.questions and pair.answers:
        yield pair


def _row(ticket_id: UUID, pair: _Pair, names: Sequence[str]) -> dict[str, Any] | None:
    question = mask_person(_words(pair.questions[-BUBBLES:])[:LONGEST], names)
    answer = mask_person(_words(pair.answers)[:LONGEST_ANSWER], names)
    if len(answer.replace(GAP, "").strip()) < SHORTEST_ANSWER:
        return None
    return {
        "ticket_id": ticket_id,
        "message_id": pair.answers[0].id,
        "language": language_of(question, pair.questions[-1].language).value,
        "question": question,
        "likeness": likeness(question),
        "answer": answer,
        "at": pair.answers[0].created_at.isoformat(),
    }


def _words(rows: Sequence[Row[Any]]) -> str:
    return "\n".join(row.words.strip() for row in rows)


async def asked_last(connection: AsyncConnection, ticket_id: UUID) -> Asked | None:
    """The customer's newest words of a ticket, up to three bubbles after the last answer before them."""
    thread = (await connection.execute(_THREAD, {"ticket_id": ticket_id, "restricted": True})).all()
    bubbles: list[Row[Any]] = []
    for row in reversed(thread):
        if row.author == "customer":
            bubbles.append(row)
        elif bubbles:
            break
        if len(bubbles) == BUBBLES:
            break
    if not bubbles:
        return None
    words = _words(bubbles[::-1])[:LONGEST]
    return Asked(words, language_of(words, bubbles[0].language).value)


async def past_answers(
    connection: AsyncConnection, asked: Asked, ticket_id: UUID, limit: int = 3
) -> list[PastAnswer]:
    """Answers to questions like this one, in the same language, best first; each wording once."""
    wanted = likeness(mask_person(asked.text, ()))
    if not wanted:
        return []
    values = {"likeness": wanted, "language": asked.language, "ticket_id": ticket_id, "least": LEAST}
    found: dict[str, PastAnswer] = {}
    for row in await connection.execute(_ALIKE, values):
        found.setdefault(
            likeness(row.answer), PastAnswer(row.id, row.answer, row.language, row.score, row.used)
        )
    return list(found.values())[:limit]
