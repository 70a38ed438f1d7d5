"""Household tariffs as data, and the amount of a month's consumption.

Source: the progressive-then-selective structure in force since August 2014. Up to 150 kWh a month every
bracket has its own price; above, the *whole* consumption is charged at the price of the bracket it reaches,
with 10 kWh of tolerance on the upper limits. That is why one kWh more can cost 18 dirhams.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Bracket:
    """`upper` is the last unit of the bracket (kWh or m³ a month), None for the last bracket.

    `price` is in dirhams a unit, tax included. A selective bracket charges the whole consumption.
    """

    upper: int | None
    price: Decimal
    selective: bool = False


@dataclass(frozen=True, slots=True)
class Tariff:
    """The prices of one zone and service from `effective_from` on.

    `tolerance` units are granted on the upper limits of selective brackets. `is_current` is False where
    no price in force is public: such a tariff serves the demonstration and must not be quoted.
    """

    zone: str
    service: str
    effective_from: date
    brackets: tuple[Bracket, ...]
    tolerance: int = 0
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class BillLine:
    """Part of a consumption at one price, tax included."""

    first_unit: int
    last_unit: int
    price: Decimal
    amount_centimes: int

    @property
    def quantity(self) -> int:
        return self.last_unit - self.first_unit + 1


def amount_centimes(tariff: Tariff, consumption: int) -> int:
    """Return what a month's whole consumption costs, in centimes, tax included, without fixed charges."""
    return _centimes(sum((price * units for _, units, price in _portions(tariff, consumption)), Decimal(0)))


def bill_lines(tariff: Tariff, consumption: int) -> list[BillLine]:
    """Return the consumption cut into brackets. The lines add up to `amount_centimes` exactly.

    Raises:
        ValueError: the consumption is negative.
    """
    lines: list[BillLine] = []
    exact, billed = Decimal(0), 0
    for first, units, price in _portions(tariff, consumption):
        exact += price * units
        amount = _centimes(exact) - billed  # rounding the running total keeps the sum exact
        lines.append(BillLine(first, first + units - 1, price, amount))
        billed += amount
    return lines


@dataclass(frozen=True, slots=True)
class Step:
    """The limit that a consumption has passed: up to it another price held, beyond it *every* unit is dearer.

    `price` is what each unit costs now, in dirhams, tax included; `limit_centimes` what the limit itself
    would have cost.
    """

    limit: int
    price: Decimal
    limit_centimes: int


def step_passed(tariff: Tariff, consumption: int) -> Step | None:
    """Return the last limit below a consumption whose passing changed the price of every unit, or None."""
    passed: Step | None = None
    for lower, bracket in zip(tariff.brackets, tariff.brackets[1:], strict=False):
        limit = lower.upper
        assert limit is not None, "only the last bracket is open"
        limit += tariff.tolerance if lower.selective else 0
        if bracket.selective and consumption > limit:
            passed = Step(limit, bracket.price, amount_centimes(tariff, limit))
    return passed


def _portions(tariff: Tariff, consumption: int) -> Iterator[tuple[int, int, Decimal]]:
    """Yield (first unit, number of units, price) of each part that has a price of its own."""
    if consumption < 0:
        raise ValueError(f"A consumption cannot be negative: {consumption}.")
    reached = next(bracket for bracket in tariff.brackets if _reaches(tariff, bracket, consumption))
    if reached.selective:
        yield 1, consumption, reached.price
        return
    lower = 0
    for bracket in tariff.brackets:
        upper = consumption if bracket.upper is None else min(consumption, bracket.upper)
        if upper > lower:
            yield lower + 1, upper - lower, bracket.price
            lower = upper


def _reaches(tariff: Tariff, bracket: Bracket, consumption: int) -> bool:
    """Does the consumption end in this bracket (the first that is wide enough)?"""
    if bracket.upper is None:
        return True
    tolerance = tariff.tolerance if bracket.selective else 0
    return consumption <= bracket.upper + tolerance


def _centimes(dirhams: Decimal) -> int:
    return int((dirhams * 100).to_integral_value(ROUND_HALF_UP))


def _electricity(zone: str, effective_from: date, prices: tuple[str, ...], tax: str = "0") -> Tariff:
    """Build the six-bracket structure; `prices` are before `tax`."""
    uppers = (100, 150, 200, 300, 500, None)
    factor = 1 + Decimal(tax)
    return Tariff(
        zone,
        "electricity",
        effective_from,
        tuple(
            Bracket(upper, Decimal(price) * factor, selective=position >= 2)
            for position, (upper, price) in enumerate(zip(uppers, prices, strict=True))
        ),
        tolerance=10,
    )


# Tax included (h24info.ma, "75 % des clients payent moins de 100 DH par mois"); the upper brackets are
# general knowledge, to be confirmed by the company.
ONEE_ELECTRICITY = _electricity(
    "onee", date(2017, 1, 1), ("0.9010", "1.0732", "1.0732", "1.1676", "1.3817", "1.5958")
)
# Before tax from 1 January 2017 (telquel.ma), with the 14 % of that day. Later finance laws raised the tax
# and announced that the price with tax stays.
LYDEC_ELECTRICITY = _electricity(
    "lydec", date(2017, 1, 1), ("0.84", "1.02", "1.02", "1.11", "1.31", "1.51"), tax="0.14"
)
# 2014 and earlier (blog.lydec.ma). The prices since are not public: for the demonstration only.
LYDEC_WATER_2014 = Tariff(
    "lydec",
    "water",
    date(2010, 1, 1),
    (
        Bracket(6, Decimal("2.99")),
        Bracket(8, Decimal("3.15")),
        Bracket(20, Decimal("10.30")),
        Bracket(None, Decimal("14.08")),
    ),
    is_current=False,
)

TARIFFS = (ONEE_ELECTRICITY, LYDEC_ELECTRICITY, LYDEC_WATER_2014)


def tariff_in_force(zone: str, service: str, on: date) -> Tariff | None:
    """Return the tariff whose prices may be quoted for a day, or None where none is public."""
    candidates = [
        tariff
        for tariff in TARIFFS
        if tariff.is_current
        and (tariff.zone, tariff.service) == (zone, service)
        and tariff.effective_from <= on
    ]
    return max(candidates, key=lambda tariff: tariff.effective_from, default=None)
