"""Incidents and planned works, who reported them and who wants to hear more."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, Table

from knowledge_base.tables import id_column, metadata, moment_column, text_column, uuid_column

outages = Table(
    "outages",
    metadata,
    id_column(),
    text_column("service"),
    Column("is_planned", Boolean, nullable=False),
    text_column("status"),
    text_column("cause"),
    text_column("cause_ar", nullable=True),
    text_column("cause_fr", nullable=True),
    text_column("note_ar", nullable=True),
    text_column("note_fr", nullable=True),
    moment_column("starts_at"),
    moment_column("estimated_at", nullable=True),
    moment_column("ended_at", nullable=True),
    uuid_column("merged_into", nullable=True),
    Column("version", Integer, nullable=False),
    moment_column("created_at"),
    moment_column("updated_at"),
    Column("is_demo", Boolean, nullable=False),
)

outage_areas = Table(
    "outage_areas",
    metadata,
    uuid_column("outage_id", primary_key=True),
    text_column("kind", primary_key=True),
    text_column("value", primary_key=True),
    text_column("place_id", nullable=True),
)

outage_revisions = Table(
    "outage_revisions",
    metadata,
    id_column(),
    uuid_column("outage_id"),
    moment_column("revised_at"),
    moment_column("estimated_before", nullable=True),
    moment_column("estimated_at", nullable=True),
    uuid_column("agent_id", nullable=True),
)

outage_reports = Table(
    "outage_reports",
    metadata,
    id_column(),
    text_column("service"),
    text_column("commune_id"),
    text_column("place_id", nullable=True),
    uuid_column("identity_id"),
    uuid_column("conversation_id"),
    uuid_column("outage_id", nullable=True),
    moment_column("reported_at"),
)

outage_followers = Table(
    "outage_followers",
    metadata,
    uuid_column("outage_id", primary_key=True),
    uuid_column("conversation_id", primary_key=True),
    text_column("language", nullable=True),
    text_column("place_id", nullable=True),
    moment_column("followed_at"),
    moment_column("updated_at", nullable=True),
)

contract_feeders = Table(
    "contract_feeders",
    metadata,
    uuid_column("contract_id", primary_key=True),
    text_column("feeder"),
)
