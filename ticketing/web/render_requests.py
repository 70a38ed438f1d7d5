"""Categories, promises and handovers as the JSON of docs/api.md. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from ticketing import facts
from ticketing.categories import Category, Target
from ticketing.details import Details
from ticketing.reading.kept_fields import KeptFields
from ticketing.web import render

Json = dict[str, Any]


def category(value: Category, teams: Mapping[str, Row[Any]]) -> Json:
    its_team = teams.get(value.team or "")
    return {
        "code": value.code,
        "names": value.names,
        "priority": value.priority,
        "team": None if its_team is None else render.team(its_team),
        "restricted": value.restricted,
        "group": value.parent,
        "visit": value.visit,
        "receipt": value.receipt,
        "position": value.position,
        "active": value.is_active,
        "targets": {
            "first_answer": _target(value.first_answer),
            "action": _target(value.action),
            "resolve": _target(value.resolve),
        },
        "legal_days": value.legal_days,
    }


def _target(value: Target | None) -> Json | None:
    return None if value is None else {"amount": _duration(value.amount), "clock": value.clock}


def _duration(amount: timedelta) -> str:
    """ISO 8601: "P5D", "PT1H30M"."""
    minutes = int(amount.total_seconds()) // 60
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"


def with_fields(detail: Json, kept: KeptFields) -> Json:
    """A ticket's detail with what this agent may see of the organisation's own fields."""
    contact = detail["contact"] | {"fields": kept.contact, "tags": kept.contact_tags}
    return detail | {"private_fields": kept.private, "contact": contact}


def handed_over(ticket: Row[Any], details: Details) -> Json:
    """The keys `handover`, `promise` and `queue` of a ticket's detail."""
    return {
        "handover": _handover(ticket.handover, details),
        "promise": None
        if details.promise is None
        else {
            name: render.time(getattr(details.promise, name))
            for name in ("first_answer_by", "action_by", "resolve_by", "legal_by")
        },
        "queue": None
        if details.queue is None
        else {
            "position": details.queue.before + 1,
            "team": render.ticket_team(ticket),
            "people_there": details.queue.people_there,
        },
    }


def _handover(stored: Mapping[str, Any] | None, details: Details) -> Json | None:
    if not stored:
        return None
    names = ("reason", "summary", "summary_ar", "summary_fr", "intent", "language", "at", "priority")
    slots = stored.get("slots") or {}
    return {name: stored.get(name) for name in names} | {
        "slots": slots,
        "category": _proposed_category(details.proposal),
        "team": _proposed_team(details.proposal),
        "facts": [
            {"name": fact.name, "labels": fact.labels, "values": fact.values}
            for fact in facts.readable(slots)
        ],
    }


def _proposed_category(row: Row[Any] | None) -> Json | None:
    if row is None or row.code is None:
        return None
    return {"code": row.code, "names": row.names, "restricted": row.restricted}


def _proposed_team(row: Row[Any] | None) -> Json | None:
    if row is None or row.team_id is None:
        return None
    return {"id": str(row.team_id), "key": row.team_key, "names": row.team_names}
