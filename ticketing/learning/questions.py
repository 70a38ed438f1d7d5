"""Questions the assistant did not answer well, and what supervisors decided about them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.learning.groups import Group, Question, grouped
from ticketing.learning.turns import likeness

MOST: Final = 10_000  # questions looked at, the newest

# A handover somebody asked for right after an answer says that the answer was none. Greetings are no answers.
# Newest first by the index on time; the turn before is looked up for those handovers alone.
_QUESTIONS: Final = text(
    "SELECT q.text, q.likeness, q.language, q.kind, q.intent, u.at FROM assistant_turns u"
    " CROSS JOIN LATERAL ("
    "   SELECT u.text, u.likeness, u.language, u.intent,"
    "     CASE WHEN u.outcome = 'fallback' THEN 'fallback' ELSE 'not_understood' END AS kind"
    "   WHERE u.outcome = 'fallback' OR u.reason = 'not_understood'"
    "   UNION ALL"
    "   SELECT b.text, b.likeness, b.language, b.intent, 'after_answer' FROM ("
    "     SELECT * FROM assistant_turns b WHERE b.conversation_id = u.conversation_id AND b.at < u.at"
    "     ORDER BY b.at DESC LIMIT 1) b"
    "   WHERE u.reason = 'asked' AND b.ticket_id = u.ticket_id AND b.outcome = 'answered'"
    "   AND coalesce(b.intent, '') <> ALL (ARRAY['greeting', 'thanks', 'affirm', 'deny', 'insult'])) q"
    " WHERE u.at >= :start AND u.at < :end"
    " AND (u.outcome = 'fallback' OR u.reason IN ('not_understood', 'asked'))"
    " AND (CAST(:language AS text) IS NULL OR q.language = :language)"
    " AND NOT EXISTS (SELECT 1 FROM tickets t JOIN categories g ON g.code = t.category AND g.restricted"
    "   WHERE t.id = u.ticket_id)"
    " ORDER BY u.at DESC, u.id DESC LIMIT :most"
)
_DECIDED: Final = text("SELECT language, likeness FROM learning_decisions")
_DECIDE: Final = text(
    "INSERT INTO learning_decisions (language, likeness, decision, agent_id)"
    " VALUES (:language, :likeness, :decision, :agent_id)"
    " ON CONFLICT (language, likeness) DO UPDATE SET decision = excluded.decision,"
    " agent_id = excluded.agent_id, at = now()"
)


async def open_questions(
    connection: AsyncConnection, start: datetime, end: datetime, language: str | None = None
) -> list[Question]:
    """Those of a period, the newest first, at most `MOST`."""
    values = {"start": start, "end": end, "language": language, "most": MOST}
    return [Question(*row) for row in await connection.execute(_QUESTIONS, values)]


async def question_groups(
    connection: AsyncConnection, start: datetime, end: datetime, language: str | None = None
) -> tuple[list[Group], int]:
    """Groups of a period, largest first, without what was decided; and how many questions there were."""
    questions = await open_questions(connection, start, end, language)
    decided: dict[str, list[str]] = {}
    for row in await connection.execute(_DECIDED):
        decided.setdefault(row.language, []).append(row.likeness)
    return await asyncio.to_thread(grouped, questions, decided), len(questions)


async def samples_of(
    connection: AsyncConnection, start: datetime, end: datetime, language: str, words: str
) -> Sequence[str]:
    """How customers worded a group, given its text; the text alone when there is no such group any more."""
    groups, _ = await question_groups(connection, start, end, language)
    wanted = likeness(words)
    return next((group.samples for group in groups if group.likeness == wanted), [words])


async def decide(
    connection: AsyncConnection, language: str, words: str, decision: str, agent_id: UUID
) -> None:
    """Take a group off the list, and what is like it. `decision`: dismissed, article or example."""
    values: Mapping[str, object] = {
        "language": language,
        "likeness": likeness(words),
        "decision": decision,
        "agent_id": agent_id,
    }
    await connection.execute(_DECIDE, values)
