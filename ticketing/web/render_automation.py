"""Macros, automations, their runs and bulk changes as JSON (docs/api/automation.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from ticketing.actions.base import Actor
from ticketing.bulk.jobs import UNDO_FOR, Job
from ticketing.macros import is_editable
from ticketing.web.render import Json, identifier, time


def names(stored: Mapping[str, str]) -> Json:
    return {language: stored.get(language) for language in ("ar", "fr", "en")}


def macro(row: Row[Any], actor: Actor) -> Json:
    team = {"id": str(row.team_id), "key": row.team_key, "names": row.team_names}
    return {
        "id": str(row.id),
        "names": names(row.names),
        "actions": row.actions,
        "visibility": row.visibility,
        "team": None if row.team_id is None else team,
        "owner_id": identifier(row.owner_id),
        "uses": row.uses,
        "last_used_at": time(row.last_used_at),
        "version": row.version,
        "editable": is_editable(row, actor),
        "updated_at": time(row.updated_at),
    }


def automation(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "names": names(row.names),
        "position": row.position,
        "enabled": row.enabled,
        "trigger": row.trigger,
        "conditions": row.conditions,
        "actions": row.actions,
        "stops": row.stops,
        "version": row.version,
        "updated_at": time(row.updated_at),
        "last_run_at": time(row.last_run_at),
        "runs_today": row.runs_today,
    }


def run(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "automation": {"id": str(row.automation_id), "names": names(row.names)},
        "ticket": {"id": str(row.ticket_id), "number": row.number},
        "trigger": row.trigger,
        "outcome": row.outcome,
        "steps": row.steps,
        "refusal": row.refusal,
        "at": time(row.at),
    }


def job(found: Job) -> Json:
    row = found.row
    undoable = row.finished_at is not None and row.undoes is None and row.undone_by is None and row.done
    return {
        "id": str(row.id),
        "state": row.state,
        "actions": row.actions,
        "undoes": identifier(row.undoes),
        "undone_by": identifier(row.undone_by),
        "undo_until": time(row.finished_at + UNDO_FOR) if undoable else None,
        "total": row.total,
        "done": row.done,
        "nothing": row.nothing,
        "refused": row.refused,
        "refusals": [
            {
                "ticket": {"id": str(refusal.ticket_id), "number": refusal.number},
                "code": refusal.refusal["code"],
                "message": refusal.refusal["message"],
            }
            for refusal in found.refusals
        ],
        "created_at": time(row.created_at),
        "finished_at": time(row.finished_at),
    }
