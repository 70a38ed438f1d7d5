"""Places, agencies, vans and their weekly rounds, payment points, and who wants to hear of a stop."""

from __future__ import annotations

from sqlalchemy import ARRAY, Boolean, Column, Date, Float, SmallInteger, Table, Text, Time
from sqlalchemy.dialects.postgresql import JSONB

from knowledge_base.tables import id_column, metadata, moment_column, text_column, uuid_column

places = Table(
    "places",
    metadata,
    text_column("id", primary_key=True),
    text_column("kind"),
    text_column("name_ar"),
    text_column("name_fr"),
    text_column("commune_id"),
    text_column("province_ar"),
    text_column("province_fr"),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("is_approximate", Boolean, nullable=False),
    Column("aliases", ARRAY(Text), nullable=False),
    Column("everyday", ARRAY(Text), nullable=False),
    Column("weekday", SmallInteger),
    text_column("source"),
    Column("is_demo", Boolean, nullable=False),
)

agencies = Table(
    "agencies",
    metadata,
    id_column(),
    text_column("key"),
    text_column("kind"),
    text_column("status"),
    text_column("name_ar"),
    text_column("name_fr"),
    text_column("address_ar", nullable=True),
    text_column("address_fr", nullable=True),
    text_column("commune_id"),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("services", ARRAY(Text), nullable=False),
    Column("hours", JSONB, nullable=False),
    Column("single_counter", Boolean, nullable=False),
    Column("opens_on", Date),
    Column("is_verified", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
)

vans = Table(
    "vans",
    metadata,
    id_column(),
    text_column("code"),
    text_column("name_ar"),
    text_column("name_fr"),
    text_column("status"),
    Column("is_demo", Boolean, nullable=False),
)

rounds = Table(
    "rounds",
    metadata,
    id_column(),
    uuid_column("van_id"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("is_demo", Boolean, nullable=False),
)

stops = Table(
    "stops",
    metadata,
    id_column(),
    uuid_column("round_id"),
    Column("weekday", SmallInteger, nullable=False),
    Column("starts", Time, nullable=False),
    Column("ends", Time, nullable=False),
    text_column("place_id"),
    text_column("commune_id"),
    Column("services", ARRAY(Text), nullable=False),
    Column("is_demo", Boolean, nullable=False),
)

stop_exceptions = Table(
    "stop_exceptions",
    metadata,
    id_column(),
    uuid_column("stop_id", nullable=True),
    uuid_column("van_id", nullable=True),
    Column("on_date", Date, nullable=False),
    text_column("kind"),
    text_column("reason_key"),
    text_column("reason_ar", nullable=True),
    text_column("reason_fr", nullable=True),
    Column("new_starts", Time),
    Column("new_ends", Time),
    text_column("new_place_id", nullable=True),
    Column("is_demo", Boolean, nullable=False),
)

agency_seasons = Table(
    "agency_seasons",
    metadata,
    id_column(),
    uuid_column("agency_id", nullable=True),
    text_column("name_ar"),
    text_column("name_fr"),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("hours", JSONB, nullable=False),
    Column("is_demo", Boolean, nullable=False),
)

agency_closures = Table(
    "agency_closures",
    metadata,
    id_column(),
    uuid_column("agency_id", nullable=True),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    text_column("reason_key"),
    text_column("reason_ar", nullable=True),
    text_column("reason_fr", nullable=True),
    Column("is_demo", Boolean, nullable=False),
)

payment_points = Table(
    "payment_points",
    metadata,
    id_column(),
    text_column("key"),
    text_column("name"),
    text_column("network", nullable=True),
    text_column("address_ar", nullable=True),
    text_column("address_fr", nullable=True),
    text_column("commune_id"),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("services", ARRAY(Text), nullable=False),
    Column("is_verified", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
)

stop_interests = Table(
    "stop_interests",
    metadata,
    uuid_column("conversation_id", primary_key=True),
    uuid_column("stop_id", primary_key=True),
    moment_column("asked_at"),
)

stop_subscriptions = Table(
    "stop_subscriptions",
    metadata,
    uuid_column("conversation_id", primary_key=True),
    text_column("place_id", primary_key=True),
    moment_column("since_at"),
)

stop_notices = Table(
    "stop_notices",
    metadata,
    uuid_column("exception_id", primary_key=True),
    uuid_column("stop_id", primary_key=True),
    uuid_column("conversation_id", primary_key=True),
    moment_column("told_at"),
)
