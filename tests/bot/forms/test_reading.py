"""How single answers are read, without a dialogue."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.dialogue import Entity, Heard, State
from bot.contract import Language
from bot.forms.definitions import definitions, form
from bot.forms.matching import mentioned
from bot.forms.moments import days_named, since_words
from bot.forms.nearest import nearest_commune
from bot.forms.reading import read
from bot.texts import texts
from tests.bot.named import named_in
from tests.bot.world import NOW

FORMS = definitions()[1]
TODAY = date(2026, 11, 24)  # a Tuesday


def heard(text: str, intent: str = "nlu_fallback", **more: Any) -> Heard:
    return Heard(
        text=text,
        intent=intent,
        language=Language.FR,
        state=State(),
        conversation_id=UUID(int=1),
        identity_id=UUID(int=2),
        now=NOW,
        **{**named_in(text), **more},
    )


@pytest.mark.parametrize(
    ("text", "centimes"),
    [
        ("320 dh", "32000"),
        ("320,50 dhs", "32050"),
        ("1 250 dirhams", "125000"),
        ("٣٢٠ درهم", "32000"),
        ("6400 ريال", "32000"),
        ("6400 ryal", "32000"),
        ("320", "32000"),
        ("khlest 320 nhar 12/11", "32000"),
    ],
)
def test_amounts(text: str, centimes: str) -> None:
    told = read(form("payment_not_registered"), heard(text), ("paid_on", "amount"))
    assert told.facts["amount"] == centimes
    assert "contract" not in told.facts


def test_an_amount_entity_is_believed() -> None:
    spoken = heard("ألف ريال", entities=(Entity("amount", "5000", 0, 8),))
    assert read(form("payment_not_registered"), spoken, ()).facts["amount"] == "5000"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12/11/2026", date(2026, 11, 12)),
        ("le 12", date(2026, 11, 12)),
        ("le 30", date(2026, 10, 30)),
        ("12/12", date(2025, 12, 12)),
        ("hier", date(2026, 11, 23)),
        ("البارح", date(2026, 11, 23)),
        ("lbare7", date(2026, 11, 23)),
        ("aujourd'hui", TODAY),
    ],
)
def test_days(text: str, day: date) -> None:
    assert days_named(text, TODAY)[-1] == day


def test_impossible_days_are_no_days() -> None:
    assert days_named("32/13/2026 31/02/2026", TODAY) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pas d'eau depuis hier soir à Settat", "depuis hier soir"),
        ("الما مقطوع من الصباح", "من الصباح"),
        ("lma me9tou3 men lbare7", "men lbare7"),
        ("no water since yesterday morning", "since yesterday morning"),
        ("منذ ثلاثة أيام", "منذ ثلاثة أيام"),
        ("ça fait 3 jours que c'est coupé", "fait 3 jours"),
        ("je viens de Settat", None),
        ("أنا من زمامرة", None),
    ],
)
def test_since(text: str, words: str | None) -> None:
    assert since_words(text) == words


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("33070914", "33070914"),
        ("العقد ديالي هو 33070914", "33070914"),
        ("3307 0914", "33070914"),
        ("contrat P-118890", "P-118890"),
        ("contrat 33070914, 0661234567", "33070914"),
    ],
)
def test_contract_references(text: str, reference: str) -> None:
    told = read(form("payment_plan"), heard(text), ("contract",)).facts
    assert told["contract"].replace("p-", "P-") == reference


def test_a_telephone_is_no_contract() -> None:
    told = read(form("new_subscription"), heard("0661234567"), ("phone",)).facts
    assert told == {"phone": "+212661234567"}
    told = read(form("payment_plan"), heard("appelez le 06 61 23 45 67"), ()).facts
    assert told == {"phone": "+212661234567"}


def test_a_meter_reading_of_a_first_message() -> None:
    told = read(form("meter_reading"), heard("index dyali howa 5541", "meter_reading"), ()).facts
    assert told["index"] == "5541"
    assert "contract" not in told


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("la rue est inondée", "flooded"),
        ("fuite dans la rue", "street"),
        ("الكونتور كيسيل", "before_meter"),
        ("b3d lcompteur", "after_meter"),
        ("fuite près de chez moi, rue Al Qods", None),
    ],
)
def test_where_a_leak_is(text: str, option: str | None) -> None:
    assert read(form("leak"), heard(text), ()).facts.get("leak_where") == option


def test_a_street_in_an_address_answers_only_the_question() -> None:
    assert read(form("leak"), heard("la rue"), ("leak_where",)).facts["leak_where"] == "street"


def test_longer_phrases_win_over_shorter_ones() -> None:
    told = read(form("reconnect_after_cutoff"), heard("pas encore payé"), ("cut_reason",))
    assert told.leads_to == "payment_channels"
    told = read(form("reconnect_after_cutoff"), heard("toujours payé"), ("cut_reason",))
    assert told.facts["cut_reason"] == "never_unpaid"


def test_words_are_found_through_articles_and_joined_particles() -> None:
    assert mentioned("فالجيران كاملين", ("الجيران",)) is not None
    assert mentioned("lvoisins", ("voisin*",)) is not None
    assert mentioned("voisinage", ("voisin",)) is None


def test_every_question_and_option_has_its_words() -> None:
    fields, forms = definitions()
    for language in Language:
        said = texts(language)
        for each in forms.values():
            assert f"subject_{each.name}" in said
            for question in each.questions:
                for name in question.fields:
                    assert f"form_ask_{name}" in said
        for each_field in fields.values():
            for option in each_field.options:
                assert f"option_{each_field.name}_{option.name}" in said


def test_no_form_asks_more_choices_than_a_list_holds() -> None:
    assert max(len(each.options) for each in definitions()[0].values()) <= 10


def test_positions() -> None:
    near = nearest_commune(32.63, -8.71)
    assert near is not None
    assert near.id == "zemamra"
    assert nearest_commune(48.85, 2.35) is None


@given(st.text(max_size=200), st.sampled_from(sorted(FORMS)), st.data())
def test_whatever_is_written_is_read_without_failing(text: str, name: str, data: st.DataObject) -> None:
    wanted = form(name)
    asking = data.draw(st.sampled_from([(), *(question.fields for question in wanted.questions)]))
    told = read(wanted, heard(text), asking)
    assert set(told.facts) <= set(wanted.field_names())
    assert all(isinstance(value, str) and value for value in told.facts.values())
