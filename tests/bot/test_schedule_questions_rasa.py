"""Questions about the mobile agencies, through the trained assistant and the sample timetable."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.contract import Language, Reply
from bot.rasa import RasaAssistant
from bot.texts import say
from tests.bot.schedule_oracle import Oracle, Visit
from tests.bot.world import NOW, Customer, World, texts_of

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(400)]

QUESTIONS = Path(__file__).parent / "data" / "schedule_questions.tsv"
RIGHT = 0.95
ORACLE = Oracle(NOW.replace(tzinfo=None))
TODAY = NOW.date()
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LISTED = 8  # lines of a province


@dataclass(frozen=True)
class Question:
    language: str
    kind: str
    places: str
    day: str
    text: str


def questions() -> list[Question]:
    with QUESTIONS.open(encoding="utf-8", newline="") as lines:
        kept = (line for line in lines if not line.startswith("#"))
        rows = csv.DictReader(kept, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Question(**row) for row in rows]


def days(word: str) -> tuple[date, date] | None:
    """The first and the last day that a word of the file means on `NOW`'s day, a Tuesday."""
    sunday = TODAY + timedelta(days=7 - TODAY.isoweekday())
    ranges = {
        "week": (TODAY, sunday),
        "next_week": (sunday + timedelta(days=1), sunday + timedelta(days=7)),
        "weekend": (sunday - timedelta(days=1), sunday),
    }
    if not word:
        return None
    if word in ranges:
        return ranges[word]
    if "/" in word:
        day, month = map(int, word.split("/"))
        only = date(TODAY.year, month, day)
    elif word in WEEKDAYS:
        only = TODAY + timedelta(days=(WEEKDAYS.index(word) + 1 - TODAY.isoweekday()) % 7)
    else:
        only = TODAY + timedelta(days=("today", "tomorrow", "after").index(word))
    return only, only


def tells(text: str, visit: Visit) -> bool:
    """Whether place, day and hour of a visit stand in the text, in whichever script."""
    place = any(name in text for name in ORACLE.names(visit.place))
    runs = visit.on == TODAY and visit.starts <= NOW.time() < visit.ends
    hour = visit.ends if runs else visit.starts
    day = runs or re.search(rf"(?<!\d){visit.on.day}(?!\d)", text)
    return bool(place and day and f"{hour.hour}:{hour.minute:02d}" in text)


def is_right(question: Question, reply: Reply) -> bool:
    text = texts_of(reply)
    if reply.handover is not None or len(reply.messages) != 1:
        return False
    asked = days(question.day)
    if question.kind == "ask":
        return text in {say(language, "ask_place") for language in Language}
    if question.places.startswith("province:"):
        province = question.places.removeprefix("province:")
        first, last = asked or (TODAY, None)
        visits = ORACLE.in_province(province, first, last)
        if not visits:  # a breakdown took them all: that day is named, and no hour
            return bool(re.search(rf"(?<!\d){first.day}(?!\d)", text)) and not re.search(r"\d:\d\d", text)
        return all(tells(text, visit) for visit in visits[:LISTED])
    if question.kind == "nearest":
        return tells(text, ORACLE.nearest(question.places))
    return _visit_is_right(question, text, asked)


def _visit_is_right(question: Question, text: str, asked: tuple[date, date] | None) -> bool:
    first, last = asked or (TODAY, None)
    coming = ORACLE.at(question.places.split("|"), first)
    if last is not None and last > first:
        within = [visit for visit in coming if visit.on <= last]
        if within:
            return all(tells(text, visit) or visit.cancelled for visit in within)
    following = next(visit for visit in coming if not visit.cancelled)
    if not tells(text, following):
        return False
    # A day asked about in vain is told so, with its date.
    if asked is not None and first == last and following.on != first:
        return bool(re.search(rf"(?<!\d){first.day}(?!\d)", text))
    return True


def test_the_file_is_what_it_claims() -> None:
    asked = questions()
    assert len(asked) >= 200
    assert len({question.text for question in asked}) == len(asked)
    assert {question.language for question in asked} == {"ary-Arab", "ary-Latn", "ar", "fr", "en", "mix"}


def test_the_oracle_knows_what_the_readme_promises() -> None:
    """Khemis Zemamra on Thursday from 9:00 to 13:00; the breakdown, the flooded road and the holiday."""
    (visit, *_) = ORACLE.at(["zemamra"], TODAY)
    assert (visit.place, visit.on, visit.starts.hour) == ("souk-khemis-zemamra", date(2026, 11, 26), 9)
    assert ORACLE.at(["sidi-el-mekki"], TODAY)[0].cancelled
    assert ORACLE.at(["sidi-bettache"], TODAY)[0].starts.hour == 11
    assert ORACLE.at(["souk-had-mzoura"], TODAY)[0].cancelled


async def test_two_hundred_questions(assistant: RasaAssistant, world: World) -> None:
    misses = []
    asked = questions()
    for question in asked:
        reply = await Customer(assistant, world).says(question.text)
        if not is_right(question, reply):
            misses.append(f"{question}\n    {reply.intent} {reply.confidence}: {texts_of(reply)!r}")
    right = 1 - len(misses) / len(asked)
    print(f"{len(asked)} questions, {right:.1%} right\n" + "\n".join(misses))
    assert right >= RIGHT, "\n".join(misses)
