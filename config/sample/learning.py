"""The demonstration's past: what the assistant was asked, and answers of agents to start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id
from ticketing.codec import rows_as_json
from ticketing.learning.turns import likeness

DAYS = 28
_SEED = 20261123

_TURNS = text(
    "INSERT INTO assistant_turns (id, conversation_id, ticket_id, contact_id, at, text, likeness, language,"
    "   intent, confidence, outcome, reason, is_demo)"
    " SELECT id, conversation_id, ticket_id, contact_id, at, text, likeness, language, intent, confidence,"
    "   outcome, reason, true FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid,"
    "   conversation_id uuid, ticket_id uuid, contact_id uuid, at timestamptz, text text, likeness text,"
    "   language text, intent text, confidence real, outcome text, reason text)"
)
_ANSWERS = text(
    "INSERT INTO past_answers (id, ticket_id, message_id, language, question, likeness, answer, at, is_demo)"
    " SELECT id, id, id, language, question, likeness, answer, at, true"
    " FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, language text, question text,"
    "   likeness text, answer text, at timestamptz)"
)


async def load_learning(connection: AsyncConnection, today: date) -> None:
    """Write the four weeks before a day, in place of those written before."""
    await remove_learning(connection)
    data = read("learning.yaml")
    noon = datetime.combine(today, time(12), UTC)
    rows = [*_dialogues(data, noon), *_unanswered(data, noon)]
    await connection.execute(_TURNS, {"rows": rows_as_json(rows)})
    answers = [
        {
            "id": sample_id("past_answer", str(number)),
            "language": answer["language"],
            "question": answer["question"],
            "likeness": likeness(answer["question"]),
            "answer": answer["answer"],
            "at": (noon - timedelta(days=number + 1)).isoformat(),
        }
        for number, answer in enumerate(data["answers"])
    ]
    await connection.execute(_ANSWERS, {"rows": rows_as_json(answers)})


async def remove_learning(connection: AsyncConnection) -> None:
    for table in ("assistant_turns", "past_answers"):
        await connection.execute(text(f"DELETE FROM {table} WHERE is_demo"))  # noqa: S608 - our own names


def _dialogues(data: Mapping[str, Any], noon: datetime) -> Iterator[dict[str, Any]]:
    dice = Random(_SEED)  # noqa: S311 - the same invented past for everyone
    styles, weights = list(data["languages"]), list(data["languages"].values())
    for kind in data["dialogues"]:
        for number in range(kind["count"]):
            who = f"{kind['intent']}-{number}"
            language = dice.choices(styles, weights)[0]
            at = noon - timedelta(minutes=dice.randrange(2 * 24 * 60, DAYS * 24 * 60))
            fate = dice.randrange(100)
            asked = {"language": language, "intent": kind["intent"], "text": kind["text"]}
            if fate < kind["handed_over"]:
                yield _turn(who, at, "handed_over", reason="needs_person", **asked)
                continue
            yield _turn(who, at, "answered", **asked)
            if fate < kind["handed_over"] + kind["came_back"]:
                later = at + timedelta(hours=dice.randrange(2, 20))
                yield _turn(who, later, "answered", **asked)


def _unanswered(data: Mapping[str, Any], noon: datetime) -> Iterator[dict[str, Any]]:
    for group, question in enumerate(data["unanswered"]):
        for number, words in enumerate(question["texts"]):
            who, at = f"unanswered-{group}-{number}", noon - timedelta(days=2 + number, hours=group)
            asked = {"language": question["language"], "text": words}
            after = question.get("after")
            if after is None:
                yield _turn(who, at, "fallback", intent="nlu_fallback", **asked)
                if number % 2:
                    continue  # gave up
            else:
                yield _turn(who, at, "answered", intent=after, **asked)
            person = {**asked, "text": "conseiller", "intent": "human_agent"}
            yield _turn(who, at + timedelta(minutes=1), "handed_over", reason="asked", **person)


def _turn(who: str, at: datetime, outcome: str, *, reason: str | None = None, **said: str) -> dict[str, Any]:
    return {
        "id": sample_id("assistant_turn", f"{who}-{at:%d%H%M}"),
        "conversation_id": sample_id("conversation", who),
        "ticket_id": sample_id("ticket", who),
        "contact_id": sample_id("contact", who),
        "at": at.isoformat(),
        "likeness": likeness(said["text"]),
        "confidence": 0.9 if outcome != "fallback" else 0.3,
        "outcome": outcome,
        "reason": reason,
        **said,
    }
