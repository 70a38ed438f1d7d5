"""Presence, queues, skills, and what supervisors look after."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import presence, queues, supervisor
from ticketing.web.auth.guard import SIGNED_IN
from ticketing.web.requests import Nothing
from ticketing.web.routes.route import Route
from ticketing.web.schemas import routing as schemas

_PRESENCE: Final = (
    Route("GET", "/presence", presence.own, SIGNED_IN, answer=schemas.OwnPresence),
    Route(
        "PATCH",
        "/presence",
        presence.choose,
        SIGNED_IN,
        body=presence.PresenceBody,
        answer=schemas.ChangedPresence,
    ),
    Route("GET", "/agents/presence", presence.everybody, "agent:read", answer=schemas.PresenceList),
    Route(
        "PATCH",
        "/agents/{id}/presence",
        presence.choose_for,
        "presence:write",
        body=presence.OtherPresenceBody,
        answer=schemas.OtherPresence,
    ),
    Route("POST", "/tickets/{id}/accept", presence.accept, "ticket:claim", body=Nothing, status=204),
    Route("POST", "/tickets/{id}/decline", presence.decline, "ticket:claim", body=Nothing, status=204),
)

_QUEUES: Final = (
    Route("GET", "/queues", queues.list_queues, "supervisor:read", answer=schemas.Queues),
    Route(
        "POST",
        "/teams",
        queues.create_team,
        "team:write",
        body=queues.NewTeamBody,
        answer=schemas.Queue,
        status=201,
    ),
    Route(
        "PATCH", "/teams/{id}", queues.change_team, "team:write", body=queues.TeamBody, answer=schemas.Queue
    ),
    Route("DELETE", "/teams/{id}", queues.remove_team, "team:write", answer=schemas.RemovedTeam),
    Route(
        "PATCH",
        "/agents/{id}/routing",
        queues.change_agent,
        "team:write",
        body=queues.AgentRoutingBody,
        answer=schemas.QueueMember,
    ),
    Route(
        "PATCH",
        "/routing",
        queues.change_settings,
        "team:write",
        body=queues.RoutingBody,
        answer=schemas.RoutingSettings,
    ),
    Route("GET", "/skills", queues.list_skills, "agent:read", answer=schemas.SkillList),
    Route(
        "POST",
        "/skills",
        queues.create_skill,
        "team:write",
        body=queues.NewSkillBody,
        answer=schemas.Skill,
        status=201,
    ),
    Route(
        "PATCH",
        "/skills/{id}",
        queues.change_skill,
        "team:write",
        body=queues.SkillBody,
        answer=schemas.Skill,
    ),
    Route("DELETE", "/skills/{id}", queues.remove_skill, "team:write", status=204),
    Route(
        "POST",
        "/break_reasons",
        queues.create_reason,
        "team:write",
        body=queues.NewReasonBody,
        answer=schemas.BreakReason,
        status=201,
    ),
    Route(
        "PATCH",
        "/break_reasons/{id}",
        queues.change_reason,
        "team:write",
        body=queues.ReasonBody,
        answer=schemas.BreakReason,
    ),
    Route("DELETE", "/break_reasons/{id}", queues.remove_reason, "team:write", status=204),
)

_SUPERVISOR: Final = (
    Route("GET", "/supervisor/overview", supervisor.overview, "supervisor:read", answer=schemas.Overview),
    Route(
        "GET",
        "/supervisor/tickets",
        supervisor.behind,
        "supervisor:read",
        query=supervisor.BehindQuery,
        answer=schemas.Tickets,
    ),
    Route(
        "POST",
        "/supervisor/reassign",
        supervisor.reassign,
        "ticket:assign",
        body=supervisor.ReassignBody,
        answer=schemas.Reassigned,
    ),
)

ROUTES: Final = (*_PRESENCE, *_QUEUES, *_SUPERVISOR)
