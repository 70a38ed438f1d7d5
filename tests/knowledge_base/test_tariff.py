"""The tariff against published values and checked ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.billing.tariff import (
    LYDEC_ELECTRICITY,
    LYDEC_WATER_2014,
    ONEE_ELECTRICITY,
    TARIFFS,
    Tariff,
    amount_centimes,
    bill_lines,
    tariff_in_force,
)


@pytest.mark.parametrize(
    ("kwh", "dirhams"),
    [
        (0, "0"), (1, "0.90"), (100, "90.10"), (124, "115.86"), (150, "143.76"), (151, "162.05"),
        (210, "225.37"), (211, "246.36"), (310, "361.96"), (311, "429.71"), (510, "704.67"), (511, "815.45"),
    ],
)  # fmt: skip
def test_onee_energy(kwh: int, dirhams: str) -> None:
    assert amount_centimes(ONEE_ELECTRICITY, kwh) == Decimal(dirhams) * 100


@pytest.mark.parametrize(("kwh", "dirhams"), [(100, "95.76"), (150, "153.90"), (151, "175.58")])
def test_lydec_energy_fits_the_published_ceiling(kwh: int, dirhams: str) -> None:
    assert amount_centimes(LYDEC_ELECTRICITY, kwh) == Decimal(dirhams) * 100
    assert kwh > 150 or amount_centimes(LYDEC_ELECTRICITY, kwh) < 164_00


def test_water_is_progressive_throughout() -> None:
    assert amount_centimes(LYDEC_WATER_2014, 6) == 1794
    assert amount_centimes(LYDEC_WATER_2014, 30) == 288_64


def test_one_kilowatt_hour_too_many() -> None:
    """The cliff that explains most complaints about a jump."""
    jump = amount_centimes(ONEE_ELECTRICITY, 151) - amount_centimes(ONEE_ELECTRICITY, 150)
    assert jump == 18_29
    assert [(line.first_unit, line.last_unit) for line in bill_lines(ONEE_ELECTRICITY, 150)] == [
        (1, 100),
        (101, 150),
    ]
    assert [(line.first_unit, line.last_unit) for line in bill_lines(ONEE_ELECTRICITY, 151)] == [(1, 151)]


tariffs = st.sampled_from(TARIFFS)
units = st.integers(0, 3000)


@given(tariffs, units)
def test_lines_add_up_to_the_amount_and_the_consumption(tariff: Tariff, consumption: int) -> None:
    lines = bill_lines(tariff, consumption)
    assert sum(line.amount_centimes for line in lines) == amount_centimes(tariff, consumption)
    assert sum(line.quantity for line in lines) == consumption
    assert all(line.amount_centimes >= 0 for line in lines)


@given(tariffs, units)
def test_more_consumption_never_costs_less(tariff: Tariff, consumption: int) -> None:
    assert amount_centimes(tariff, consumption + 1) > amount_centimes(tariff, consumption)


@pytest.mark.parametrize("calculate", [amount_centimes, bill_lines])
def test_a_negative_consumption_is_refused(calculate: object) -> None:
    with pytest.raises(ValueError, match="cannot be negative: -1"):
        calculate(ONEE_ELECTRICITY, -1)  # type: ignore[operator]


def test_only_prices_in_force_are_quoted() -> None:
    today = date(2026, 11, 23)
    assert tariff_in_force("onee", "electricity", today) == ONEE_ELECTRICITY
    assert tariff_in_force("onee", "electricity", date(2016, 12, 31)) is None
    assert tariff_in_force("lydec", "water", today) is None
