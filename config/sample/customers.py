"""Contracts, bills and payments: the named customers of the documentation, and some thousands around."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id
from knowledge_base.billing.bills import ARREARS, CONSUMPTION, REGULARISATION
from knowledge_base.billing.contracts import lookup_key
from knowledge_base.billing.tables import bills, contract_aliases, contracts, payments
from knowledge_base.billing.tariff import (
    LYDEC_ELECTRICITY,
    LYDEC_WATER_2014,
    ONEE_ELECTRICITY,
    Tariff,
    bill_lines,
)
from knowledge_base.network.places import Place, load_places

GENERATED_CONTRACTS = 3000
MONTHS_OF_BILLS = 6  # of the generated customers
MONTHS_OF_NAMED = 13  # of the others: the same month of last year is there to compare with

_SEED = 20241001
_LYDEC_PROVINCES = {"Casablanca", "Mohammedia", "Médiouna", "Nouaceur"}
# (method, place); "commune" stands for the contract's own.
_WAYS_TO_PAY = (
    ("agency", "commune"),
    ("mobile_agency", "commune"),
    ("partner", "Wafacash"),
    ("partner", "Cash Plus"),
    ("bank", None),
    ("fatourati", None),
)
_FORMER_ISSUERS = {"El Jadida": "radeej", "Settat": "radeec", "Berrechid": "radeec"}


@dataclass(frozen=True, slots=True, eq=False)
class _Customer:
    """One contract and how it is used: `consumption` newest month first, `unpaid` of the newest bills.

    `months` of bills are written. `estimated` are the ages (0 the newest) of bills without a reading, `days`
    from reading to reading where a month does not tell, newest first. `charges` are centimes a month by kind
    of line, `regularisation` centimes on the newest bill. `carries` tells whether the newest bill holds the
    unpaid one before as arrears.
    """

    reference: str
    phone: str | None
    holder: str
    service: str
    commune: Place
    consumption: tuple[int, ...]
    unpaid: int
    status: str
    former: tuple[tuple[str, str], ...]
    months: int = MONTHS_OF_BILLS
    estimated: frozenset[int] = frozenset()
    days: tuple[int, ...] = ()
    charges: Mapping[str, int] = field(default_factory=dict)
    regularisation: int = 0
    carries: bool = False

    @property
    def id(self) -> UUID:
        return sample_id("contract", self.reference)

    @property
    def zone(self) -> str:
        return "lydec" if self.commune.province_fr in _LYDEC_PROVINCES else "onee"

    @property
    def tariff(self) -> Tariff:
        if self.service == "water":
            return LYDEC_WATER_2014
        return LYDEC_ELECTRICITY if self.zone == "lydec" else ONEE_ELECTRICITY


async def load_customers(
    connection: AsyncConnection, today: date, generated: int = GENERATED_CONTRACTS
) -> None:
    """Write contracts in place, and their bills and payments of the last months anew.

    `generated` contracts stand around those that the documentation names.
    """
    communes = {place.id: place for place in load_places() if place.kind == "commune"}
    data = read("contracts.yaml")
    named = [_named(entry, communes) for entry in data["contracts"]]
    customers = [*named, *_generated(communes, data["generated"], generated)]
    rows = [_contract(customer) for customer in customers]
    statement = insert(contracts)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), rows)
    for table in (payments, bills, contract_aliases):
        await connection.execute(delete(table).where(table.c.is_demo))
    await connection.execute(insert(contract_aliases), [row for c in customers for row in _aliases(c)])
    billed = {customer: list(_bills(customer, today)) for customer in customers}
    await connection.execute(insert(bills), [row for rows_of_one in billed.values() for row in rows_of_one])
    await connection.execute(insert(payments), [row for c in customers for row in _payments(c, billed[c])])


async def remove_customers(connection: AsyncConnection) -> None:
    """Delete the demonstration's contracts, with their bills, aliases and verifications."""
    await connection.execute(delete(contracts).where(contracts.c.is_demo))


def _named(entry: Mapping[str, Any], communes: Mapping[str, Place]) -> _Customer:
    return _Customer(
        reference=entry["reference"],
        phone=entry["phone"],
        holder=entry["holder"],
        service=entry["service"],
        commune=communes[entry["commune"]],
        consumption=tuple(entry["consumption"]),
        unpaid=entry["unpaid"],
        status=entry.get("status", "active"),
        former=tuple(entry.get("former", {}).items()),
        months=MONTHS_OF_NAMED,
        estimated=frozenset(entry.get("estimated", ())),
        days=tuple(entry.get("days", ())),
        charges=entry.get("charges", {}),
        regularisation=entry.get("regularisation", 0),
        carries=entry.get("carries", False),
    )


def _generated(communes: Mapping[str, Place], data: Mapping[str, Any], count: int) -> Iterator[_Customer]:
    random = Random(_SEED)  # noqa: S311  # the same customers every time
    listed = list(communes.values())
    weights = [data["weights"].get(place.id, 1) for place in listed]
    first_names, last_names = data["first_names"].split(), data["last_names"].split()
    phone, holder = "", ""
    for number in range(count):
        # Looks arbitrary, repeats only after sixty million, and stays above the named customers' references.
        reference = str(40_000_000 + (number * 7_368_787) % 59_999_999)
        if number % 4 != 1 or not phone:  # every fourth contract is a second one of the customer before
            phone = f"+2126{70_000_000 + number * 37:08d}"
            holder = f"{random.choice(first_names)} {random.choice(last_names)}"
        commune = random.choices(listed, weights)[0]
        service = "water" if random.random() < 0.4 else "electricity"
        typical = random.lognormvariate(2.2, 0.5) if service == "water" else random.lognormvariate(4.75, 0.5)
        phone_given = None if random.random() < 0.05 else phone
        consumption = tuple(round(typical * random.uniform(0.75, 1.3)) for _ in range(MONTHS_OF_BILLS))
        unpaid = random.choices((0, 1, 2, 3), (60, 30, 7, 3))[0]
        former = _former(reference, commune, random)
        estimated = frozenset((1, 2)) if number % 29 == 7 else frozenset[int]()
        yield _Customer(
            reference=reference,
            phone=phone_given,
            holder=holder,
            service=service,
            commune=commune,
            consumption=_caught_up(consumption) if estimated else consumption,
            unpaid=unpaid,
            status="active",
            former=former,
            estimated=estimated,
            carries=unpaid > 1 and number % 2 == 0,
        )


def _caught_up(consumption: Sequence[int]) -> tuple[int, ...]:
    """The two bills before the newest were estimated at half; the newest holds what they left out."""
    newest, second, third, *rest = consumption
    return (newest + second - second // 2 + third - third // 2, second // 2, third // 2, *rest)


def _former(reference: str, commune: Place, random: Random) -> tuple[tuple[str, str], ...]:
    """Half of the contracts came from a former operator, with its own kind of reference."""
    if random.random() < 0.5:
        return ()
    if commune.province_fr in _LYDEC_PROVINCES:
        return (("lydec", reference[1:]),)
    issuer = _FORMER_ISSUERS.get(commune.province_fr, "onee")
    return ((issuer, f"0{reference[:4]}-{reference[4:]}{'' if issuer == 'onee' else issuer[-1].upper()}"),)


def _contract(customer: _Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "reference": customer.reference,
        "lookup_key": lookup_key(customer.reference),
        "issuer": "srm-cs",
        "service": customer.service,
        "holder_name": customer.holder,
        "registered_phone": customer.phone,
        "commune_id": customer.commune.id,
        "zone": customer.zone,
        "meter_number": f"{'W' if customer.service == 'water' else 'E'}{customer.reference[::-1]}",
        "status": customer.status,
        "is_demo": True,
    }


def _aliases(customer: _Customer) -> Iterator[dict[str, Any]]:
    for issuer, reference in customer.former:
        yield {
            "contract_id": customer.id,
            "issuer": issuer,
            "reference": reference,
            "lookup_key": lookup_key(reference),
            "is_demo": True,
        }


def _bills(customer: _Customer, today: date) -> Iterator[dict[str, Any]]:
    """Yield the newest bills: a month is billed on the 5th of the next and due on the 25th."""
    consumptions = [_at(customer.consumption, age) for age in range(customer.months)]
    index = customer.id.int % 9_000 + 400 + sum(consumptions)
    arrears = _arrears(customer, consumptions)
    for age, issued_on in enumerate(_issue_days(today, customer.months)):
        lines = _lines(customer, consumptions[age], age) + (arrears if age == 0 else [])
        period = (issued_on.replace(day=1) - timedelta(days=1)).replace(day=1)
        yield {
            "id": sample_id("bill", f"{customer.reference}/{issued_on}"),
            "contract_id": customer.id,
            "period": period,
            "issued_on": issued_on,
            "due_on": issued_on + timedelta(days=20),
            "amount_centimes": sum(line["amount_centimes"] for line in lines),
            "consumption": consumptions[age],
            "lines": lines,
            "paid_at": _paid_at(customer, age, issued_on, today),
            "days": customer.days[age]
            if age < len(customer.days)
            else (issued_on.replace(day=1) - period).days,
            "previous_index": index - consumptions[age],
            "new_index": index,
            "reading": "estimated" if age in customer.estimated else "read",
            "is_carried": age == 1 and customer.carries,
            "is_demo": True,
        }
        index -= consumptions[age]


def _at(values: Sequence[int], age: int) -> int:
    return values[min(age, len(values) - 1)]


def _lines(customer: _Customer, consumption: int, age: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = [
        {
            "kind": CONSUMPTION,
            "from": line.first_unit,
            "to": line.last_unit,
            "price": str(line.price),
            "amount_centimes": line.amount_centimes,
        }
        for line in bill_lines(customer.tariff, consumption)
    ]
    lines += [{"kind": kind, "amount_centimes": centimes} for kind, centimes in customer.charges.items()]
    if age == 0 and customer.regularisation:
        lines.append({"kind": REGULARISATION, "amount_centimes": customer.regularisation})
    return lines


def _arrears(customer: _Customer, consumptions: Sequence[int]) -> list[dict[str, Any]]:
    """The line with which the newest bill carries the one before."""
    if not customer.carries:
        return []
    carried = sum(line["amount_centimes"] for line in _lines(customer, consumptions[1], age=1))
    return [{"kind": ARREARS, "amount_centimes": carried}]


def _paid_at(customer: _Customer, age: int, issued_on: date, today: date) -> datetime | None:
    if age < customer.unpaid:
        return None
    paid_on = min(issued_on + timedelta(days=4 + customer.id.int % 13), today)
    return datetime.combine(paid_on, time(11), UTC)


def _payments(customer: _Customer, billed: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what the paid bills were paid with; a customer keeps to his way of paying."""
    method, place = _WAYS_TO_PAY[customer.id.int % len(_WAYS_TO_PAY)]
    for bill in billed:
        if bill["paid_at"] is None or bill["amount_centimes"] == 0:
            continue
        yield {
            "contract_id": customer.id,
            "paid_at": bill["paid_at"],
            "amount_centimes": bill["amount_centimes"],
            "method": method,
            "place": customer.commune.name_fr if place == "commune" else place,
            "receipt": f"{bill['issued_on']:%y%m}-{customer.reference[-5:]}",
            "is_demo": True,
        }


def _issue_days(today: date, months: int) -> Sequence[date]:
    """Return the newest days of issue that have come, newest first."""
    day = today.replace(day=5)
    if day > today:
        day = (day.replace(day=1) - timedelta(days=1)).replace(day=5)
    days = []
    for _ in range(months):
        days.append(day)
        day = (day.replace(day=1) - timedelta(days=1)).replace(day=5)
    return days
