"""Hears the answer to a survey among what customers write: it reopens no ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from channels.envelope import Capabilities, Content
from channels.rendering import Undeliverable
from ticketing import texts
from ticketing.desk import Event, Transaction
from ticketing.notifications import notify
from ticketing.posting import fit, post
from ticketing.state import Conversation, Ticket
from ticketing.statuses import is_active
from ticketing.surveys.answers import comment_of, score_of
from ticketing.texts import language_of

ANSWER_WITHIN: Final = timedelta(hours=72)
COMMENT_WITHIN: Final = timedelta(minutes=30)
LOW: Final = 2  # a score that a team's leads are told of

_WAITING = text(
    "SELECT id, state, agent_id, team_id, score FROM ratings WHERE conversation_id = :conversation_id"
    " AND ticket_id = :ticket_id AND (state = 'asked'"
    "   AND asked_at > CAST(:now AS timestamptz) - CAST(:within AS interval)"
    " OR state = 'answered' AND comment IS NULL"
    "   AND answered_at > CAST(:now AS timestamptz) - CAST(:comment_within AS interval))"
    " ORDER BY asked_at DESC LIMIT 1 FOR UPDATE"
)
_SCORED = text("UPDATE ratings SET state = 'answered', score = :score, answered_at = :now WHERE id = :id")
_COMMENTED = text("UPDATE ratings SET comment = :comment, commented_at = :now WHERE id = :id")
_SHOW = text("UPDATE tickets SET rating = :score WHERE id = :ticket_id")
_LEADS = text(
    "SELECT m.agent_id FROM team_members m JOIN agents a ON a.id = m.agent_id"
    " WHERE m.team_id = :team_id AND m.is_lead AND a.is_active"
)


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """A score or a comment to one survey."""

    rating_id: UUID
    team_id: UUID | None
    score: int
    comment: str | None = None


async def hear(
    transaction: Transaction, ticket: Ticket | None, conversation: Conversation, content: Content
) -> SurveyAnswer | None:
    """What a message says to a survey of this conversation; None when it is anything else.

    Costs nothing while the ticket is active, and nothing for what is neither score nor comment.
    """
    if ticket is None or is_active(ticket):
        return None
    score, comment = score_of(content), comment_of(content)
    if score is None and comment is None:
        return None
    values = {
        "conversation_id": conversation.id,
        "ticket_id": ticket.id,
        "now": transaction.now,
        "within": ANSWER_WITHIN,
        "comment_within": COMMENT_WITHIN,
    }
    row = (await transaction.connection.execute(_WAITING, values)).one_or_none()
    if row is None:
        return None
    if score is not None:
        return SurveyAnswer(row.id, row.team_id, score)  # who thinks again may
    return SurveyAnswer(row.id, row.team_id, row.score, comment) if row.state == "answered" else None


async def keep_answer(
    transaction: Transaction,
    answer: SurveyAnswer,
    ticket: Ticket,
    conversation: Conversation,
    capabilities: Capabilities,
) -> None:
    """Write it down, thank, and tell the team's leads of a low one."""
    connection = transaction.connection
    if answer.comment is not None:
        await connection.execute(
            _COMMENTED, {"id": answer.rating_id, "comment": answer.comment, "now": transaction.now}
        )
    else:
        await connection.execute(
            _SCORED, {"id": answer.rating_id, "score": answer.score, "now": transaction.now}
        )
        await connection.execute(_SHOW, {"ticket_id": ticket.id, "score": answer.score})
        _thank(transaction, ticket, conversation, capabilities)
    data = {"score": answer.score, "comment": answer.comment}
    kind = "ticket.rated" if answer.comment is None else "ticket.commented"
    transaction.record(Event(kind, "customer", ticket_id=ticket.id, data=data))
    if answer.score <= LOW and answer.team_id is not None:
        leads = (await connection.execute(_LEADS, {"team_id": answer.team_id})).scalars()
        await notify(transaction, list(leads), "low_rating", ticket.id, data)


def _thank(
    transaction: Transaction, ticket: Ticket, conversation: Conversation, capabilities: Capabilities
) -> None:
    thanks = Content(text=texts.say(language_of("", conversation.language), "survey_thanks"))
    try:
        parts = fit([thanks], capabilities)
    except Undeliverable:
        return  # a channel that carried the question carries this; if not, the score counts all the same
    post(transaction, conversation, ticket, parts, author="system")
