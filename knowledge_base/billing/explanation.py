"""Why a bill is what it is: against the bill before, the same month a year ago, and the tariff. Pure.

Every amount is the record's own, or computed from a tariff that may be quoted; where the record and the
tariff disagree, or the lines do not make the amount, nothing is explained: that is for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from knowledge_base.billing.bills import ARREARS, CONSUMPTION, LINE_KINDS, REGULARISATION, Bill
from knowledge_base.billing.tariff import Step, amount_centimes, step_passed, tariff_in_force

CHARGES = LINE_KINDS - {CONSUMPTION, ARREARS, REGULARISATION}
_NOTABLE_DAYS = 2  # months differ by this much among themselves, February aside
_SAME_BILLS = 13  # the newest ones that are enough to find the same month of last year


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What a reading caught up on: the `months` before were estimated at `estimated` units together.

    `average` is what a month comes to, this one included, rounded to a unit.
    """

    months: int
    estimated: int
    average: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """What makes a bill differ from the one `before`; amounts in centimes, a year-old bill in `year_ago`.

    `difference` is the whole; `consumption`, `charges`, `regularisation` and `arrears` are its parts and add
    up to it. All five are None where there is no bill before. `carried` is what the bill holds of older
    ones. `step` is set where this bill passed a limit that the one before had not.
    """

    bill: Bill
    before: Bill | None = None
    year_ago: Bill | None = None
    difference: int | None = None
    consumption: int | None = None
    charges: int | None = None
    regularisation: int | None = None
    arrears: int | None = None
    carried: int = 0
    step: Step | None = None
    step_extra: int = 0
    catch_up: CatchUp | None = None
    days_before: int | None = field(default=None)  # only where the difference tells

    @property
    def is_higher(self) -> bool:
        return self.difference is None or self.difference > 0


def explain(bills: Sequence[Bill], zone: str, service: str, period: date | None = None) -> Explanation | None:
    """Explain the newest of a contract's bills, or the one of `period` (the first day of its month).

    `bills` are newest first. None where there is no such bill, or where it is not what the tariff or its own
    lines say.
    """
    ordered = sorted(bills, key=lambda bill: bill.period, reverse=True)
    chosen = next((bill for bill in ordered if period in (None, bill.period)), None)
    if chosen is None or not is_as_charged(chosen, zone, service):
        return None
    older = [bill for bill in ordered if bill.period < chosen.period]
    before = older[0] if older and older[0].adds_up else None
    a_year = chosen.period.replace(year=chosen.period.year - 1)
    year_ago = next((bill for bill in older[:_SAME_BILLS] if bill.period == a_year), None)
    step = _step(chosen, before, zone, service)
    return Explanation(
        bill=chosen,
        before=before,
        year_ago=None if year_ago is before else year_ago,
        difference=_change(chosen, before, *LINE_KINDS),
        consumption=_change(chosen, before, CONSUMPTION),
        charges=_change(chosen, before, *CHARGES),
        regularisation=_change(chosen, before, REGULARISATION),
        arrears=_change(chosen, before, ARREARS),
        carried=chosen.sum_of(ARREARS),
        step=step,
        step_extra=0 if step is None else chosen.sum_of(CONSUMPTION) - step.limit_centimes,
        catch_up=_catch_up(chosen, older),
        days_before=_days_that_tell(chosen, before),
    )


def is_as_charged(bill: Bill, zone: str, service: str) -> bool:
    """Tell whether the lines make the amount, and the consumption costs what the tariff in force says.

    Where no tariff may be quoted the lines alone count.
    """
    if not bill.adds_up:
        return False
    tariff = tariff_in_force(zone, service, bill.period)
    return tariff is None or bill.sum_of(CONSUMPTION) == amount_centimes(tariff, bill.consumption)


def _change(bill: Bill, before: Bill | None, *kinds: str) -> int | None:
    return None if before is None else bill.sum_of(*kinds) - before.sum_of(*kinds)


def _step(bill: Bill, before: Bill | None, zone: str, service: str) -> Step | None:
    tariff = tariff_in_force(zone, service, bill.period)
    step = None if tariff is None else step_passed(tariff, bill.consumption)
    if step is None or (before is not None and before.consumption > step.limit):
        return None
    return step


def _catch_up(bill: Bill, older: Sequence[Bill]) -> CatchUp | None:
    """A meter that was read at last settles what the estimates before had wrong."""
    if bill.reading in (None, "estimated"):
        return None
    estimated: list[Bill] = []
    for each in older:
        if each.reading != "estimated":
            break
        estimated.append(each)
    if not estimated:
        return None
    units = sum(each.consumption for each in estimated)
    months = len(estimated) + 1
    return CatchUp(len(estimated), units, (2 * (units + bill.consumption) + months) // (2 * months))


def _days_that_tell(bill: Bill, before: Bill | None) -> int | None:
    """Return the days of the bill before where this one counts notably more."""
    if before is None or bill.days is None or before.days is None:
        return None
    return before.days if bill.days - before.days > _NOTABLE_DAYS else None
