"""Presence, queues and the overview as the JSON of docs/api/routing.md. Pure: no I/O, no permissions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from ticketing.reading.supervision import Overview
from ticketing.web.render import Json, identifier, team, time


def seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())


def presence(row: Row[Any]) -> Json:
    return {
        "agent_id": str(row.agent_id),
        "name": row.name,
        "state": row.state,
        "reason": row.reason,
        "since": time(row.since),
    }


def offer(ticket_id: UUID, until: datetime) -> Json:
    return {"ticket_id": str(ticket_id), "until": time(until)}


def reason(row: Row[Any]) -> Json:
    return {"key": row.key, "names": row.names, "state": row.state}


def skill(row: Row[Any]) -> Json:
    return {"key": row.key, "kind": row.kind, "names": row.names, "matches": list(row.matches)}


def queue(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "key": row.key,
        "names": row.names,
        "is_default": row.is_default,
        "routing": row.routing,
        "channels": None if row.channels is None else list(row.channels),
        "needs": list(row.needs),
        "level": row.level,
        "relaxation": row.relaxation,
        "capacity": row.capacity,
        "out_of_hours": row.out_of_hours,
        "overflow_team_id": identifier(row.overflow_team_id),
        "overflow_after": seconds(row.overflow_after),
        "overflow_unskilled": row.overflow_unskilled,
        "max_wait": seconds(row.max_wait),
        "sticky_for": seconds(row.sticky_for),
        "offer_for": seconds(row.offer_for),
        "reclaim_after": seconds(row.reclaim_after),
        "members": [str(member) for member in row.members],
    }


def member(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "name": row.name,
        "role": row.role,
        "capacity": row.capacity,
        "skills": row.skills,
        "teams": [str(one) for one in row.teams],
    }


def settings(row: Row[Any]) -> Json:
    return {
        "channel_weights": row.channel_weights,
        "default_weight": row.default_weight,
        "idle_after": seconds(row.idle_after),
    }


def overview(found: Overview) -> Json:
    """A queue's room is that of its members who are online."""
    return {
        "at": time(found.at),
        "queues": [_queue_now(row, found) for row in found.queues],
        "agents": [_agent_now(row) for row in found.agents],
        "assistant": {
            "conversations": found.conversations,
            "handed_over_today": found.handed_over_today,
        },
    }


def _queue_now(row: Row[Any], found: Overview) -> Json:
    online = [agent for agent in found.agents if agent.state == "online" and row.id in agent.teams]
    return {
        "team": team(row),
        "routing": row.routing,
        "unassigned": row.unassigned,
        "open": row.open,
        "waiting": row.waiting,
        "longest_wait_since": time(row.longest_wait_since),
        "at_risk": row.at_risk,
        "max_wait": seconds(row.max_wait),
        "online": len(online),
        "capacity_used": sum(min(agent.load, agent.capacity) for agent in online),
        "capacity": sum(agent.capacity for agent in online),
    }


def _agent_now(row: Row[Any]) -> Json:
    return {
        "agent_id": str(row.agent_id),
        "name": row.name,
        "role": row.role,
        "teams": [str(one) for one in row.teams],
        "state": row.state,
        "reason": row.reason,
        "since": time(row.since),
        "load": row.load,
        "capacity": row.capacity,
        "open": row.open,
        "waiting": row.waiting,
        "longest_wait_since": time(row.longest_wait_since),
    }
