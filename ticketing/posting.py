"""Putting a message into a conversation: its row, its place, and what the ticket's list shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from bot.contract import ReplyMessage
from channels.envelope import Capabilities, Choice, Content, Kind, Location
from channels.rendering import degrade
from knowledge_base.text import words
from ticketing import lifecycle
from ticketing.changes import Row
from ticketing.codec import content_to_json, stored_text
from ticketing.desk import Event, Transaction
from ticketing.state import Conversation, Ticket

SEARCHED = 2000  # characters of a message that search looks through
SHOWN = 140  # characters of the newest message in the list


def message_row(
    conversation: Conversation,
    ticket_id: UUID | None,
    content: Content,
    *,
    direction: str,
    author: str,
    message_id: UUID | None = None,
    author_id: UUID | None = None,
    state: str | None = None,
    external_id: str | None = None,
    reply_to: str | None = None,
    client_id: UUID | None = None,
    provider_at: datetime | None = None,
    stored: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> Row:
    """A row at the conversation's next position. `stored` is the content as JSON where it is already made."""
    return {
        "id": message_id or uuid7(),
        "conversation_id": conversation.id,
        "ticket_id": ticket_id,
        "position": conversation.next_position(),
        "direction": direction,
        "author": author,
        "author_id": author_id,
        "kind": content.kind.value,
        "content": content_to_json(content) if stored is None else stored,
        "search_text": "" if is_secret(content) else searched(content.text),
        "external_id": external_id,
        "reply_to": reply_to,
        "state": state,
        "client_id": client_id,
        "provider_at": provider_at,
        "due_at": due_at,
    }


def searched(text: str) -> str:
    """`messages.search_text`: the folded words with one blank between them, as the word index wants them."""
    return " ".join(words(stored_text(text, SEARCHED)))


def is_secret(content: Content) -> bool:
    """Marked by whoever wrote it: a one-time code, which nobody but its reader may see."""
    return bool(content.extra.get("secret"))


def shown(author: str, content: Content) -> Row:
    """`tickets.last_message`: who spoke and the first words."""
    text = "" if is_secret(content) else stored_text(content.text.strip(), SHOWN)
    return {"author": author, "text": text, "kind": content.kind.value}


def content_of(message: ReplyMessage) -> Content:
    """What the assistant says, in the words of a channel."""
    location = None if message.location is None else Location(*message.location)
    return Content(
        kind=Kind.LOCATION if location is not None and not message.text else Kind.TEXT,
        text=message.text,
        choices=tuple(Choice(choice.id, choice.title, choice.description) for choice in message.choices),
        location=location,
    )


def post(
    transaction: Transaction,
    conversation: Conversation,
    ticket: Ticket | None,
    contents: Sequence[Content],
    *,
    author: str,
    author_id: UUID | None = None,
    client_id: UUID | None = None,
    reply_to: str | None = None,
    inline: bool = False,
    due_at: datetime | None = None,
) -> list[Row]:
    """Queue messages that are already fit for the channel. `inline`: the provider got them in its own
    answer. `due_at`: they leave not before, and can be taken back until then.
    """
    rows = []
    for ordinal, content in enumerate(contents):
        row = message_row(
            conversation,
            None if ticket is None else ticket.id,
            content,
            direction="outbound",
            author=author,
            author_id=author_id,
            state="sent" if inline else "pending",
            client_id=client_id,
            reply_to=reply_to if ordinal == 0 else None,
            due_at=due_at,
        )
        rows.append(row)
        transaction.add_message(row)
        transaction.record(
            Event(
                "message.queued",
                author,
                ticket_id=row["ticket_id"],
                conversation_id=conversation.id,
                message_id=row["id"],
                actor_id=author_id,
            )
        )
    if not rows:
        return rows
    transaction.save(conversation)
    if not inline:
        delay = timedelta(0) if due_at is None else due_at - transaction.now
        transaction.send_due(conversation.id, conversation.account, delay)
    if ticket is not None:
        lifecycle.we_answered(ticket, transaction.now, author=author)
        if author == "agent" or ticket.owner == "assistant":
            # In people's queue a row shows what the customer said, not that we said a person will answer.
            ticket.last_message = shown(author, contents[-1])
        transaction.save(ticket)
    return rows


def fit(contents: Sequence[Content], capabilities: Capabilities) -> tuple[Content, ...]:
    """As many messages as the channel needs. Undeliverable when it cannot carry them at all."""
    return tuple(part for content in contents for part in degrade(content, capabilities))
