"""How the assistant did: dialogues it contained, handed over, left unanswered (docs/learning.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

GAP: Final = timedelta(hours=1)  # silence after which the next turn begins another dialogue
BACK_WITHIN: Final = timedelta(hours=24)

# What a dialogue was about is its first request; words of politeness are none.
_SMALL_TALK: Final = "('greeting', 'thanks', 'affirm', 'deny', 'inform', 'nlu_fallback', 'insult')"
_DIALOGUES: Final = f"""
    WITH turns AS (
        SELECT *, at - lag(at) OVER w > :gap IS NOT FALSE AS begins FROM assistant_turns
        WHERE at >= CAST(:start AS timestamptz) - :gap
          AND at < CAST(:end AS timestamptz) + :back + interval '1 day'
        WINDOW w AS (PARTITION BY conversation_id ORDER BY at, id)),
    numbered AS (
        SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY conversation_id ORDER BY at, id)
            AS dialogue
        FROM turns),
    dialogues AS (
        SELECT conversation_id, min(at) AS started_at, max(at) AS ended_at,
            (array_agg(contact_id ORDER BY at, id))[1] AS contact_id,
            (array_agg(ticket_id ORDER BY at, id))[count(*)] AS ticket_id,
            (array_agg(language ORDER BY at, id))[1] AS language,
            (array_agg(intent ORDER BY at, id) FILTER (WHERE intent NOT IN {_SMALL_TALK}))[1] AS intent,
            bool_or(outcome = 'handed_over') AS handed_over,
            (array_agg(outcome ORDER BY at, id))[count(*)] AS ended_with
        FROM numbered GROUP BY conversation_id, dialogue),
    ended AS (
        SELECT d.*, lead(started_at) OVER (PARTITION BY d.contact_id ORDER BY started_at, conversation_id)
            AS next_at,
            NOT handed_over AND t.handed_over_at BETWEEN started_at AND ended_at + :gap AS taken_over
        FROM dialogues d LEFT JOIN tickets t ON t.id = d.ticket_id),
    judged AS (
        SELECT CAST(started_at AT TIME ZONE CAST(:zone AS text) AS date) AS day, intent, language,
            handed_over OR coalesce(taken_over, false) AS with_people,
            coalesce(taken_over, false) AS taken_over,
            ended_with = 'fallback' AS unanswered,
            coalesce(next_at <= ended_at + :back, false) AS came_back,
            ended_at + :back > :now AS undecided
        FROM ended WHERE started_at >= :start AND started_at < :end
          AND (CAST(:intent AS text) IS NULL OR intent = :intent)
          AND (CAST(:language AS text) IS NULL OR language = :language))
"""  # noqa: S608 - this module's own constants
_FIGURES: Final = text(
    f"""{_DIALOGUES}
    SELECT grouping(day) AS all_days, grouping(intent) AS all_intents, grouping(language) AS all_languages,
        day, intent, language, count(*) AS dialogues,
        count(*) FILTER (WHERE with_people) AS handed_over,
        count(*) FILTER (WHERE NOT with_people AND unanswered) AS unanswered,
        count(*) FILTER (WHERE NOT with_people AND NOT unanswered) AS contained,
        count(*) FILTER (WHERE NOT with_people AND NOT unanswered AND came_back) AS came_back,
        count(*) FILTER (WHERE NOT with_people AND NOT unanswered AND NOT came_back AND undecided)
            AS undecided,
        count(*) FILTER (WHERE taken_over) AS taken_over
    FROM judged GROUP BY GROUPING SETS ((), (day), (intent), (language))
    ORDER BY day, count(*) DESC, intent, language"""  # noqa: S608 - see above
)
_TURNS: Final = text(
    "SELECT outcome, reason, count(*) AS turns FROM assistant_turns WHERE at >= :start AND at < :end"
    " AND (CAST(:intent AS text) IS NULL OR intent = :intent)"
    " AND (CAST(:language AS text) IS NULL OR language = :language)"
    " GROUP BY outcome, reason ORDER BY count(*) DESC, reason"
)


# Sorts a month of turns in memory, three times as fast as on disk.
_ROOM: Final = text("SET work_mem = '128MB'")
_NO_ROOM: Final = text("RESET work_mem")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of dialogues. contained + handed_over + unanswered = dialogues; came_back and undecided are
    among the contained.
    """

    dialogues: int = 0
    handed_over: int = 0
    contained: int = 0
    came_back: int = 0
    unanswered: int = 0
    undecided: int = 0

    @property
    def containment(self) -> float | None:
        """Ended without a person and without coming back, of all; None without dialogues."""
        return (self.contained - self.came_back) / self.dialogues if self.dialogues else None


@dataclass(frozen=True, slots=True)
class Report:
    """`by_day` in order, the others by size. `turns` by outcome, `reasons` of handovers by size."""

    totals: Figures
    by_day: list[tuple[date, Figures]]
    by_intent: list[tuple[str | None, Figures]]
    by_language: list[tuple[str, Figures]]
    reasons: list[tuple[str, int]]
    turns: dict[str, int]


async def report(
    connection: AsyncConnection,
    start: datetime,
    end: datetime,
    *,
    zone: str,
    now: datetime,
    intent: str | None = None,
    language: str | None = None,
) -> Report:
    """Dialogues that began from `start` until before `end`; days are those of `zone`."""
    chosen = {"start": start, "end": end, "intent": intent, "language": language}
    values = {**chosen, "gap": GAP, "back": BACK_WITHIN, "zone": zone, "now": now}
    await connection.execute(_ROOM)
    try:
        rows = (await connection.execute(_FIGURES, values)).all()
    finally:
        await connection.execute(_NO_ROOM)
    turns = (await connection.execute(_TURNS, chosen)).all()
    total = next(row for row in rows if row.all_days and row.all_intents and row.all_languages)
    outcomes = dict.fromkeys(("answered", "asked", "fallback", "handed_over"), 0)
    for row in turns:
        outcomes[row.outcome] += row.turns
    reasons = [(row.reason, row.turns) for row in turns if row.outcome == "handed_over"]
    if total.taken_over:
        reasons.append(("taken_over", total.taken_over))
    return Report(
        _figures(total),
        [(row.day, _figures(row)) for row in rows if not row.all_days],
        [(row.intent, _figures(row)) for row in _by_size(rows) if not row.all_intents],
        [(row.language, _figures(row)) for row in _by_size(rows) if not row.all_languages],
        sorted(reasons, key=lambda reason: (-reason[1], reason[0])),
        outcomes,
    )


def _by_size(rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    return sorted(rows, key=lambda row: (-row.dialogues, row.intent or "", row.language or ""))


def _figures(row: Row[Any]) -> Figures:
    return Figures(
        row.dialogues, row.handed_over, row.contained, row.came_back, row.unanswered, row.undecided
    )
