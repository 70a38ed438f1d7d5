"""Messages (an outbound row is the outbox), their provider ids, attachments, and the work that is due."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, SmallInteger, Table

from ticketing.models.base import json_column, metadata, text_column, time_column, uuid_column

messages = Table(
    "messages",
    metadata,
    uuid_column("id", primary_key=True),
    uuid_column("conversation_id", nullable=False),
    uuid_column("ticket_id"),
    Column("position", Integer, nullable=False),
    text_column("direction", nullable=False),
    text_column("author", nullable=False),
    uuid_column("author_id"),
    text_column("kind", nullable=False),
    json_column("content", nullable=False),
    text_column("search_text", nullable=False),
    text_column("external_id"),
    text_column("reply_to"),
    text_column("state"),
    json_column("failure"),
    Column("attempts", SmallInteger, nullable=False),
    uuid_column("client_id"),
    time_column("provider_at"),
    time_column("created_at", nullable=False),
)

external_ids = Table(
    "external_ids",
    metadata,
    text_column("account", primary_key=True),
    text_column("external_id", primary_key=True),
    uuid_column("message_id", nullable=False),
)

client_ids = Table(
    "client_ids",
    metadata,
    uuid_column("client_id", primary_key=True),
    uuid_column("message_id", nullable=False),
)

early_receipts = Table(
    "early_receipts",
    metadata,
    text_column("account", primary_key=True),
    text_column("external_id", primary_key=True),
    text_column("state", primary_key=True),
    json_column("failure"),
    time_column("at", nullable=False),
    time_column("created_at", nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    uuid_column("id", primary_key=True),
    uuid_column("message_id"),
    uuid_column("conversation_id"),
    text_column("account"),
    uuid_column("uploaded_by"),
    Column("position", SmallInteger, nullable=False),
    text_column("kind", nullable=False),
    text_column("content_type", nullable=False),
    text_column("name"),
    Column("size", BigInteger),
    text_column("state", nullable=False),
    json_column("reference"),
    text_column("storage_key"),
    Column("sha256", LargeBinary),
    text_column("failure"),
    Column("attempts", SmallInteger, nullable=False),
    time_column("due_at"),
    time_column("leased_until"),
    time_column("created_at", nullable=False),
)

work = Table(
    "work",
    metadata,
    text_column("kind", primary_key=True),
    uuid_column("conversation_id", primary_key=True),
    time_column("due_at", nullable=False),
    time_column("leased_until"),
    uuid_column("lease"),
    Column("generation", Integer, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
)

failed_events = Table(
    "failed_events",
    metadata,
    uuid_column("id", primary_key=True),
    text_column("account", nullable=False),
    text_column("reason", nullable=False),
    json_column("raw", nullable=False),
    time_column("created_at", nullable=False),
    time_column("replayed_at"),
)
