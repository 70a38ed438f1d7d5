"""What steps would do: they are done, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ticketing.actions.base import Actor, Services, Step
from ticketing.actions.steps import Refused, StepResult, open_scene, perform
from ticketing.desk import Desk, Transaction


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The steps' results, or why they would be refused."""

    results: Sequence[StepResult]
    refusal: Refused | None

    def as_json(self) -> dict[str, Any]:
        return {
            "steps": [result.as_json() for result in self.results],
            "refusal": None if self.refusal is None else self.refusal.as_json(),
        }


async def rehearse(
    desk: Desk, ticket_id: UUID, steps: Sequence[Step], actor: Actor, services: Services
) -> Rehearsal:
    """NotFound for a ticket that is not there. Nobody is woken and nothing leaves."""
    async with desk.engine.connect() as connection, connection.begin() as begun:
        transaction = Transaction(connection, desk.keepers)
        scene = await open_scene(transaction, ticket_id, actor, services)
        try:
            outcome = await perform(scene, steps)
            await transaction.flush()  # what the database refuses is refused here too
            return Rehearsal(outcome.results, None)
        except Refused as refusal:
            return Rehearsal((), refusal)
        finally:
            await begun.rollback()
