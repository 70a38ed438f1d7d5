"""Builds our values from a billing system's records, or says which field is malformed. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any, Final
from uuid import UUID

from knowledge_base.billing.bills import (
    LINE_KINDS,
    METHODS,
    READINGS,
    Bill,
    ChargedLine,
    Payment,
)
from knowledge_base.billing.contracts import lookup_key
from knowledge_base.billing.http_mapping import AnswerShape, LineFields, Record, telephone
from knowledge_base.network.places import load_places
from knowledge_base.text import fold

_SERVICES: Final = frozenset({"electricity", "water"})
_STATUSES: Final = frozenset({"active", "cut_off", "closed"})
_MOST_DAYS = 400


def contract_values(record: Record, shape: AnswerShape) -> dict[str, Any]:
    """Return the columns of a contract's row, without its id."""
    fields = shape.contract
    reference = record.needed(fields.reference)
    if not lookup_key(reference):
        raise record.wrong(fields.reference, "a letter or digit")
    commune = _communes().get(fold(record.needed(fields.commune)))
    if commune is None:
        raise record.wrong(fields.commune, "a commune of the region, or a default")
    phone = record.text(fields.phone)
    return {
        "reference": reference,
        "lookup_key": lookup_key(reference),
        "issuer": record.text(fields.issuer) or "srm-cs",
        "service": record.one_of(fields.service, _SERVICES, None) or record.needed(fields.service),
        "holder_name": record.needed(fields.holder),
        "registered_phone": None if phone is None else telephone(phone, shape.country_code),
        "commune_id": commune,
        "zone": record.needed(fields.zone),
        "meter_number": record.text(fields.meter),
        "status": record.one_of(fields.status, _STATUSES, "active"),
    }


def bill_of(record: Record, shape: AnswerShape, contract_id: UUID) -> Bill:
    """Return a bill; its lines may be absent, but not malformed."""
    fields = shape.bill
    consumption = record.whole(fields.consumption)
    if consumption is None:
        raise record.wrong(fields.consumption, "a whole number")
    amount = record.centimes(fields.amount)
    if amount < 0:
        raise record.wrong(fields.amount, "an amount that is not negative")
    indexes = record.whole(fields.previous_index), record.whole(fields.new_index)
    days = record.whole(fields.days)
    if days is not None and fields.days is not None and not 1 <= days <= _MOST_DAYS:
        raise record.wrong(fields.days, f"1 to {_MOST_DAYS} days")
    paid_at = record.moment(fields.paid_on)
    return Bill(
        id=None,
        contract_id=contract_id,
        period=record.needed_day(fields.period).replace(day=1),
        issued_on=record.needed_day(fields.issued_on),
        due_on=record.needed_day(fields.due_on),
        amount_centimes=amount,
        consumption=consumption,
        lines=_lines(record, shape),
        paid_at=paid_at,
        days=days,
        previous_index=indexes[0] if None not in indexes else None,
        new_index=indexes[1] if None not in indexes else None,
        reading=record.one_of(fields.reading, READINGS, None),
        is_carried=paid_at is None and record.truth(fields.carried),
    )


def payment_of(record: Record, shape: AnswerShape) -> Payment:
    fields = shape.payment
    paid_at = record.moment(fields.paid_on)
    if paid_at is None:
        raise record.wrong(fields.paid_on, "a day or moment")
    amount = record.centimes(fields.amount)
    if amount <= 0:
        raise record.wrong(fields.amount, "an amount above nothing")
    return Payment(
        paid_at=paid_at,
        amount_centimes=amount,
        method=record.one_of(fields.method, METHODS, "other") or "other",
        place=record.text(fields.place),
        receipt=record.text(fields.receipt),
    )


def _lines(record: Record, shape: AnswerShape) -> tuple[ChargedLine, ...]:
    fields = shape.bill
    if fields.lines is None or fields.line is None:
        return ()
    return tuple(_line(each, fields.line) for each in record.inner(fields.lines, f"{record.where}.line"))


def _line(record: Record, fields: LineFields) -> ChargedLine:
    price = record.raw(fields.price)
    return ChargedLine(
        kind=record.one_of(fields.kind, LINE_KINDS, None) or record.needed(fields.kind),
        amount_centimes=record.centimes(fields.amount),
        quantity=record.whole(fields.quantity),
        price=None if price is None or fields.price is None else record.decimal(fields.price, price),
        label=record.text(fields.label),
    )


@cache
def _communes() -> dict[str, str]:
    """Return the ids of the communes by everything they may be called, folded."""
    communes = [place for place in load_places() if place.kind == "commune"]
    named = {fold(name): place.id for place in communes for name in (place.name_fr, place.name_ar)}
    return named | {fold(place.id): place.id for place in communes}
