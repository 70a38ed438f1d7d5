"""Steps that write: a note for colleagues, a message to the customer, a word to agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Content
from channels.rendering import Undeliverable
from ticketing.actions.base import Change, Scene, Step
from ticketing.actions.holding import take
from ticketing.answering import capabilities_of, check_gaps, check_window
from ticketing.canned.answers import WRITE, Person, canned_answer, count_uses
from ticketing.canned.filling import Surroundings, fill_for_ticket
from ticketing.canned.variables import nearest, unknown_in
from ticketing.desk import Event
from ticketing.errors import Conflict, Invalid
from ticketing.notifications import notify
from ticketing.posting import fit, message_row, post
from ticketing.state import Conversation
from ticketing.statuses import CLOSED
from ticketing.texts import language_of

_AGENTS = text("SELECT count(*) FROM agents WHERE id = ANY(CAST(:ids AS uuid[])) AND is_active")
_CANNED = text("SELECT 1 FROM canned_answers WHERE id = :id")
_TEAMS = text("SELECT count(*) FROM teams WHERE id = ANY(CAST(:ids AS uuid[]))")
_MEMBERS = text("SELECT agent_id FROM team_members WHERE team_id = ANY(CAST(:ids AS uuid[]))")

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Texts = dict[Annotated[str, StringConstraints(pattern="^(ar|fr|en)$")], Words]


class AddNote(Step):
    """A private note: no message, and nothing that a customer could get."""

    action: Literal["add_note"] = "add_note"
    text: Words

    async def apply(self, scene: Scene) -> None:
        conversation = newest(scene)
        row = message_row(
            conversation,
            scene.ticket.id,
            Content(text=self.text),
            direction="note",
            author=scene.actor.kind,
            author_id=scene.by,
        )
        scene.transaction.add_message(row)
        scene.transaction.save(conversation)
        scene.transaction.record(
            Event(
                "note.added",
                scene.actor.kind,
                ticket_id=scene.ticket.id,
                conversation_id=conversation.id,
                message_id=row["id"],
                actor_id=scene.by,
            )
        )
        scene.said.append(Change("note", None, self.text))


class SendText(Step):
    """A message in the customer's language where there is one in it, by the rules of an agent's reply."""

    action: Literal["send_text"] = "send_text"
    texts: Annotated[Texts, Field(min_length=1)]

    async def check(self, connection: AsyncConnection) -> None:
        for language, words in self.texts.items():
            unknown = unknown_in(words)
            if unknown:
                fields = {f"texts.{language}": unknown[0]}
                raise Invalid("variable_unknown", "There is no such variable.", fields)

    async def apply(self, scene: Scene) -> None:
        await send(scene, self.texts)


class SendCanned(Step):
    """A canned answer, filled for the ticket. A rule uses those that more than one agent may use."""

    action: Literal["send_canned"] = "send_canned"
    canned_answer_id: UUID

    async def check(self, connection: AsyncConnection) -> None:
        if await connection.scalar(_CANNED, {"id": self.canned_answer_id}) is None:
            raise Invalid("canned_unknown", "There is no such answer.", {"canned_answer_id": "unknown"})

    async def apply(self, scene: Scene) -> None:
        person = Person(scene.by or UUID(int=0), scene.by is None or scene.actor.may(WRITE))
        row = await canned_answer(scene.connection, self.canned_answer_id, person)
        await send(scene, row.texts)
        await count_uses(scene.connection, [self.canned_answer_id])


class Notify(Step):
    """Tell agents, the members of teams, or whoever holds the ticket."""

    action: Literal["notify"] = "notify"
    agent_ids: Annotated[list[UUID], Field(max_length=50, default_factory=list)]
    team_ids: Annotated[list[UUID], Field(max_length=20, default_factory=list)]
    assignee: bool = False
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.agent_ids or self.team_ids or self.assignee):
            raise ValueError("somebody must be told: agents, teams or the assignee")
        return self

    async def check(self, connection: AsyncConnection) -> None:
        if await connection.scalar(_AGENTS, {"ids": self.agent_ids}) != len(set(self.agent_ids)):
            raise Invalid("agent_unknown", "There is no such agent.", {"agent_ids": "unknown"})
        if await connection.scalar(_TEAMS, {"ids": self.team_ids}) != len(set(self.team_ids)):
            raise Invalid("team_unknown", "There is no such team.", {"team_ids": "unknown"})

    async def apply(self, scene: Scene) -> None:
        told = set(self.agent_ids) | set(
            (await scene.connection.execute(_MEMBERS, {"ids": self.team_ids})).scalars()
        )
        if self.assignee and scene.ticket.assignee_id is not None:
            told.add(scene.ticket.assignee_id)
        if told:
            data = {"text": self.text}
            await notify(scene.transaction, told, "automation.told", scene.ticket.id, data)
            scene.said.append(Change("notification", None, self.text))


def newest(scene: Scene) -> Conversation:
    """Where the ticket goes on. Conflict when its conversations have gone on without it."""
    if not scene.conversations:
        raise Conflict("conversation_moved", "The conversation goes on in another ticket.")
    return scene.conversations[0]


async def send(scene: Scene, texts: Mapping[str, str]) -> None:
    """Queue a message in the customer's language, or the nearest there is, with its variables filled.

    An agent who writes takes the ticket as with a reply; a rule leaves it as it is.
    """
    conversation, ticket = newest(scene), scene.ticket
    if ticket.status == CLOSED:
        raise Conflict("ticket_closed", "This ticket is closed: reopen it to answer.")
    content = Content(text=await _filled(scene, texts, conversation.language))
    capabilities = capabilities_of(scene.services.accounts, conversation.account)
    check_window(capabilities, content, conversation.window_expires_at, scene.transaction.now)
    try:
        parts = fit([content], capabilities)
    except Undeliverable as error:
        reason = error.failure.reason.value
        raise Invalid("undeliverable", str(error), {"reason": reason}) from error
    if scene.by is not None:
        await take(scene, scene.by)
    post(scene.transaction, conversation, ticket, parts, author=scene.actor.kind, author_id=scene.by)
    scene.said.append(Change("message", None, content.text))


async def _filled(scene: Scene, texts: Mapping[str, str], language: str | None) -> str:
    """In a rule's message "the agent" is whoever holds the ticket."""
    writer = scene.by or scene.ticket.assignee_id
    if writer is None:
        words = texts[nearest(texts, language_of("", language)).value]
    else:
        timetable, now = scene.services.timetable, scene.transaction.now
        around = Surroundings(writer, scene.services.brand, timetable.zone, now)
        words = (await fill_for_ticket(scene.connection, texts, scene.ticket.id, around)).text
    check_gaps(words)
    return words
