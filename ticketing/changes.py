"""Everything a transaction writes, sent to PostgreSQL as one set-based statement.

Rows travel as JSON, so the number of messages changes the size of a statement, never their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.codec import rows_as_json
from ticketing.state import Conversation, Ticket

Row = dict[str, Any]


def _names(types: str) -> str:
    return ", ".join(column.split(" ")[0] for column in types.split(", "))


def _updates(types: str, *fixed: str) -> str:
    changing = (name for name in _names(types).split(", ") if name not in {"id", *fixed})
    return ", ".join(f"{name} = excluded.{name}" for name in changing)


_TICKET_TYPES = (
    "id uuid, number text, contact_id uuid, owner text, status text, priority smallint, team_id uuid,"
    " assignee_id uuid, handover jsonb, version integer, opened_at timestamptz, handed_over_at timestamptz,"
    " closed_at timestamptz, last_message_at timestamptz, waiting_since timestamptz, last_message jsonb,"
    " unread integer, category text, snoozed_until timestamptz, solved_at timestamptz, status_key text,"
    " close_reason text, follows_id uuid, tags text[], fields jsonb, due_at timestamptz,"
    " sla jsonb, accounts text[]"
)
_CONVERSATION_TYPES = (
    "id uuid, account text, identity_id uuid, ticket_id uuid, language text, last_position integer,"
    " turn_position integer, last_inbound_at timestamptz, window_expires_at timestamptz"
)
_MESSAGE_TYPES = (
    "id uuid, conversation_id uuid, ticket_id uuid, position integer, direction text, author text,"
    " author_id uuid, kind text, content jsonb, search_text text, external_id text, reply_to text,"
    " state text, client_id uuid, provider_at timestamptz, due_at timestamptz"
)
_ATTACHMENT_TYPES = (
    "id uuid, message_id uuid, conversation_id uuid, account text, position smallint, kind text,"
    " content_type text, name text, size bigint, state text, reference jsonb, storage_key text, sha256 text,"
    " due_at timestamptz"
)
_EVENT_TYPES = (
    "type text, ticket_id uuid, conversation_id uuid, contact_id uuid, message_id uuid, actor text,"
    " actor_id uuid, data jsonb"
)
_PROMISE_TYPES = (
    "ticket_id uuid, given_at timestamptz, first_answer_by timestamptz, action_by timestamptz,"
    " resolve_by timestamptz, legal_by timestamptz"
)
_CLOCK_TYPES = (
    "id uuid, ticket_id uuid, kind text, target interval, calendar text, team text, policy_id uuid,"
    " started_at timestamptz, pauses jsonb, due_at timestamptz, warn_at timestamptz, next_at timestamptz,"
    " warned_at timestamptz, escalated_at timestamptz, breached_at timestamptz, met_at timestamptz"
)
_ANSWERED_TYPES = (
    "conversation_id uuid, ticket_id uuid, contact_id uuid, text text, likeness text, language text,"
    " intent text, confidence real, outcome text, reason text"
)
_IDENTITY_TYPES = "id uuid, channel text, contact_id uuid, address text, name text, phone text"
_ADDRESS_TYPES = "channel text, address text, identity_id uuid"


def _insert(table: str, part: str, types: str, *, selected: str | None = None, ending: str = "") -> str:
    """An INSERT of the rows that travel as the JSON parameter `part`; names and types are ours."""
    names = _names(types)
    return (
        f"INSERT INTO {table} ({names}) SELECT {selected or names}"  # noqa: S608
        f" FROM json_to_recordset(CAST(:{part} AS json)) AS r({types}){ending}"
    )


# Tickets and conversations are upserted: new or locked before, the unique index finds the row whatever the
# planner believes about the size of a table that grows.
_PARTS: Mapping[str, str] = {
    "contacts": _insert("contacts", "contacts", "id uuid, name text"),
    "identities": _insert("identities", "identities", _IDENTITY_TYPES),
    "addresses": _insert(
        "identity_addresses", "addresses", _ADDRESS_TYPES, ending=" ORDER BY channel, address"
    ),
    "tickets": _insert(
        "tickets",
        "tickets",
        _TICKET_TYPES,
        ending=f" ON CONFLICT (id) DO UPDATE SET {_updates(_TICKET_TYPES, 'opened_at')}",
    ),
    "conversations": _insert(
        "conversations",
        "conversations",
        _CONVERSATION_TYPES,
        ending=f" ON CONFLICT (id) DO UPDATE SET {_updates(_CONVERSATION_TYPES, 'account', 'identity_id')}",
    ),
    "messages": _insert("messages", "messages", _MESSAGE_TYPES),
    "promises": _insert(
        "promises",
        "promises",
        _PROMISE_TYPES,
        ending=f" ON CONFLICT (ticket_id) DO UPDATE SET {_updates(_PROMISE_TYPES, 'ticket_id')}",
    ),
    "clocks": _insert(
        "ticket_clocks",
        "clocks",
        _CLOCK_TYPES,
        ending=f" ON CONFLICT (id) DO UPDATE SET {_updates(_CLOCK_TYPES, 'ticket_id', 'kind', 'started_at')}",
    ),
    "answered": _insert("assistant_turns", "answered", _ANSWERED_TYPES),
    "attachments": _insert(
        "attachments",
        "attachments",
        _ATTACHMENT_TYPES,
        selected=_names(_ATTACHMENT_TYPES).replace("sha256", "decode(sha256, 'hex')"),
    ),
    "events": _insert("events", "events", _EVENT_TYPES),
    # A turn waits for the next bubble; one that is being asked is asked again when it comes back.
    "turns": (
        "INSERT INTO work (kind, conversation_id, account, due_at)"
        " SELECT 'turn', conversation_id, account, now() + delay * interval '1 second'"
        " FROM json_to_recordset(CAST(:turns AS json))"
        " AS r(conversation_id uuid, account text, delay double precision) ORDER BY conversation_id"
        " ON CONFLICT (kind, conversation_id) DO UPDATE SET due_at = excluded.due_at,"
        " generation = work.generation + 1"
    ),
    # A send that backs off keeps its time: a new message does not hurry a provider that said "later". One
    # that only waits for its own time (`held`) does not keep another message waiting.
    "sends": (
        "INSERT INTO work (kind, conversation_id, account, due_at, held)"
        " SELECT 'send', conversation_id, account, now() + delay * interval '1 second', delay > 0"
        " FROM json_to_recordset(CAST(:sends AS json))"
        " AS r(conversation_id uuid, account text, delay double precision) ORDER BY conversation_id"
        " ON CONFLICT (kind, conversation_id) DO UPDATE SET generation = work.generation + 1, due_at ="
        " CASE WHEN work.held THEN least(work.due_at, excluded.due_at) ELSE work.due_at END,"
        " held = work.held AND excluded.held"
    ),
}


# With these a ticket begins to wait for somebody, or somebody has room again.
_ROUTED = frozenset(
    {
        "ticket.handed_over",
        "ticket.released",
        "ticket.assigned",
        "ticket.bounced",
        "ticket.reopened",
        "ticket.closed",
        "ticket.status_changed",
        "ticket.solved",
        "ticket.resumed",
        "ticket.prioritised",
        "ticket.overflowed",
        "ticket.woken",
        "ticket.categorised",
    }
)


@lru_cache(maxsize=256)
def _statement(names: tuple[str, ...]) -> TextClause:
    *rest, last = names
    parts = ", ".join(f"{name}_written AS ({_PARTS[name]})" for name in rest)
    return text(f"WITH {parts} {_PARTS[last]}" if rest else _PARTS[last])


def _row(value: Any) -> Row:
    return {name: getattr(value, name) for name in value.__slots__}


@dataclass(slots=True)
class Changes:
    """What to write. Tickets and conversations are locked rows, written whole as they stand at the end."""

    contacts: list[Row] = field(default_factory=list)
    identities: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    tickets: dict[UUID, Ticket] = field(default_factory=dict)
    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    messages: list[Row] = field(default_factory=list)
    promises: dict[UUID, Row] = field(default_factory=dict)
    clocks: list[Row] = field(default_factory=list)
    answered: list[Row] = field(default_factory=list)
    attachments: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    turns: dict[UUID, Row] = field(default_factory=dict)
    sends: dict[UUID, Row] = field(default_factory=dict)

    def topics(self) -> set[str]:
        """Whom to wake once this is committed."""
        topics = set()
        if self.events:
            topics.add("live")
        if self.turns:
            topics.add("turn")
        if self.sends:
            topics.add("send")
        if any(event["type"] in _ROUTED for event in self.events):
            topics.add("routing")
        if any(row["next_at"] is not None for row in self.clocks):
            topics.add("sla")
        if any(row["state"] == "pending" for row in self.attachments):
            topics.add("media")
        return topics

    def _rows(self) -> dict[str, list[Row]]:
        """By part, in the order in which locks are taken: work last."""
        return {
            "contacts": self.contacts,
            "identities": self.identities,
            "addresses": self.addresses,
            "tickets": [_row(ticket) for ticket in self.tickets.values()],
            "conversations": [_row(conversation) for conversation in self.conversations.values()],
            "messages": self.messages,
            "promises": list(self.promises.values()),
            "clocks": self.clocks,
            "answered": self.answered,
            "attachments": self.attachments,
            "events": self.events,
            "turns": list(self.turns.values()),
            "sends": list(self.sends.values()),
        }

    def _note_accounts(self) -> None:
        """A ticket remembers through which accounts its messages came and went: lists filter by them."""
        for message in self.messages:
            ticket = self.tickets.get(message["ticket_id"])
            conversation = self.conversations.get(message["conversation_id"])
            if ticket and conversation and conversation.account not in ticket.accounts:
                ticket.accounts.append(conversation.account)

    async def write(self, connection: AsyncConnection) -> None:
        self._note_accounts()
        rows = {name: part for name, part in self._rows().items() if part}
        if rows:
            await connection.execute(
                _statement(tuple(rows)), {name: rows_as_json(part) for name, part in rows.items()}
            )
