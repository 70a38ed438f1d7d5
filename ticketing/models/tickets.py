"""Tickets and the conversations they hold."""

from __future__ import annotations

from sqlalchemy import ARRAY, Column, Integer, SmallInteger, Table, Text

from ticketing.models.base import json_column, metadata, text_column, time_column, uuid_column

tickets = Table(
    "tickets",
    metadata,
    uuid_column("id", primary_key=True),
    text_column("number"),
    uuid_column("contact_id", nullable=False),
    text_column("owner", nullable=False),
    text_column("status", nullable=False),
    Column("priority", SmallInteger, nullable=False),
    uuid_column("team_id"),
    uuid_column("assignee_id"),
    json_column("handover"),
    Column("version", Integer, nullable=False),
    time_column("opened_at", nullable=False),
    time_column("handed_over_at"),
    time_column("closed_at"),
    time_column("last_message_at", nullable=False),
    time_column("waiting_since"),
    json_column("last_message"),
    Column("unread", Integer, nullable=False),
    text_column("category"),
    time_column("snoozed_until"),
    time_column("solved_at"),
    text_column("status_key"),
    text_column("close_reason"),
    uuid_column("follows_id"),
    Column("tags", ARRAY(Text), nullable=False),
    json_column("fields", nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    uuid_column("id", primary_key=True),
    text_column("account", nullable=False),
    uuid_column("identity_id", nullable=False),
    uuid_column("ticket_id"),
    text_column("language"),
    Column("last_position", Integer, nullable=False),
    Column("turn_position", Integer, nullable=False),
    time_column("last_inbound_at"),
    time_column("window_expires_at"),
    time_column("created_at", nullable=False),
)
