"""Contracts, bills, and who has proven to be a contract's customer."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, LargeBinary, SmallInteger, Table
from sqlalchemy.dialects.postgresql import JSONB

from knowledge_base.tables import id_column, metadata, moment_column, text_column, uuid_column

contracts = Table(
    "contracts",
    metadata,
    id_column(),
    text_column("reference"),
    text_column("lookup_key"),
    text_column("issuer"),
    text_column("service"),
    text_column("holder_name"),
    text_column("registered_phone", nullable=True),
    text_column("commune_id"),
    text_column("zone"),
    text_column("meter_number", nullable=True),
    text_column("status"),
    Column("is_demo", Boolean, nullable=False),
)

contract_aliases = Table(
    "contract_aliases",
    metadata,
    uuid_column("contract_id"),
    text_column("issuer", primary_key=True),
    text_column("reference"),
    text_column("lookup_key", primary_key=True),
    Column("is_demo", Boolean, nullable=False),
)

bills = Table(
    "bills",
    metadata,
    id_column(),
    uuid_column("contract_id"),
    Column("period", Date, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("amount_centimes", BigInteger, nullable=False),
    Column("consumption", Integer, nullable=False),
    Column("lines", JSONB, nullable=False),
    moment_column("paid_at", nullable=True),
    Column("days", SmallInteger),
    Column("previous_index", BigInteger),
    Column("new_index", BigInteger),
    text_column("reading", nullable=True),
    Column("is_carried", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
)

payments = Table(
    "payments",
    metadata,
    id_column(),
    uuid_column("contract_id"),
    moment_column("paid_at"),
    Column("amount_centimes", BigInteger, nullable=False),
    text_column("method"),
    text_column("place", nullable=True),
    text_column("receipt", nullable=True),
    Column("is_demo", Boolean, nullable=False),
)

verified_identities = Table(
    "verified_identities",
    metadata,
    uuid_column("identity_id", primary_key=True),
    uuid_column("contract_id", primary_key=True),
    text_column("method"),
    moment_column("verified_at"),
    moment_column("expires_at"),
)

verification_codes = Table(
    "verification_codes",
    metadata,
    id_column(),
    uuid_column("identity_id"),
    uuid_column("conversation_id"),
    uuid_column("contract_id"),
    Column("code_salt", LargeBinary, nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    moment_column("sent_at"),
    moment_column("expires_at"),
    Column("attempts", SmallInteger, nullable=False),
    moment_column("attempted_at", nullable=True),
    text_column("state"),
)
