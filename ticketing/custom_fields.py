"""What an organisation keeps beside the desk's own columns: its fields, and whether a value fits one.

Checking is pure but for patterns, which the database matches: its engine takes time in proportion to a text
where one in the process could be kept busy for hours by an unlucky expression.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import phonenumbers
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.rendering import clean_text
from knowledge_base.check_digit import check_digit
from ticketing.codec import rows_as_json
from ticketing.errors import Invalid

LONGEST: Final = 2000  # characters of any text
_SEPARATORS: Final = str.maketrans("", "", " -.\u00a0\u202f")


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of a `subject` (ticket or contact). `minimum` and `maximum` bound a number, or a text's length.

    `roles`: who sees it; nobody named means everybody.
    """

    key: str
    subject: str
    kind: str
    names: Mapping[str, str]
    hints: Mapping[str, str] | None = None
    options: tuple[Option, ...] = ()
    required_to_solve: bool = False
    pattern: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    roles: tuple[str, ...] = ()
    position: int = 0
    archived: bool = False

    def seen_by(self, role: str | None) -> bool:
        return not self.roles or role in self.roles


class Unfit(ValueError):
    """A value that is none of its field's. The word is a key which interfaces translate."""


FIELD_COLUMNS: Final = (
    "key, subject, kind, names, hints, options, required_to_solve, pattern, minimum, maximum, roles,"
    " position, archived_at IS NOT NULL AS archived"
)
_ALL = text(f"SELECT {FIELD_COLUMNS} FROM custom_fields ORDER BY subject DESC, position, key").columns(  # noqa: S608
    names=JSONB, hints=JSONB, options=JSONB
)
_MATCHES = text(
    "SELECT key FROM json_to_recordset(CAST(:rows AS json)) AS r(key text, value text, pattern text)"
    " WHERE NOT value ~ ('^(?:' || pattern || ')$')"
)


async def all_fields(connection: AsyncConnection, subject: str | None = None) -> list[CustomField]:
    """In the order shown, archived ones too; of one subject, or of both."""
    rows = await connection.execute(_ALL)
    return [field_of(row) for row in rows if subject in {None, row.subject}]


def field_of(row: Row[Any]) -> CustomField:
    return CustomField(
        row.key,
        row.subject,
        row.kind,
        row.names,
        row.hints,
        tuple(Option(option["key"], option["names"]) for option in row.options),
        row.required_to_solve,
        row.pattern,
        row.minimum,
        row.maximum,
        tuple(row.roles),
        row.position,
        row.archived,
    )


def fitted(field: CustomField, value: Any) -> Any:
    """The value as it is stored. Unfit when it is none of this field's."""
    return _FITTED[field.kind](field, value)


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("not_text")
    words = clean_text(value).strip()
    if not words:
        raise Unfit("required")
    if len(words) > LONGEST:
        raise Unfit("too_long")
    return words


def _text(field: CustomField, value: Any) -> str:
    words = _words(value)
    if field.minimum is not None and len(words) < field.minimum:
        raise Unfit("too_short")
    if field.maximum is not None and len(words) > field.maximum:
        raise Unfit("too_long")
    return words


def _number(field: CustomField, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unfit("not_number")
    if abs(value) > 10**15:
        raise Unfit("too_large")
    if field.minimum is not None and value < field.minimum:
        raise Unfit("too_small")
    if field.maximum is not None and value > field.maximum:
        raise Unfit("too_large")
    return value


def _checkbox(field: CustomField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("not_yes_no")
    return value


def _date(field: CustomField, value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("not_date")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise Unfit("not_date") from error


def _options(field: CustomField, value: Any) -> str | list[str]:
    keys = [option.key for option in field.options]
    if field.kind == "choice":
        if not isinstance(value, str) or value not in keys:
            raise Unfit("not_option")
        return value
    if not isinstance(value, list) or not all(isinstance(each, str) and each in keys for each in value):
        raise Unfit("not_option")
    if not value:
        raise Unfit("required")
    return [key for key in keys if key in value]


def _phone(field: CustomField, value: Any) -> str:
    try:
        parsed = phonenumbers.parse(_words(value), "MA")  # a national number is a Moroccan one
    except phonenumbers.NumberParseException as error:
        raise Unfit("not_phone") from error
    if not phonenumbers.is_valid_number(parsed):
        raise Unfit("not_phone")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _contract(field: CustomField, value: Any) -> str:
    """Digits of any script, spaces and hyphens between them; the last is the check digit."""
    digits = _words(value).translate(_SEPARATORS)
    if not digits.isdecimal() or len(digits) < 2 or check_digit(digits) != 0:
        raise Unfit("not_contract")
    return "".join(str(int(digit)) for digit in digits)


_FITTED: Final[Mapping[str, Callable[[CustomField, Any], Any]]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "choice": _options,
    "choices": _options,
    "checkbox": _checkbox,
    "phone": _phone,
    "contract": _contract,
}
KINDS: Final = tuple(_FITTED)


async def changed_fields(
    connection: AsyncConnection,
    fields: Iterable[CustomField],
    before: Mapping[str, Any],
    change: Mapping[str, Any],
    *,
    role: str | None = None,
) -> dict[str, Any]:
    """What is kept after a change: null empties a field. `role`: whose eyes; None: a rule's, which see all.

    Invalid `field_unknown` (also for one that this role does not see) and `field_invalid`, each with what is
    wrong by `fields.<key>`.
    """
    known = {field.key: field for field in fields}
    hidden = [
        key
        for key in change
        if key not in known
        or (role is not None and not known[key].seen_by(role))
        or _is_over(known[key], change)
    ]
    if hidden:
        raise Invalid(
            "field_unknown", "There is no such field.", {f"fields.{key}": "unknown" for key in hidden}
        )
    kept, wrong = dict(before), dict[str, str]()
    for key, value in change.items():
        if value in (None, "", []):
            kept.pop(key, None)
            continue
        try:
            kept[key] = fitted(known[key], value)
        except Unfit as error:
            wrong[f"fields.{key}"] = str(error)
    touched = [known[key] for key in change if key in kept and f"fields.{key}" not in wrong]
    wrong |= await _unmatched(connection, touched, kept)
    if wrong:
        raise Invalid("field_invalid", "Some fields are not acceptable.", wrong)
    return kept


def _is_over(field: CustomField, change: Mapping[str, Any]) -> bool:
    """An archived field can be emptied, and not filled."""
    return field.archived and change[field.key] is not None


async def _unmatched(
    connection: AsyncConnection, fields: Iterable[CustomField], values: Mapping[str, Any]
) -> dict[str, str]:
    rows = [
        {"key": field.key, "value": values[field.key], "pattern": field.pattern}
        for field in fields
        if field.pattern is not None and field.kind == "text"
    ]
    if not rows:
        return {}
    found = await connection.execute(_MATCHES, {"rows": rows_as_json(rows)})
    return {f"fields.{key}": "pattern" for (key,) in found}


def missing_to_solve(fields: Iterable[CustomField], values: Mapping[str, Any]) -> list[str]:
    """Keys of what must be known of a ticket before it counts as solved, and is not."""
    return [
        field.key
        for field in fields
        if field.subject == "ticket"
        and field.required_to_solve
        and not field.archived
        and values.get(field.key) in (None, "", [])
    ]


def visible_fields(
    fields: Iterable[CustomField], values: Mapping[str, Any], role: str, *, private: bool | None = None
) -> dict[str, Any]:
    """The values a role may see; `private`: only those of fields that name roles, or only the others."""
    seen = {
        field.key
        for field in fields
        if field.seen_by(role) and (private is None or bool(field.roles) is private)
    }
    return {key: value for key, value in values.items() if key in seen}


def told(
    fields: Collection[CustomField], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """What changed, for an event that everybody reads: of a field for some roles, its key alone."""
    private = {field.key for field in fields if field.roles}
    return {
        key: None if key in private else {"from": before.get(key), "to": after.get(key)}
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    }
