"""Contracts and six months of bills: the named customers of the documentation, and some thousands around."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id
from knowledge_base.billing.contracts import lookup_key
from knowledge_base.billing.tables import bills, contract_aliases, contracts
from knowledge_base.billing.tariff import (
    LYDEC_ELECTRICITY,
    LYDEC_WATER_2014,
    ONEE_ELECTRICITY,
    Tariff,
    bill_lines,
)
from knowledge_base.network.places import Place, load_places

GENERATED_CONTRACTS = 3000
MONTHS_OF_BILLS = 6

_SEED = 20241001
_LYDEC_PROVINCES = {"Casablanca", "Mohammedia", "Médiouna", "Nouaceur"}
_FORMER_ISSUERS = {"El Jadida": "radeej", "Settat": "radeec", "Berrechid": "radeec"}


@dataclass(frozen=True, slots=True)
class _Customer:
    """One contract and how it is used: `consumption` newest month first, `unpaid` of the newest bills."""

    reference: str
    phone: str | None
    holder: str
    service: str
    commune: Place
    consumption: tuple[int, ...]
    unpaid: int
    status: str
    former: tuple[tuple[str, str], ...]

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
    """Write contracts in place and their bills of the last months anew.

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
    for table in (bills, contract_aliases):
        await connection.execute(delete(table).where(table.c.is_demo))
    await connection.execute(insert(contract_aliases), [row for c in customers for row in _aliases(c)])
    await connection.execute(insert(bills), [row for c in customers for row in _bills(c, today)])


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
        yield _Customer(
            reference=reference,
            phone=None if random.random() < 0.05 else phone,
            holder=holder,
            service=service,
            commune=commune,
            consumption=tuple(round(typical * random.uniform(0.75, 1.3)) for _ in range(MONTHS_OF_BILLS)),
            unpaid=random.choices((0, 1, 2, 3), (60, 30, 7, 3))[0],
            status="active",
            former=_former(reference, commune, random),
        )


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
    for age, issued_on in enumerate(_issue_days(today)):
        consumption = customer.consumption[min(age, len(customer.consumption) - 1)]
        due_on = issued_on + timedelta(days=20)
        lines = bill_lines(customer.tariff, consumption)
        paid_on = min(issued_on + timedelta(days=4 + customer.id.int % 13), today)
        yield {
            "id": sample_id("bill", f"{customer.reference}/{issued_on}"),
            "contract_id": customer.id,
            "period": (issued_on.replace(day=1) - timedelta(days=1)).replace(day=1),
            "issued_on": issued_on,
            "due_on": due_on,
            "amount_centimes": sum(line.amount_centimes for line in lines),
            "consumption": consumption,
            "lines": [
                {
                    "from": line.first_unit,
                    "to": line.last_unit,
                    "price": str(line.price),
                    "amount_centimes": line.amount_centimes,
                }
                for line in lines
            ],
            "paid_at": None if age < customer.unpaid else datetime.combine(paid_on, time(11), UTC),
            "is_demo": True,
        }


def _issue_days(today: date) -> Sequence[date]:
    """Return the newest days of issue that have come, newest first."""
    day = today.replace(day=5)
    if day > today:
        day = (day.replace(day=1) - timedelta(days=1)).replace(day=5)
    days = []
    for _ in range(MONTHS_OF_BILLS):
        days.append(day)
        day = (day.replace(day=1) - timedelta(days=1)).replace(day=5)
    return days
