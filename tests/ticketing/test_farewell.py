"""What a customer is told when people take over: by when, in which place, and when somebody is back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest

from bot.contract import HandoverReason, Language
from channels.envelope import Content
from config.hours import read_hours
from knowledge_base.time_zones import pinned_zone
from ticketing.calendar import Timetable
from ticketing.categories import Category, Target
from ticketing.handover import Passing, farewell
from ticketing.promises import Outlook, Queue, promise
from ticketing.texts import content

ZONE = pinned_zone("Africa/Casablanca")
HOURS = read_hours(Path(__file__).parents[2] / "config" / "hours.yaml").timetable(ZONE)
MONDAY_MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
FRIDAY_NIGHT = datetime(2026, 11, 20, 23, 50, tzinfo=ZONE)


def hours(number: int, clock: str = "open_hours") -> Target:
    return Target(timedelta(hours=number), clock)


def days(number: int, clock: str = "working_days") -> Target:
    return Target(timedelta(days=number), clock)


LEAK = Category("W2", {}, 2, "technical", hours(1), hours(24), hours(48), visit=True)
BILL = Category("B1", {}, 3, "billing", days(1), days(5), days(10), legal_days=60)
PAYMENT = Category("B2", {}, 3, "billing", hours(4), days(1), days(3), legal_days=60)
BURST = Category("W1", {}, 1, "technical", hours(1, "always"), hours(1, "always"), visit=True)
SUBSCRIPTION = Category(
    "C1", {}, 4, "customers", None, days(5), days(30, "calendar_days"), 60, receipt=True, visit=True
)


def outlook(category: Category | None, at: datetime, team: str = "billing", **more: object) -> Outlook:
    team = team if category is None or category.team is None else category.team
    made = Outlook("100014", at, category, promise(category, at, HOURS, team), team, filed=True)
    return replace(made, **more)  # type: ignore[arg-type]


def told(
    language: Language,
    category: Category | None,
    at: datetime,
    *,
    reason: HandoverReason = HandoverReason.NEEDS_PERSON,
    timetable: Timetable = HOURS,
    **more: object,
) -> str:
    (bubble,) = farewell(
        Passing(reason, language), outlook(category, at, **more), (Content(text="D'accord."),), timetable
    )
    return bubble.text


def test_by_day_and_by_hour_in_one_bubble() -> None:
    assert told(Language.FR, LEAK, MONDAY_MORNING) == (
        "D'accord.\nVotre numéro de demande : 100014\nPremière réponse avant 11:00 aujourd'hui."
        " Intervention sur place avant 10:00 demain mardi 24 novembre."
    )
    assert told(Language.FR, BILL, MONDAY_MORNING).endswith(
        "Première réponse au plus tard demain mardi 24 novembre. Solution au plus tard le lundi 7 décembre."
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.AR, "سنجيبكم قبل 11:00 اليوم. التدخل في عين المكان قبل 10:00 غدا الثلاثاء 24 نونبر."),
        (
            Language.ARY,
            "غادي نجاوبوكم قبل 11:00 اليوم. الفريق غادي يكون فعين المكان قبل 10:00 غدا الثلاثاء 24 نونبر.",
        ),
        (
            Language.ARY_LATN,
            "9bel 11:00 lyoum. L'équipe ghadi tkoun f blassa 9bel 10:00 ghda tlat 24 nowanbir.",
        ),
        (Language.EN, "First answer before 11:00 today. On site before 10:00 tomorrow, Tuesday 24 November."),
    ],
)
def test_every_language(language: Language, said: str) -> None:
    assert told(language, LEAK, MONDAY_MORNING).endswith(said)


def test_late_at_night_the_office_is_closed_until_monday() -> None:
    assert told(Language.FR, PAYMENT, FRIDAY_NIGHT).split("\n")[2] == (
        "Première réponse avant 12:30 le lundi 23 novembre."
        " Solution au plus tard le mercredi 25 novembre."
        " Notre équipe reprend le lundi 23 novembre à 08:30."
        " En cas de danger, écrivez-le : les urgences sont traitées jour et nuit."
    )


def test_nobody_promises_day_and_night_where_it_is_not_so() -> None:
    by_day = replace(HOURS, emergencies=False)
    assert "jour et nuit" not in told(Language.FR, PAYMENT, FRIDAY_NIGHT, timetable=by_day)


def test_what_is_urgent_is_never_closed() -> None:
    closed = replace(HOURS, teams={})
    said = told(Language.FR, BURST, FRIDAY_NIGHT, timetable=closed)
    assert "reprend" not in said
    assert "Intervention sur place avant 00:50 demain samedi 21 novembre." in said


def test_the_queue_is_told_only_while_somebody_is_there() -> None:
    assert "Personnes avant vous : 2." in told(Language.FR, BILL, MONDAY_MORNING, queue=Queue(2, 1))
    assert "Vous êtes le prochain." in told(Language.FR, BILL, MONDAY_MORNING, queue=Queue(0, 3))
    for said in (
        told(Language.FR, BILL, MONDAY_MORNING, queue=Queue(2, 0)),
        told(Language.FR, BILL, FRIDAY_NIGHT, queue=Queue(2, 1)),
        told(Language.FR, BILL, MONDAY_MORNING),
    ):
        assert "avant vous" not in said
        assert "prochain" not in said


def test_a_subscription_gets_its_receipt() -> None:
    """Law 55-19: a dated receipt, and 60 days at most."""
    assert told(Language.FR, SUBSCRIPTION, MONDAY_MORNING).split("\n")[2] == (
        "Récépissé : demande déposée le 23 novembre 2026."
        " Visite technique au plus tard le lundi 30 novembre."
        " Réponse définitive au plus tard le mercredi 23 décembre."
        " Délai légal maximal : 22 janvier 2027."
    )
    late = told(Language.AR, SUBSCRIPTION, FRIDAY_NIGHT)
    assert "وصل: أودع طلبكم بتاريخ 20 نونبر 2026." in late


def test_a_question_about_subscriptions_is_no_request() -> None:
    said = told(Language.FR, SUBSCRIPTION, MONDAY_MORNING, filed=False)
    assert said == "D'accord.\nVotre numéro de demande : 100014"


def test_without_a_category_no_time_is_promised() -> None:
    asked = HandoverReason.ASKED
    assert (
        told(Language.FR, None, MONDAY_MORNING, reason=asked) == "D'accord.\nVotre numéro de demande : 100014"
    )
    assert (
        told(Language.FR, None, FRIDAY_NIGHT, reason=asked).split("\n")[2].startswith("Notre équipe reprend")
    )


def test_the_text_about_danger_stands_alone() -> None:
    said = told(Language.FR, BURST, MONDAY_MORNING, reason=HandoverReason.DANGER, queue=Queue(1, 1))
    assert said == "D'accord.\nVotre numéro de demande : 100014"


def test_a_promise_is_kept_to_the_minute_and_never_earlier() -> None:
    at = MONDAY_MORNING + timedelta(seconds=20)
    made = promise(LEAK, at, HOURS, "technical")
    assert made.first_answer_by == MONDAY_MORNING + timedelta(hours=1, minutes=1)
    assert promise(BURST, at, HOURS, None).resolve_by is None


def placeholders(language: Language) -> dict[str, frozenset[str | None]]:
    return {
        key: frozenset(field for _, field, _, _ in Formatter().parse(text) if field)
        for key, text in content(language).items()
        if isinstance(text, str)
    }


@pytest.mark.parametrize("language", Language)
def test_every_language_says_the_same(language: Language) -> None:
    assert placeholders(language) == placeholders(Language.FR)
    assert len(content(language)["weekdays"]) == 7
    assert len(content(language)["months"]) == 12
