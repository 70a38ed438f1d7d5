"""Conditions and time triggers as conditions of a statement over tickets `t`, contacts `c` and teams `m`."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ticketing.automation.conditions import (
    PUNCTUATION,
    FieldHolds,
    Group,
    HoursAre,
    OneOf,
    Says,
    Tagged,
    Waits,
)

TABLES: Final = "tickets t JOIN contacts c ON c.id = t.contact_id LEFT JOIN teams m ON m.id = t.team_id"

# The moment a time rule counts from; null: it does not apply.
ANCHORS: Final[Mapping[str, str]] = {
    "last_customer_message": "(SELECT max(v.last_inbound_at) FROM conversations v WHERE v.ticket_id = t.id)",
    "last_message": "t.last_message_at",
    "waiting": "t.waiting_since",
    "opened": "t.opened_at",
    "handed_over": "t.handed_over_at",
    "solved": "t.solved_at",
    "status": (
        "coalesce((SELECT max(e.at) FROM events e WHERE e.ticket_id = t.id"
        " AND e.type = ANY(CAST(:status_events AS text[]))), t.opened_at)"
    ),
}

_SINGLE: Final[Mapping[str, str]] = {
    "status": "t.status",
    "priority": "CAST(t.priority AS text)",
    "category": "t.category",
    "team": "CAST(t.team_id AS text)",
    "assignee": "CAST(t.assignee_id AS text)",
    "owner": "t.owner",
    "handover_reason": "t.handover ->> 'reason'",
    "language": (
        "(SELECT v.language FROM conversations v WHERE v.ticket_id = t.id"
        " ORDER BY v.last_inbound_at DESC NULLS LAST, v.id DESC LIMIT 1)"
    ),
}
_CHANNELS: Final = (
    "coalesce((SELECT array_agg(DISTINCT k.channel) FROM conversations v"
    " JOIN accounts k ON k.key = v.account WHERE v.ticket_id = t.id), '{\"\"}')"
)
_WORDS: Final = (
    "' ' || translate(coalesce((SELECT w.search_text FROM messages w WHERE w.ticket_id = t.id"
    " AND w.direction = 'inbound' ORDER BY w.id DESC LIMIT 1), ''), :punctuation, :blanks)"
)


@dataclass(slots=True)
class Compiled:
    """`sql` with the `values` of its parameters."""

    now: datetime
    open_teams: Collection[str]
    values: dict[str, Any] = field(default_factory=dict)

    def name(self, value: Any) -> str:
        """A parameter for this value."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def texts(self, values: list[str]) -> str:
        return f"CAST({self.name(values)} AS text[])"


def compile_group(group: Group, now: datetime, open_teams: Collection[str]) -> tuple[str, dict[str, Any]]:
    """The condition and its values. `open_teams` are the keys of teams open now; '' stands for no team."""
    compiled = Compiled(now, open_teams)
    return _group(group, compiled), compiled.values


def _group(group: Group, compiled: Compiled) -> str:
    if not group.parts:
        return "TRUE"
    joined = (" AND " if group.all is not None else " OR ").join(
        _group(part, compiled) if isinstance(part, Group) else _condition(part, compiled)
        for part in group.parts
    )
    return f"({joined})"


def _condition(condition: Any, compiled: Compiled) -> str:
    return _COMPILERS[type(condition)](condition, compiled)


def _one_of(condition: OneOf, compiled: Compiled) -> str:
    wanted = compiled.texts(condition.texts())
    if condition.field == "channel":
        found = f"{_CHANNELS} && {wanted}"
    else:
        found = f"coalesce({_SINGLE[condition.field]}, '') = ANY({wanted})"
    return found if condition.relation == "in" else f"NOT ({found})"


def _field(condition: FieldHolds, compiled: Compiled) -> str:
    fields = "t.fields" if condition.field == "field" else "c.fields"
    value = f"coalesce({fields} -> {compiled.name(condition.key)}, 'null')"
    if condition.relation in {"filled", "empty"}:
        empty = f"{value} IN ('null', '\"\"', '[]')"
        return empty if condition.relation == "empty" else f"NOT {empty}"
    # An array holds the scalar that is among its values; a scalar holds its equal.
    equal = f"{value} @> CAST({compiled.name(json.dumps(condition.value))} AS jsonb)"
    return equal if condition.relation == "equals" else f"NOT {equal}"


def _says(condition: Says, compiled: Compiled) -> str:
    compiled.values |= {"punctuation": PUNCTUATION, "blanks": " " * len(PUNCTUATION)}
    found = [f"strpos({_WORDS}, {compiled.name(needle)}) > 0" for needle in condition.needles()]
    joined = (" AND " if condition.relation == "contains_all" else " OR ").join(found)
    return f"NOT ({joined})" if condition.relation == "contains_none" else f"({joined})"


def _tagged(condition: Tagged, compiled: Compiled) -> str:
    tags = "t.tags" if condition.field == "tags" else "c.tags"
    wanted = compiled.texts(condition.value)
    if condition.relation == "all":
        return f"{tags} @> {wanted}"
    overlap = f"{tags} && {wanted}"
    return overlap if condition.relation == "any" else f"NOT ({overlap})"


def _hours(condition: HoursAre, compiled: Compiled) -> str:
    if len(set(condition.value)) > 1:
        return "TRUE"
    is_open = f"coalesce(m.key, '') = ANY({compiled.texts(sorted(compiled.open_teams))})"
    return is_open if "open" in condition.value else f"NOT ({is_open})"


def _waits(condition: Waits, compiled: Compiled) -> str:
    now = f"CAST({compiled.name(compiled.now)} AS timestamptz)"
    least = f"CAST({compiled.name(timedelta(minutes=condition.value))} AS interval)"
    waited = f"coalesce({now} - t.waiting_since, interval '0')"
    return f"{waited} {'>=' if condition.relation == 'at_least' else '<'} {least}"


_COMPILERS: Final[Mapping[type, Callable[[Any, Compiled], str]]] = {
    OneOf: _one_of,
    Tagged: _tagged,
    FieldHolds: _field,
    Says: _says,
    HoursAre: _hours,
    Waits: _waits,
}
