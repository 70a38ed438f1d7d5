"""Whether a value is one of a field's: the rules alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.check_digit import check_digit
from ticketing.custom_fields import KINDS, CustomField, Option, Unfit, fitted, missing_to_solve, told

NAMES = {"ar": "س", "fr": "X", "en": "X"}
OPTIONS = (Option("house", NAMES), Option("flat", NAMES))


def field(kind: str, **values: Any) -> CustomField:
    return CustomField("key", "ticket", kind, NAMES, options=OPTIONS, **values)


FITS = [
    (field("text"), "  Rue 5 ", "Rue 5"),
    (field("text", minimum=Decimal(3), maximum=Decimal(5)), "abcde", "abcde"),
    (field("number"), 12.5, 12.5),
    (field("number", minimum=Decimal("0.5"), maximum=Decimal(3)), 0.5, 0.5),
    (field("date"), "2026-11-24", "2026-11-24"),
    (field("choice"), "flat", "flat"),
    (field("choices"), ["flat", "house", "flat"], ["house", "flat"]),
    (field("checkbox"), False, False),
    (field("phone"), "06 61 22 33 44", "+212661223344"),
    (field("phone"), "+33 1 42 68 53 00", "+33142685300"),
    (field("contract"), "5724", "5724"),
    (field("contract"), "٥٧-٢٤", "5724"),
]


@pytest.mark.parametrize(("kind", "value", "kept"), FITS)
def test_what_fits_is_kept_in_one_form(kind: CustomField, value: Any, kept: Any) -> None:
    assert fitted(kind, value) == kept


UNFIT = [
    (field("text"), 5, "not_text"),
    (field("text"), "   ", "required"),
    (field("text"), "x" * 2001, "too_long"),
    (field("text", minimum=Decimal(3)), "ab", "too_short"),
    (field("text", maximum=Decimal(3)), "abcd", "too_long"),
    (field("number"), "5", "not_number"),
    (field("number"), True, "not_number"),
    (field("number"), float("nan"), "not_number"),
    (field("number", minimum=Decimal(1)), 0, "too_small"),
    (field("number", maximum=Decimal(1)), 2, "too_large"),
    (field("date"), "2026-02-30", "not_date"),
    (field("date"), 20261124, "not_date"),
    (field("choice"), "tent", "not_option"),
    (field("choice"), ["flat"], "not_option"),
    (field("choices"), "flat", "not_option"),
    (field("choices"), ["flat", "tent"], "not_option"),
    (field("checkbox"), "yes", "not_yes_no"),
    (field("phone"), "12", "not_phone"),
    (field("contract"), "5723", "not_contract"),
    (field("contract"), "57x4", "not_contract"),
]


@pytest.mark.parametrize(("kind", "value", "why"), UNFIT)
def test_what_does_not_fit_is_refused_with_a_word(kind: CustomField, value: Any, why: str) -> None:
    with pytest.raises(Unfit, match=f"^{why}$"):
        fitted(kind, value)


@given(st.sampled_from(KINDS), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_no_value_at_all_is_more_than_refused(kind: str, value: Any) -> None:
    try:
        kept = fitted(field(kind), value)
    except Unfit:
        return
    assert fitted(field(kind), kept) == kept


@given(st.integers(1, 10**12))
def test_a_contract_with_one_wrong_digit_is_refused(number: int) -> None:
    right = f"{number}{check_digit(str(number))}"
    assert fitted(field("contract"), right) == right
    wrong = f"{number}{(check_digit(str(number)) + 1) % 10}"
    with pytest.raises(Unfit):
        fitted(field("contract"), wrong)


def test_only_what_is_asked_of_tickets_is_missing() -> None:
    needed = field("text", required_to_solve=True)
    gone = field("text", required_to_solve=True, archived=True)
    assert missing_to_solve([needed], {}) == ["key"]
    assert missing_to_solve([needed], {"key": "x"}) == []
    assert missing_to_solve([gone, field("text")], {}) == []


def test_an_event_tells_no_value_that_only_some_may_see() -> None:
    before, after = {"key": "a"}, {"key": "b"}
    assert told([field("text")], before, after) == {"key": {"from": "a", "to": "b"}}
    assert told([field("text", roles=("supervisor",))], before, after) == {"key": None}
