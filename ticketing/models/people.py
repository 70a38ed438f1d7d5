"""Agents, teams, roles and their sessions."""

from __future__ import annotations

from sqlalchemy import ARRAY, Boolean, Column, LargeBinary, Table, Text

from ticketing.models.base import json_column, metadata, text_column, time_column, uuid_column

roles = Table(
    "roles",
    metadata,
    text_column("key", primary_key=True),
    Column("permissions", ARRAY(Text), nullable=False),
)

teams = Table(
    "teams",
    metadata,
    uuid_column("id", primary_key=True),
    text_column("key", nullable=False),
    json_column("names", nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
)

agents = Table(
    "agents",
    metadata,
    uuid_column("id", primary_key=True),
    text_column("email", nullable=False),
    text_column("name", nullable=False),
    text_column("password_hash", nullable=False),
    text_column("role", nullable=False),
    text_column("language", nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    time_column("created_at", nullable=False),
)

team_members = Table(
    "team_members",
    metadata,
    uuid_column("team_id", primary_key=True),
    uuid_column("agent_id", primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    uuid_column("agent_id", nullable=False),
    time_column("created_at", nullable=False),
    time_column("expires_at", nullable=False),
    time_column("seen_at", nullable=False),
    text_column("user_agent"),
)
