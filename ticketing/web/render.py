"""Rows of the database as the JSON of docs/api.md. Pure: no I/O, no permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from channels.envelope import Capabilities
from ticketing.accounts import Accounts
from ticketing.reading.threads import MessageRow, TicketDetail, Timeline
from ticketing.web import render_sla

Json = dict[str, Any]

HIDDEN = "••••••"

# What a conversation can carry whose account is no longer configured: nothing.
REMOVED = Capabilities(text_length=0)


def time(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, milliseconds, `Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def identifier(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def team(row: Row[Any]) -> Json:
    return {"id": str(row.id), "key": row.key, "names": row.names}


def agent(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "name": row.name,
        "email": row.email,
        "role": row.role,
        "language": row.language,
    }


def ticket(row: Row[Any]) -> Json:
    """A list row."""
    assignee = None if row.assignee_id is None else {"id": str(row.assignee_id), "name": row.assignee_name}
    return {
        "id": str(row.id),
        "number": row.number,
        "owner": row.owner,
        "status": row.status,
        "custom_status": _custom_status(row),
        "snoozed_until": time(row.snoozed_until),
        "solved_at": time(row.solved_at),
        "close_reason": row.close_reason,
        "follows": _named(row.follows_id, row.follows_number),
        "merged_into": _named(row.merged_into_id, row.merged_into_number),
        "parent": _named(row.parent_id, row.parent_number),
        "tags": list(row.tags),
        "fields": row.fields,
        "priority": row.priority,
        "version": row.version,
        "contact": {
            "id": str(row.contact_id),
            "name": row.contact_name,
            "language": row.contact_language,
        },
        "assignee": assignee,
        "team": ticket_team(row),
        "channels": list(row.channels),
        "opened_at": time(row.opened_at),
        "handed_over_at": time(row.handed_over_at),
        "closed_at": time(row.closed_at),
        "last_message_at": time(row.last_message_at),
        "waiting_since": time(row.waiting_since),
        "unread": row.unread,
        "rating": row.rating,
        "last_message": _last_message(row.last_message),
        "handover_reason": (row.handover or {}).get("reason"),
        "category": _category(row),
        "sla": render_sla.row(row),
    }


def ticket_team(row: Row[Any]) -> Json | None:
    """Whose a ticket is, from its list row."""
    if row.team_id is None:
        return None
    return {"id": str(row.team_id), "key": row.team_key, "names": row.team_names}


def _custom_status(row: Row[Any]) -> Json | None:
    if row.status_key is None:
        return None
    return {"key": row.status_key, "names": row.status_names, "color": row.status_color}


def _named(ticket_id: UUID | None, number: str | None) -> Json | None:
    """Another ticket, by its number."""
    return None if ticket_id is None else {"id": str(ticket_id), "number": number}


def _category(row: Row[Any]) -> Json | None:
    if row.category is None:
        return None
    return {"code": row.category, "names": row.category_names, "restricted": row.is_restricted}


def _last_message(stored: Mapping[str, Any] | None) -> Json | None:
    if not stored:
        return None
    return {key: stored.get(key) for key in ("author", "text", "kind")}


def ticket_detail(detail: TicketDetail, accounts: Accounts) -> Json:
    """A ticket with its conversations and contact."""
    rendered = ticket(detail.row)
    rendered["conversations"] = [
        _conversation(row, accounts[row.account].capabilities if row.account in accounts else REMOVED)
        for row in detail.conversations
    ]
    rendered["contact"] |= {
        "identities": [
            {
                "id": str(row.id),
                "channel": row.channel,
                "address": row.address,
                "name": row.name,
                "phone": row.phone,
            }
            for row in detail.identities
        ],
        "tickets": [
            {
                "id": str(row.id),
                "number": row.number,
                "status": row.status,
                "opened_at": time(row.opened_at),
            }
            for row in detail.other_tickets
        ],
    }
    return rendered


def _conversation(row: Row[Any], capabilities: Capabilities) -> Json:
    return {
        "id": str(row.id),
        "account": row.account,
        "channel": row.channel,
        "identity": {"address": row.address, "name": row.name, "phone": row.phone},
        "window_expires_at": time(row.window_expires_at),
        "language": row.language,
        "capabilities": {
            "text_length": capabilities.text_length,
            "media": {
                kind.value: {"content_types": sorted(limit.content_types), "max_bytes": limit.max_bytes}
                for kind, limit in capabilities.media.items()
            },
            "receipts": sorted(state.value for state in capabilities.receipts),
        },
    }


def attachment(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "content_type": row.content_type,
        "name": row.name,
        "size": row.size,
        "state": row.state,
    }


def message(stored: MessageRow) -> Json:
    row = stored.row
    return {
        "id": str(row.id),
        "ticket_id": identifier(row.ticket_id),
        "conversation_id": str(row.conversation_id),
        "channel": row.channel,
        "position": row.position,
        "direction": row.direction,
        "author": row.author,
        "author_name": row.author_name,
        "kind": row.kind,
        "content": _content(row.content, stored.attachments),
        "state": row.state,
        "failure": _failure(row.failure),
        "client_id": identifier(row.client_id),
        "reply_to_message_id": identifier(row.reply_to_message_id),
        "undo_until": time(row.due_at) if row.state in {"pending", "cancelled"} else None,
        "created_at": time(row.created_at),
    }


def _failure(stored: Mapping[str, Any] | None) -> Json | None:
    return {"reason": stored.get("reason"), "detail": stored.get("detail")} if stored else None


def _content(stored: Mapping[str, Any], attachments: Sequence[Row[Any]]) -> Json:
    location = stored.get("location")
    template = stored.get("template")
    extra = stored.get("extra") or {}
    return {
        # A one-time code is between the customer and us.
        "text": HIDDEN if extra.get("secret") else stored.get("text") or "",
        "choices": [
            {key: choice.get(key) for key in ("id", "title", "description")}
            for choice in stored.get("choices") or ()
        ],
        "choice_id": stored.get("choice_id"),
        "location": location
        and {key: location.get(key) for key in ("latitude", "longitude", "name", "address")},
        "attachments": [attachment(row) for row in attachments],
        # A template's parameters may hold a one-time code: its name is all an agent is shown.
        "template": template and {"name": template.get("name")},
        "extra": extra,
    }


def event(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "type": row.type,
        "ticket_id": identifier(row.ticket_id),
        "actor": row.actor,
        "actor_name": row.actor_name,
        "data": row.data,
        "at": time(row.at),
    }


def timeline(page: Timeline) -> Json:
    """Messages and events of one page, in the order of their time-ordered ids."""
    entries: list[tuple[UUID, Json]] = [
        (stored.row.id, {"type": "message", "message": message(stored)}) for stored in page.messages
    ]
    entries += [(row.id, {"type": "event", "event": event(row)}) for row in page.events]
    entries.sort(key=lambda entry: entry[0])
    return {"entries": [entry for _, entry in entries], "has_more": page.has_more}


def account(row: Row[Any], state: str, reason: str | None, since: datetime | None) -> Json:
    return {
        "key": row.key,
        "channel": row.channel,
        "state": state,
        "reason": reason,
        "since": time(since),
    }


def failed_event(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "account": row.account,
        "reason": row.reason,
        "raw": row.raw,
        "created_at": time(row.created_at),
        "replayed_at": time(row.replayed_at),
    }
