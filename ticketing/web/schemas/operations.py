"""Agents, teams, accounts of channels, and events that could not be read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ticketing.web.schemas.common import Agent, Answer, Team


class AgentList(Answer):
    agents: list[Agent]


class TeamList(Answer):
    teams: list[Team]


class Account(Answer):
    """How the connection of one of our addresses to its provider is."""

    key: str
    channel: str
    state: str
    reason: str | None
    since: datetime | None


class AccountList(Answer):
    accounts: list[Account]


class FailedEvent(Answer):
    """`raw` is what the provider sent."""

    id: UUID
    account: str
    reason: str
    raw: Any
    created_at: datetime
    replayed_at: datetime | None


class FailedEventPage(Answer):
    failed_events: list[FailedEvent]
    next_cursor: str | None
