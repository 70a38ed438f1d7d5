"""Automations as administrators keep them, and the record of what each did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.actions.base import Step
from ticketing.actions.steps import STEPS, check, dumped
from ticketing.automation.conditions import AfterTime, Conditions, OnEvent
from ticketing.automation.rules import TRIGGER
from ticketing.codec import rows_as_json
from ticketing.desk import Desk, Event
from ticketing.errors import Conflict, NotFound
from ticketing.visibility import VISIBLE

_COLUMNS = (
    "a.id, a.names, a.position, a.enabled, a.trigger, a.conditions, a.actions, a.stops, a.version,"
    " a.updated_at, (SELECT max(r.at) FROM automation_runs r WHERE r.automation_id = a.id"
    "   AND r.outcome = 'done') AS last_run_at,"
    " (SELECT count(*) FROM automation_runs r WHERE r.automation_id = a.id AND r.outcome = 'done'"
    "   AND r.at > now() - interval '24 hours') AS runs_today"
)
_JSON = {"names": JSONB, "trigger": JSONB, "conditions": JSONB, "actions": JSONB}
_LIST = text(f"SELECT {_COLUMNS} FROM automations a ORDER BY a.position, a.id").columns(**_JSON)  # noqa: S608
_ONE = text(f"SELECT {_COLUMNS} FROM automations a WHERE a.id = :id").columns(**_JSON)  # noqa: S608
_LOCK = text(
    "SELECT id, names, enabled, trigger, conditions, actions, stops, version FROM automations"
    " WHERE id = :id FOR UPDATE"
).columns(**_JSON)
_ADD = text(
    "INSERT INTO automations (names, position, enabled, trigger, conditions, actions, stops)"
    " SELECT CAST(:names AS jsonb), coalesce(max(position), 0) + 1, :enabled, CAST(:trigger AS jsonb),"
    " CAST(:conditions AS jsonb), CAST(:actions AS jsonb), :stops FROM automations RETURNING id"
)
_CHANGE = text(
    "UPDATE automations SET names = CAST(:names AS jsonb), enabled = :enabled,"
    " trigger = CAST(:trigger AS jsonb), conditions = CAST(:conditions AS jsonb),"
    " actions = CAST(:actions AS jsonb), stops = :stops, version = version + 1, updated_at = now()"
    " WHERE id = :id"
)
_RESUME = text("DELETE FROM automation_pauses WHERE automation_id = :id")
_REMOVE = text("DELETE FROM automations WHERE id = :id")
_LOCK_ALL = text("SELECT id FROM automations ORDER BY id FOR UPDATE")
_ORDER = text(
    "UPDATE automations a SET position = o.position"
    " FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS o(id, position) WHERE a.id = o.id"
)
_RUNS = (
    "SELECT r.id, r.automation_id, a.names, r.ticket_id, t.number, r.trigger, r.outcome, r.steps, r.refusal,"
    " r.at FROM automation_runs r JOIN automations a ON a.id = r.automation_id"
    " LEFT JOIN tickets t ON t.id = r.ticket_id"
)
_FIRST: Final = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class AutomationText:
    """What makes an automation."""

    names: Mapping[str, str]
    trigger: OnEvent | AfterTime
    conditions: Conditions
    steps: Sequence[Step]
    stops: bool = False
    enabled: bool = False

    def values(self) -> dict[str, Any]:
        return {
            "names": rows_as_json(dict(self.names)),
            "trigger": rows_as_json(self.trigger.model_dump(mode="json")),
            "conditions": rows_as_json(conditions_as_json(self.conditions)),
            "actions": rows_as_json(dumped(self.steps)),
            "stops": self.stops,
            "enabled": self.enabled,
        }


def conditions_as_json(conditions: Conditions) -> dict[str, Any]:
    """As they were sent."""
    return conditions.model_dump(mode="json", by_alias=True, exclude_unset=True)


class Automations:
    """Each method is one transaction; permissions were checked at the door."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def add(self, automation: AutomationText, by: UUID) -> UUID:
        """Last in order. Invalid when an action names what is not there."""
        async with self._desk.transaction() as transaction:
            await check(automation.steps, transaction.connection)
            found: UUID = (await transaction.connection.execute(_ADD, automation.values())).scalar_one()
            transaction.record(_event("automation.created", found, by, dict(automation.names)))
            return found

    async def change(self, automation_id: UUID, version: int, by: UUID, **changes: Any) -> None:
        """Only what is named. Conflict when somebody changed it meanwhile."""
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            row = (await connection.execute(_LOCK, {"id": automation_id})).one_or_none()
            if row is None:
                raise _unknown()
            if row.version != version:
                fields = {"version": str(row.version)}
                raise Conflict("changed_meanwhile", "Somebody changed this automation meanwhile.", fields)
            changed = replace(_text_of(row), **changes)
            if "steps" in changes or changes.get("enabled"):
                await check(changed.steps, connection)
            await connection.execute(_CHANGE, changed.values() | {"id": automation_id})
            await connection.execute(_RESUME, {"id": automation_id})
            transaction.record(_event("automation.changed", automation_id, by, dict(changed.names)))

    async def remove(self, automation_id: UUID, by: UUID) -> None:
        async with self._desk.transaction() as transaction:
            row = (await transaction.connection.execute(_LOCK, {"id": automation_id})).one_or_none()
            if row is None:
                raise _unknown()
            await transaction.connection.execute(_REMOVE, {"id": automation_id})
            transaction.record(_event("automation.deleted", automation_id, by, row.names))

    async def order(self, ids: Sequence[UUID], by: UUID) -> None:
        """Conflict when these are not the automations there are."""
        async with self._desk.transaction() as transaction:
            there = list((await transaction.connection.execute(_LOCK_ALL)).scalars())
            if sorted(ids) != there:
                raise Conflict("changed_meanwhile", "The automations are no longer these.")
            await transaction.connection.execute(_ORDER, {"ids": list(ids)})
            data = {"ids": [str(one) for one in ids]}
            transaction.record(Event("automation.ordered", "agent", actor_id=by, data=data))


async def all_automations(connection: AsyncConnection) -> list[Row[Any]]:
    return list(await connection.execute(_LIST))


async def one_automation(connection: AsyncConnection, automation_id: UUID) -> Row[Any]:
    row = (await connection.execute(_ONE, {"id": automation_id})).one_or_none()
    if row is None:
        raise _unknown()
    return row


async def runs(
    connection: AsyncConnection,
    *,
    restricted: bool,
    limit: int,
    before: UUID | None = None,
    automation_id: UUID | None = None,
    ticket_id: UUID | None = None,
    outcome: str | None = None,
) -> list[Row[Any]]:
    """The newest first, older than `before`. Without those of tickets that the reader may not see."""
    asked = {"automation_id": automation_id, "ticket_id": ticket_id, "outcome": outcome}
    conditions = [f"r.{name} = :{name}" for name, value in asked.items() if value is not None]
    conditions += ["r.id < :before", VISIBLE]
    statement = f"{_RUNS} WHERE {' AND '.join(conditions)} ORDER BY r.id DESC LIMIT :count"
    values: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    values |= {"before": before or _FIRST, "restricted": restricted, "count": limit}
    clause = text(statement).columns(names=JSONB, steps=JSONB, refusal=JSONB)
    return list(await connection.execute(clause, values))


def _text_of(row: Row[Any]) -> AutomationText:
    return AutomationText(
        names=row.names,
        trigger=TRIGGER.validate_python(row.trigger),
        conditions=Conditions.model_validate(row.conditions),
        steps=STEPS.validate_python(row.actions),
        stops=row.stops,
        enabled=row.enabled,
    )


def _event(kind: str, automation_id: UUID, by: UUID, names: dict[str, str]) -> Event:
    return Event(kind, "agent", actor_id=by, data={"automation_id": str(automation_id), "names": names})


def _unknown() -> NotFound:
    return NotFound("automation_unknown", "There is no such automation.")
