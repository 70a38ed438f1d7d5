"""What happened, to what, by whom, when: append-only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from ticketing.models.base import json_column, metadata, text_column, time_column, uuid_column

events = Table(
    "events",
    metadata,
    uuid_column("id", primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("transaction_id", Text, nullable=False),  # xid8: compared in SQL, never in Python
    text_column("type", nullable=False),
    uuid_column("ticket_id"),
    uuid_column("conversation_id"),
    uuid_column("contact_id"),
    uuid_column("message_id"),
    text_column("actor", nullable=False),
    uuid_column("actor_id"),
    json_column("data", nullable=False),
    time_column("at", nullable=False),
)
