"""Steps about who holds a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle
from ticketing.actions.base import Scene, Step, Values
from ticketing.desk import Event
from ticketing.errors import Conflict, Invalid
from ticketing.ownership import give, let_go, take_from_assistant

_AGENT = text("SELECT 1 FROM agents WHERE id = :id AND is_active")
_TEAM = text("SELECT 1 FROM teams WHERE id = :id")


class Assign(Step):
    """To an agent (`me`: whoever runs it), or with null to nobody; a team besides, where one is named."""

    action: Literal["assign"] = "assign"
    agent_id: UUID | Literal["me"] | None = None
    team_id: UUID | None = None
    no_team: bool = False  # out of every queue: as it was before it was given to one

    @property
    def permission(self) -> str:
        return "ticket:claim" if self.agent_id == "me" else "ticket:assign"

    async def check(self, connection: AsyncConnection) -> None:
        if isinstance(self.agent_id, UUID):
            await _there(connection, "agent", self.agent_id)
        if self.team_id is not None:
            await _there(connection, "team", self.team_id)

    async def apply(self, scene: Scene) -> None:
        agent_id = self.agent_id
        if agent_id == "me":
            if scene.by is None:
                raise Invalid("agent_unknown", "A rule has no hands: name an agent.", {"agent_id": "me"})
            await take(scene, scene.by)
            agent_id = scene.by
        with_people(scene)
        ticket = scene.ticket
        team_id = None if self.no_team else self.team_id or ticket.team_id
        if (ticket.assignee_id, ticket.team_id) != (agent_id, team_id):
            ticket.team_id = team_id
            await give(scene.transaction, ticket, scene.by, agent_id=agent_id, team_id=self.team_id)

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        return give_back(before, after)


class SetTeam(Step):
    """Into a team's queue, where nobody holds it."""

    needs: ClassVar[str] = "ticket:assign"
    action: Literal["set_team"] = "set_team"
    team_id: UUID

    async def check(self, connection: AsyncConnection) -> None:
        await _there(connection, "team", self.team_id)

    async def apply(self, scene: Scene) -> None:
        with_people(scene)
        if (scene.ticket.team_id, scene.ticket.assignee_id) != (self.team_id, None):
            await give(scene.transaction, scene.ticket, scene.by, agent_id=None, team_id=self.team_id)

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        return give_back(before, after)


class Release(Step):
    """Nobody holds it any more."""

    needs: ClassVar[str] = "ticket:claim"
    action: Literal["release"] = "release"

    async def apply(self, scene: Scene) -> None:
        with_people(scene)
        let_go(scene.transaction, scene.ticket, scene.by)

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        return give_back(before, after)


async def take(scene: Scene, agent_id: UUID) -> None:
    """Whoever acts holds the ticket, taken from the assistant too, unless a colleague already does."""
    ticket = scene.ticket
    if ticket.owner == "assistant" and ticket.status != "closed":
        await take_from_assistant(scene.transaction, ticket, scene.conversations, agent_id)
    elif ticket.owner == "agents" and ticket.assignee_id is None and ticket.status != "closed":
        lifecycle.hold(ticket, agent_id)
        scene.transaction.save(ticket)
        scene.transaction.record(Event("ticket.claimed", "agent", ticket_id=ticket.id, actor_id=agent_id))


def with_people(scene: Scene) -> None:
    """Conflict while the assistant has the ticket, or when it is over."""
    if scene.ticket.status == "closed":
        raise Conflict("ticket_closed", "This ticket is closed.")
    if scene.ticket.owner == "assistant":
        raise Conflict("with_assistant", "The assistant has this ticket: take it over.")


def give_back(before: Values, after: Values) -> Sequence[Step]:
    if (before["assignee"], before["team"]) == (after["assignee"], after["team"]):
        return ()
    values = {"agent_id": before["assignee"], "team_id": before["team"], "no_team": before["team"] is None}
    return (Assign.model_validate(values),)


async def _there(connection: AsyncConnection, what: str, wanted: UUID) -> None:
    statement = _AGENT if what == "agent" else _TEAM
    if await connection.scalar(statement, {"id": wanted}) is None:
        raise Invalid(f"{what}_unknown", f"There is no such {what}.", {f"{what}_id": "unknown"})
