"""Policies, categories' targets and teams' leads, as administrators change them, inside open transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.categories import Target
from ticketing.codec import rows_as_json
from ticketing.desk import Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.facts import provinces
from ticketing.hours.following import refresh_clocks

_POLICIES: Final = text(
    "SELECT id, name, is_active, conditions, targets, pauses_on_hold, steps, version, updated_at"
    " FROM sla_policies ORDER BY position, id"
).columns(conditions=JSONB, targets=JSONB, steps=JSONB)
_LOCK: Final = text("SELECT version FROM sla_policies WHERE id = :id FOR UPDATE")
_ADD: Final = text(
    "INSERT INTO sla_policies (name, position, is_active, conditions, targets, pauses_on_hold, steps)"
    " SELECT :name, coalesce(max(position), 0) + 10, :is_active, CAST(:conditions AS jsonb),"
    " CAST(:targets AS jsonb), :pauses_on_hold, CAST(:steps AS jsonb) FROM sla_policies RETURNING id"
)
_ORDER: Final = text(
    "UPDATE sla_policies p SET position = r.position * 10 FROM unnest(CAST(:ids AS uuid[]))"
    " WITH ORDINALITY AS r(id, position) WHERE p.id = r.id"
)
_TARGETS: Final = text(
    "SELECT code, names, priority, team, first_answer, first_answer_clock, next_answer, next_answer_clock,"
    " resolve, resolve_clock, action, action_clock, legal_days FROM categories ORDER BY position, code"
).columns(names=JSONB)
_OVERRIDES: Final = text(
    "SELECT code, province, first_answer, resolve, action FROM category_overrides"
    " WHERE first_answer IS NOT NULL OR resolve IS NOT NULL OR action IS NOT NULL ORDER BY code, province"
)
_OVERRIDE: Final = text(
    "INSERT INTO category_overrides (code, province, first_answer, resolve, action)"
    " VALUES (:code, :province, :first_answer, :resolve, :action)"
    " ON CONFLICT (code, province) DO UPDATE SET first_answer = excluded.first_answer,"
    " resolve = excluded.resolve, action = excluded.action"
)
_NO_OVERRIDE: Final = text(
    "DELETE FROM category_overrides WHERE code = :code AND province = :province AND priority IS NULL"
    " AND team IS NULL AND first_answer IS NULL AND resolve IS NULL AND action IS NULL"
)
_LEADS: Final = text(
    "SELECT t.id, t.key, t.names, a.id AS agent_id, a.name, m.is_lead FROM teams t"
    " LEFT JOIN team_members m ON m.team_id = t.id"
    " LEFT JOIN agents a ON a.id = m.agent_id AND a.is_active ORDER BY t.key, a.name"
).columns(names=JSONB)
_SET_LEADS: Final = text(
    "UPDATE team_members m SET is_lead = m.agent_id = ANY(CAST(:agents AS uuid[])) FROM teams t"
    " WHERE t.id = m.team_id AND t.key = :key RETURNING m.agent_id"
)

# A target of the interface and its two columns.
COLUMNS: Final[Mapping[str, str]] = {
    "first_response": "first_answer",
    "next_response": "next_answer",
    "resolution": "resolve",
    "action": "action",
}


async def policies(connection: AsyncConnection) -> list[Row[Any]]:
    return list(await connection.execute(_POLICIES))


async def add_policy(transaction: Transaction, agent_id: UUID, policy: Mapping[str, Any]) -> UUID:
    values = {name: _stored(value) for name, value in policy.items()}
    await _check(transaction.connection, policy)
    policy_id: UUID = (await transaction.connection.execute(_ADD, values)).scalar_one()
    await _changed(transaction, agent_id, "policy_added", policy=str(policy_id), name=policy["name"])
    return policy_id


async def change_policy(
    transaction: Transaction, agent_id: UUID, policy_id: UUID, version: int, changes: Mapping[str, Any]
) -> None:
    """`changes` by column. Conflict when somebody was faster."""
    found = await transaction.connection.scalar(_LOCK, {"id": policy_id})
    if found is None:
        raise _no_such_policy()
    if found != version:
        raise Conflict(
            "changed_meanwhile", "Somebody changed this policy meanwhile.", {"version": str(found)}
        )
    await _check(transaction.connection, changes)
    parts = [
        f"{name} = CAST(:{name} AS jsonb)"
        if name in {"conditions", "targets", "steps"}
        else f"{name} = :{name}"
        for name in changes
    ]
    values = {name: _stored(value) for name, value in changes.items()} | {"id": policy_id}
    settings = ", ".join([*parts, "version = version + 1", "updated_at = now()"])
    await transaction.connection.execute(
        text(f"UPDATE sla_policies SET {settings} WHERE id = :id"),  # noqa: S608 - our own column names
        values,
    )
    await _changed(transaction, agent_id, "policy_changed", policy=str(policy_id), changed=sorted(changes))


async def remove_policy(transaction: Transaction, agent_id: UUID, policy_id: UUID) -> None:
    done = await transaction.connection.execute(
        text("DELETE FROM sla_policies WHERE id = :id"), {"id": policy_id}
    )
    if not done.rowcount:
        raise _no_such_policy()
    await _changed(transaction, agent_id, "policy_removed", policy=str(policy_id))


async def order_policies(transaction: Transaction, agent_id: UUID, ids: Sequence[UUID]) -> None:
    """Every policy once, in the order asked."""
    known = {row.id for row in await policies(transaction.connection)}
    if known != set(ids) or len(ids) != len(known):
        raise Invalid("invalid", "Name every policy once.", {"ids": "every policy once"})
    await transaction.connection.execute(_ORDER, {"ids": list(ids)})
    await _changed(transaction, agent_id, "policies_ordered")


async def targets(connection: AsyncConnection) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Every category with its targets, and where provinces differ."""
    return list(await connection.execute(_TARGETS)), list(await connection.execute(_OVERRIDES))


async def change_targets(
    transaction: Transaction,
    agent_id: UUID,
    code: str,
    changes: Mapping[str, Target | None],
    legal: tuple[int | None] | None,
) -> None:
    """`changes` by the interface's names; `legal` is None where it is not to be changed."""
    parts, values = [], dict[str, Any](code=code)
    for name, target in changes.items():
        column = COLUMNS[name]
        parts.append(f"{column} = :{column}, {column}_clock = :{column}_clock")
        values[column] = None if target is None else target.amount
        values[f"{column}_clock"] = None if target is None else target.clock
    if legal is not None:
        parts.append("legal_days = :legal_days")
        values["legal_days"] = legal[0]
    parts.append("code = code")
    statement = text(f"UPDATE categories SET {', '.join(parts)} WHERE code = :code")  # noqa: S608 - our columns
    if not (await transaction.connection.execute(statement, values)).rowcount:
        raise _no_such_category()
    await _changed(transaction, agent_id, "targets_changed", category=code, changed=sorted(changes))


async def put_override(
    transaction: Transaction,
    agent_id: UUID,
    code: str,
    province: str,
    amounts: Mapping[str, timedelta | None],
) -> None:
    """Amounts of the category's own clocks, by the interface's names; none of them: as everywhere."""
    found = await transaction.connection.execute(
        text("SELECT first_answer, resolve, action FROM categories WHERE code = :code"), {"code": code}
    )
    category = found.one_or_none()
    if category is None:
        raise _no_such_category()
    if province not in provinces():
        raise NotFound("province_unknown", "There is no such province.")
    values = {COLUMNS[name]: amount for name, amount in amounts.items()}
    for name, amount in amounts.items():
        if amount is not None and getattr(category, COLUMNS[name]) is None:
            raise Invalid("no_target", "The category has no such target.", {name: "no target to differ from"})
    keys = {"code": code, "province": province}
    await transaction.connection.execute(_OVERRIDE, values | keys)
    await transaction.connection.execute(_NO_OVERRIDE, keys)
    await _changed(transaction, agent_id, "targets_changed", category=code, province=province)


async def leads(connection: AsyncConnection) -> list[Row[Any]]:
    """Teams with their members, one row a member (or a team without any)."""
    return list(await connection.execute(_LEADS))


async def set_leads(transaction: Transaction, agent_id: UUID, team: str, agents: Sequence[UUID]) -> None:
    exists = await transaction.connection.scalar(text("SELECT 1 FROM teams WHERE key = :key"), {"key": team})
    if exists is None:
        raise NotFound("team_unknown", "There is no such team.")
    rows = await transaction.connection.execute(_SET_LEADS, {"key": team, "agents": list(agents)})
    if set(agents) - set(rows.scalars()):
        raise Invalid("agent_unknown", "A lead is one of the team.", {"agent_ids": "not of this team"})
    await _changed(transaction, agent_id, "leads_changed", team=team)


async def _check(connection: AsyncConnection, policy: Mapping[str, Any]) -> None:
    """Invalid when a step names a team that is not there, or two steps have one key."""
    steps = policy.get("steps", ())
    keys = [step.key for step in steps]
    if len(set(keys)) != len(keys):
        raise Invalid("invalid", "Two steps have the same key.", {"steps": "the same key twice"})
    wanted = {step.team for step in steps} - {None}
    if wanted:
        known = set((await connection.execute(text("SELECT key FROM teams"))).scalars())
        if wanted - known:
            raise Invalid("team_unknown", "There is no such team.", {"steps": "unknown team"})


def _stored(value: Any) -> Any:
    """A column's value: models as JSON without what they do not say."""
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_none=True)
    if isinstance(value, tuple):
        return rows_as_json([one.model_dump(mode="json", exclude_none=True) for one in value])
    return value


async def _changed(transaction: Transaction, agent_id: UUID, what: str, **data: Any) -> None:
    transaction.record(Event("sla.changed", "agent", actor_id=agent_id, data={"what": what, **data}))
    await refresh_clocks(transaction)


def _no_such_policy() -> NotFound:
    return NotFound("policy_unknown", "There is no such policy.")


def _no_such_category() -> NotFound:
    return NotFound("category_unknown", "There is no such category.")
