"""A desk where rules work: tickets of people, tags, a category, and the workers' services."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from ticketing.actions.base import Actor, Services
from ticketing.actions.steps import STEPS, Outcome, open_scene, perform
from ticketing.automation.worker import Automations
from ticketing.bulk.jobs import Bulk
from ticketing.bulk.worker import BulkWorker
from ticketing.calendar import ALWAYS_OPEN
from ticketing.reading.filters import Reader

PERMISSIONS = frozenset({"ticket:read", "ticket:claim", "ticket:reply", "ticket:close", "ticket:assign"})


@dataclass
class Rules:
    """The world with tickets that rules can change."""

    world: Any
    services: Services
    names: dict[str, UUID] = field(default_factory=dict)
    _worker: Automations | None = None

    async def ticket(self, address: str = "212600000001", words: str = "Bonjour", **columns: Any) -> UUID:
        """A ticket of people that nobody holds; `columns` are set on its row."""
        await self.world.write(words, sender=address)
        ticket_id: UUID = await self.world.one(
            "SELECT v.ticket_id FROM conversations v JOIN identity_addresses a USING (identity_id)"
            " WHERE a.address = :address",
            address=address,
        )
        values = {"owner": "agents", "status": "new", "category": "W2"} | columns
        settings = ", ".join(f"{name} = :{name}" for name in values)
        await self.world.execute(
            f"UPDATE tickets SET {settings}, handed_over_at = now(), waiting_since = now(),"
            " number = coalesce(number, nextval('ticket_numbers')::text) WHERE id = :id",
            id=ticket_id,
            **values,
        )
        await self.world.execute("DELETE FROM work")
        if not self.names:
            await self.worker().drain()  # what happened before the rules is not their business
        return ticket_id

    def agent(self, name: str = "Salma") -> Actor:
        return Actor(self.world.agents[name], PERMISSIONS, "agent")

    async def do(self, ticket_id: UUID, *steps: dict[str, Any], actor: Actor | None = None) -> Outcome:
        """Steps on a ticket, kept."""
        async with self.world.desk.transaction() as transaction:
            scene = await open_scene(transaction, ticket_id, actor or self.agent(), self.services)
            return await perform(scene, STEPS.validate_python(list(steps)))

    async def row(self, ticket_id: UUID) -> dict[str, Any]:
        """What steps change."""
        row = (
            await self.world.rows(
                "SELECT status, status_key, snoozed_until, assignee_id, team_id, priority, category, tags,"
                " CAST(fields AS text) AS fields FROM tickets WHERE id = :id",
                id=ticket_id,
            )
        )[0]
        return dict(row._mapping)

    async def rule(
        self,
        trigger: str | dict[str, Any],
        actions: Sequence[dict[str, Any]],
        conditions: dict[str, Any] | None = None,
        *,
        name: str = "rule",
        stops: bool = False,
    ) -> UUID:
        """An enabled automation, last in order."""
        asked = {"kind": "event", "event": trigger} if isinstance(trigger, str) else trigger
        rule_id = uuid4()
        await self.world.execute(
            "INSERT INTO automations (id, names, position, enabled, trigger, conditions, actions, stops)"
            " VALUES (:id, CAST(:names AS jsonb), :position, true, CAST(:trigger AS jsonb),"
            " CAST(:conditions AS jsonb), CAST(:actions AS jsonb), :stops)",
            id=rule_id,
            names=json.dumps({"en": name}),
            position=len(self.names) + 1,
            trigger=json.dumps(asked),
            conditions=json.dumps(conditions or {"all": []}),
            actions=json.dumps(list(actions)),
            stops=stops,
        )
        self.names[name] = rule_id
        return rule_id

    async def runs(self) -> list[tuple[str, str]]:
        """Every run as (rule, outcome), the oldest first."""
        known = {rule_id: name for name, rule_id in self.names.items()}
        rows = await self.world.rows("SELECT automation_id, outcome FROM automation_runs ORDER BY id")
        return [(known[row[0]], row[1]) for row in rows]

    def worker(self) -> Automations:
        """The one that has the lease."""
        if self._worker is None:
            self._worker = Automations(self.world.desk, lambda: self.services)
        return self._worker

    async def bulk(self, ids: Sequence[UUID], *steps: dict[str, Any]) -> UUID:
        """A change of many, begun by Salma."""
        job_id: UUID = await Bulk(self.world.desk).begin(
            self.agent(),
            STEPS.validate_python(list(steps)),
            ids=ids,
            reader=Reader(self.world.agents["Salma"]),
        )
        return job_id

    def bulk_worker(self) -> BulkWorker:
        return BulkWorker(self.world.desk, lambda: self.services)


@pytest.fixture
async def rules(world: Any) -> Rules:
    made = Rules(world, Services(world.accounts, ALWAYS_OPEN, "SRM"))
    for tag in ("urgent", "vip", "seen", "a", "b", "c", "d"):
        await world.execute("INSERT INTO tags (name) VALUES (:tag)", tag=tag)
    await world.execute(
        "INSERT INTO custom_fields (key, subject, kind, names) VALUES ('meter', 'ticket', 'text', '{}'),"
        " ('floor', 'ticket', 'number', '{}')"
    )
    return made
