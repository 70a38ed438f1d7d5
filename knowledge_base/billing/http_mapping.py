"""How a billing system's answers become our contracts, bills and payments. Pure: JSON in, values out.

Nothing is guessed: a field that is missing, of another type or outside its range makes the whole answer
malformed, because half a bill is a wrong bill. Amounts are whole centimes or decimal text ("162.05"), never
floating-point numbers. What is said of a malformed answer names the field and never its content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

LARGEST_AMOUNT = 10**11  # centimes; larger is a mistake of the other side's
LARGEST_COUNT = 10**9  # units of an index or a consumption


class Malformed(ValueError):
    """An answer is not what the mapping promises; the message holds no personal data."""


class Mapped(BaseModel):
    """Where a field stands in their record ("meter.serial"), and what their codes are called here.

    `values` maps codes to ours; a code that is not listed, or an absent field, becomes `default` if given.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    path: str = Field(alias="from")
    values: dict[str, str] | None = None
    default: str | None = None


Place = str | Mapped


class ContractFields(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reference: Place
    service: Place  # electricity, water
    holder: Place
    phone: Place | None = None
    commune: Place  # our id of a commune, or its name
    zone: Place  # whose tariff applies: lydec, onee, radeej, radeec
    issuer: Place | None = None
    meter: Place | None = None
    status: Place | None = None  # active, cut_off, closed


class LineFields(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Place  # bills.LINE_KINDS
    amount: Place
    quantity: Place | None = None
    price: Place | None = None
    label: Place | None = None


class BillFields(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contract: Place | None = None  # the reference, to be sure that the bill is of the contract asked for
    period: Place  # "2026-10" or a day of that month
    issued_on: Place
    due_on: Place
    amount: Place
    consumption: Place
    paid_on: Place | None = None
    days: Place | None = None
    previous_index: Place | None = None
    new_index: Place | None = None
    reading: Place | None = None  # read, estimated, customer
    carried: Place | None = None  # true: stands as arrears in a later bill
    lines: str | None = None  # where the list of lines stands
    line: LineFields | None = None


class PaymentFields(BaseModel):
    model_config = ConfigDict(extra="forbid")

    contract: Place | None = None
    paid_on: Place
    amount: Place
    method: Place | None = None  # bills.METHODS
    place: Place | None = None
    receipt: Place | None = None


class AnswerShape(BaseModel):
    """What the answers look like. `amounts`: "centimes" (12345) or "decimal" ("123.45")."""

    model_config = ConfigDict(extra="forbid")

    amounts: Literal["centimes", "decimal"]
    country_code: Annotated[str, Field(pattern=r"[1-9]\d{0,2}")] = "212"
    contract: ContractFields
    bill: BillFields
    payment: PaymentFields


@dataclass(frozen=True, slots=True)
class Record:
    """One of their objects, read field by field. `where` names it in errors: "bill", "line"."""

    content: Mapping[str, Any]
    where: str
    amounts: str

    @classmethod
    def of(cls, content: Any, where: str, amounts: str) -> Record:
        if not isinstance(content, dict):
            raise Malformed(f"{where}: an object is expected.")
        return cls(content, where, amounts)

    def wrong(self, place: Place, expected: str) -> Malformed:
        return Malformed(f"{self.where}.{_path(place)}: {expected} is expected.")

    def raw(self, place: Place | None) -> Any:
        """Return what stands there, in our words where the mapping has them; None where nothing does."""
        if place is None:
            return None
        value = found(self.content, _path(place))
        if not isinstance(place, Mapped):
            return value
        if value is None:
            return place.default
        if place.values is None:
            return value
        mapped = place.values.get(_code(value), place.default)
        if mapped is None:
            raise self.wrong(place, "one of the codes in `values`")
        return mapped

    def text(self, place: Place | None) -> str | None:
        value = self.raw(place)
        if value is None or place is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or len(value) > 200 or not value.isprintable():
            raise self.wrong(place, "a short text")
        return value.strip() or None

    def needed(self, place: Place) -> str:
        value = self.text(place)
        if value is None:
            raise self.wrong(place, "a text")
        return value

    def one_of(self, place: Place | None, allowed: frozenset[str], default: str | None) -> str | None:
        value = self.text(place)
        if value is None or place is None:
            return default
        if value not in allowed:
            raise self.wrong(place, f"one of {', '.join(sorted(allowed))}")
        return value

    def whole(self, place: Place | None) -> int | None:
        """Return a count that is not negative; text of digits is a count too."""
        value = self.raw(place)
        if value is None or place is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 10:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_COUNT:
            raise self.wrong(place, "a whole number")
        return value

    def centimes(self, place: Place) -> int:
        value = self.raw(place)
        if self.amounts == "centimes":
            if isinstance(value, bool) or not isinstance(value, int):
                raise self.wrong(place, "whole centimes")
            amount = value
        else:
            amount = self._of_decimal(place, value)
        if abs(amount) > LARGEST_AMOUNT:
            raise self.wrong(place, "an amount of sensible size")
        return amount

    def _of_decimal(self, place: Place, value: Any) -> int:
        exact = self.decimal(place, value) * 100
        if exact != exact.to_integral_value():
            raise self.wrong(place, "no more than two decimals")
        return int(exact)

    def decimal(self, place: Place, value: Any) -> Decimal:
        if not isinstance(value, str) or len(value) > 20:
            raise self.wrong(place, "a decimal number as text")
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise self.wrong(place, "a decimal number as text") from None
        if not number.is_finite():
            raise self.wrong(place, "a finite number")
        return number

    def day(self, place: Place | None) -> date | None:
        moment = self.moment(place)
        return None if moment is None else moment.date()

    def needed_day(self, place: Place) -> date:
        value = self.day(place)
        if value is None:
            raise self.wrong(place, "a day")
        return value

    def moment(self, place: Place | None) -> datetime | None:
        """Return a moment; a day alone is its noon, a month its first day, a moment without zone is UTC."""
        value = self.text(place)
        if value is None or place is None:
            return None
        try:
            if len(value) == len("2026-10"):
                value = f"{value}-01"
            if len(value) == len("2026-10-01"):
                return datetime.combine(date.fromisoformat(value), time(12), UTC)
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise self.wrong(place, "a day or moment (ISO 8601)") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def truth(self, place: Place | None) -> bool:
        value = self.raw(place)
        if value is None or place is None:
            return False
        if isinstance(value, bool):
            return value
        if value in {"true", "false"}:
            return bool(value == "true")
        raise self.wrong(place, "true or false")

    def inner(self, path: str, where: str) -> list[Record]:
        return records(found(self.content, path), where, self.amounts)


def records(content: Any, where: str, amounts: str) -> list[Record]:
    """Return a list of objects as records."""
    if not isinstance(content, Sequence) or isinstance(content, str):
        raise Malformed(f"{where}: a list is expected.")
    return [Record.of(each, where, amounts) for each in content]


def found(content: Any, path: str) -> Any:
    """Return what stands at a dotted path, the content itself for an empty one, None where nothing does."""
    for name in path.split(".") if path else ():
        if not isinstance(content, dict):
            return None
        content = content.get(name)
    return content


def telephone(number: str, country_code: str) -> str | None:
    """Return a telephone in E.164 from "0661 00 00 01", "00212…" or "+212…", or None where it is none."""
    digits = "".join(character for character in number if character.isdecimal())
    if number.strip().startswith("+"):
        international = digits
    elif digits.startswith("00"):
        international = digits[2:]
    elif digits.startswith("0"):
        international = country_code + digits[1:]
    else:
        international = digits if digits.startswith(country_code) else country_code + digits
    return f"+{international}" if 8 <= len(international) <= 15 else None


def _path(place: Place) -> str:
    return place.path if isinstance(place, Mapped) else place


def _code(value: Any) -> str:
    """Return a code as YAML writes it: true and false, numbers as digits."""
    return str(value).lower() if isinstance(value, bool) else str(value)
