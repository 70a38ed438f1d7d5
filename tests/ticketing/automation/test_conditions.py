"""Conditions mean the same asked of a value and of the database."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ticketing.automation.conditions import Conditions
from ticketing.automation.finding import matching_tickets
from ticketing.automation.rules import TRIGGER
from ticketing.automation.subject import load_subjects, matches
from ticketing.calendar import Hours, Timetable
from ticketing.desk import utc_now

TAGS = ("a", "b", "c")
WORDS = ("Coupure d'eau à Zemamra", "قطع الماء فالدار", "kheddama l'électricité?", "bureau")
ASKED = ("eau", "électricité", "EAU", "الماء", "ماء", "bureau", "d'eau", "zemamra")

leaf = st.one_of(
    st.fixed_dictionaries(
        {
            "field": st.just("status"),
            "is": st.sampled_from(["in", "not_in"]),
            "value": st.lists(st.sampled_from(["new", "open", "pending", None]), min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(
                ["category", "assignee", "team", "handover_reason", "language", "owner"]
            ),
            "is": st.sampled_from(["in", "not_in"]),
            "value": st.lists(st.sampled_from(["W2", "E1", "fr", "agents", "asked", None]), min_size=1),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["priority"]),
            "is": st.sampled_from(["in", "not_in"]),
            "value": st.lists(st.integers(1, 4), min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.just("channel"),
            "is": st.sampled_from(["in", "not_in"]),
            "value": st.lists(st.sampled_from(["whatsapp", "loopback", None]), min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["tags", "contact_tags"]),
            "is": st.sampled_from(["any", "all", "none"]),
            "value": st.lists(st.sampled_from(TAGS), min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["field", "contact_field"]),
            "key": st.sampled_from(["k", "other"]),
            "is": st.sampled_from(["equals", "differs", "filled", "empty"]),
            "value": st.sampled_from(["x", 1, 1.0, True, False, None, ""]),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.just("text"),
            "is": st.sampled_from(["contains_any", "contains_all", "contains_none"]),
            "value": st.lists(st.sampled_from(ASKED), min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.just("hours"),
            "is": st.just("in"),
            "value": st.lists(st.sampled_from(["open", "closed"]), min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.just("waiting_minutes"),
            "is": st.sampled_from(["at_least", "less_than"]),
            "value": st.sampled_from([0, 1, 59, 60, 61]),
        }
    ),
)
group = st.one_of(
    st.fixed_dictionaries({"all": st.lists(leaf, max_size=3)}),
    st.fixed_dictionaries({"any": st.lists(leaf, max_size=3)}),
)
conditions = st.one_of(
    group,
    st.fixed_dictionaries({"all": st.lists(st.one_of(leaf, group), max_size=3)}),
    st.fixed_dictionaries({"any": st.lists(st.one_of(leaf, group), max_size=3)}),
)
FIELDS: list[Any] = [
    {},
    {"k": "x"},
    {"k": 1},
    {"k": True},
    {"k": ["x", "y"]},
    {"k": ""},
    {"k": None},
    {"k": []},
]
NEVER = Timetable(Hours(utc_now().tzinfo, ((),) * 7), {})  # type: ignore[arg-type]


async def _desk(rules: Any) -> list[Any]:
    """Tickets of many kinds."""
    made = []
    for number in range(24):
        fields = FIELDS[number % len(FIELDS)]
        ticket_id = await rules.ticket(
            f"2126000001{number:02}",
            WORDS[number % 4],
            status=("new", "open", "pending")[number % 3],
            category=("W2", None, "E1")[number % 3],
            priority=1 + number % 4,
            assignee_id=rules.world.agents["Salma"] if number % 2 else None,
            team_id=rules.world.teams["technical"] if number % 5 else None,
            tags=list(TAGS[: number % 4]),
            fields=json.dumps(fields),
            handover=json.dumps({"reason": "asked"}) if number % 2 else None,
        )
        await rules.world.execute(
            "UPDATE tickets SET waiting_since = CASE WHEN :n % 3 = 0 THEN NULL"
            " ELSE now() - make_interval(mins => :n * 10) END WHERE id = :id",
            id=ticket_id,
            n=number,
        )
        await rules.world.execute(
            "UPDATE contacts SET tags = :tags, fields = CAST(:fields AS jsonb) WHERE id ="
            " (SELECT contact_id FROM tickets WHERE id = :id)",
            id=ticket_id,
            tags=list(TAGS[number % 3 :]),
            fields=json.dumps(FIELDS[(number + 3) % len(FIELDS)]),
        )
        made.append(ticket_id)
    await rules.world.execute("UPDATE conversations SET language = 'fr' WHERE last_position % 2 = 1")
    return made


async def test_the_database_finds_what_the_rule_finds(rules: Any) -> None:
    tickets = await _desk(rules)
    now = utc_now()
    trigger = TRIGGER.validate_python({"kind": "event", "event": "customer.wrote"})
    asked: list[Conditions] = []

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(conditions)
    def collect(one: dict[str, Any]) -> None:
        asked.append(Conditions.model_validate(one))

    collect()
    found_some = found_none = 0
    for timetable in (rules.services.timetable, NEVER):
        async with rules.world.desk.reading() as connection:
            subjects = await load_subjects(connection, [(one, None) for one in tickets], timetable, now)
            assert len(subjects) == len(tickets)
            for one in asked:
                found = await matching_tickets(connection, trigger, one, timetable, now, restricted=True)
                expected = {subject.ticket_id for subject in subjects if matches(subject, one)}
                assert {each.ticket_id for each in found} == expected, one
                found_some += bool(expected)
                found_none += not expected
    assert found_some > 20
    assert found_none > 20


@pytest.mark.parametrize(
    ("said", "asked", "holds"),
    [
        ("Coupure d'eau", "eau", True),
        ("Le bureau est fermé", "eau", False),  # a Latin word begins a word
        ("Électricité coupée", "electricite", True),
        ("والماء مقطوع", "الماء", True),  # an Arabic one may have something before it
        ("فاتورة", "فاتوره", True),
        ("أين الوكالة", "اين", True),
    ],
)
async def test_words_meet_in_any_spelling(rules: Any, said: str, asked: str, holds: bool) -> None:
    ticket_id = await rules.ticket(words=said)
    condition = Conditions.model_validate(
        {"all": [{"field": "text", "is": "contains_any", "value": [asked]}]}
    )
    async with rules.world.desk.reading() as connection:
        (subject,) = await load_subjects(
            connection, [(ticket_id, None)], rules.services.timetable, utc_now() + timedelta(minutes=1)
        )
    assert matches(subject, condition) is holds


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"all": [], "any": []},
        {"all": [{"field": "nothing", "is": "in", "value": ["x"]}]},
        {"all": [{"field": "status", "is": "any", "value": ["x"]}]},
        {"all": [{"field": "tags", "is": "any", "value": []}]},
        {"all": [{"all": [{"all": [{"all": []}]}]}]},
        {"all": [{"any": [{"field": "owner", "is": "in", "value": ["agents"]}] * 16}] * 2},
    ],
)
def test_conditions_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Conditions.model_validate(wrong)
