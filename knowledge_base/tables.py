"""One MetaData for the knowledge base's tables, and the column types they share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, Text, Uuid, func

metadata = MetaData()


def id_column() -> Column[UUID]:
    """The primary key that the database gives."""
    return Column("id", Uuid, primary_key=True, server_default=func.uuidv7())


def uuid_column(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[UUID]:
    return Column(name, Uuid, primary_key=primary_key, nullable=nullable)


def text_column(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=primary_key, nullable=nullable)


def moment_column(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=nullable)
