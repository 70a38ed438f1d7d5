"""Our accounts, the people who write to them, and the addresses they write from."""

from __future__ import annotations

from sqlalchemy import ARRAY, Boolean, Column, Table, Text

from ticketing.models.base import json_column, metadata, text_column, time_column, uuid_column

accounts = Table(
    "accounts",
    metadata,
    text_column("key", primary_key=True),
    text_column("channel", nullable=False),
    text_column("state", nullable=False),
    text_column("state_reason"),
    time_column("state_at", nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    uuid_column("id", primary_key=True),
    text_column("name"),
    text_column("language"),
    Column("is_demo", Boolean, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    json_column("fields", nullable=False),
    time_column("created_at", nullable=False),
)

identities = Table(
    "identities",
    metadata,
    uuid_column("id", primary_key=True),
    text_column("channel", nullable=False),
    uuid_column("contact_id", nullable=False),
    text_column("address", nullable=False),
    text_column("name"),
    text_column("phone"),
    time_column("created_at", nullable=False),
)

identity_addresses = Table(
    "identity_addresses",
    metadata,
    text_column("channel", primary_key=True),
    text_column("address", primary_key=True),
    uuid_column("identity_id", nullable=False),
)
