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
_QUESTIONS: Final = text(
    "WITH turns AS (SELECT u.id, u.at, u.text, u.likeness, u.language, u.intent, u.outcome, u.reason,"
    "   lag(u.outcome) OVER w AS outcome_before, lag(u.text) OVER w AS text_before,"
    "   lag(u.likeness) OVER w AS likeness_before, lag(u.language) OVER w AS language_before,"
    "   lag(u.intent) OVER w AS intent_before"
    "   FROM assistant_turns u WHERE u.at >= :start AND u.at < :end"
    "   AND NOT EXISTS (SELECT 1 FROM tickets t JOIN categories g ON g.code = t.category AND g.restricted"
    "     WHERE t.id = u.ticket_id)"
    "   WINDOW w AS (PARTITION BY u.conversation_id, u.ticket_id ORDER BY u.at, u.id)),"
    " questions AS (SELECT id, at, text, likeness, language, intent,"
    "     CASE WHEN outcome = 'fallback' THEN 'fallback' ELSE 'not_understood' END AS kind FROM turns"
    "   WHERE outcome = 'fallback' OR (outcome = 'handed_over' AND reason = 'not_understood')"
    "   UNION ALL"
    "   SELECT id, at, text_before, likeness_before, language_before, intent_before, 'after_answer'"
    "   FROM turns"
    "   WHERE outcome = 'handed_over' AND reason = 'asked' AND outcome_before = 'answered'"
    "   AND coalesce(intent_before, '') <> ALL (ARRAY['greeting', 'thanks', 'affirm', 'deny', 'insult']))"
    " SELECT text, likeness, language, kind, intent, at FROM questions"
    " WHERE CAST(:language AS text) IS NULL OR language = :language ORDER BY at DESC, id DESC LIMIT :most"
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
