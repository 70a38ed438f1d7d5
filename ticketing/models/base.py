"""One MetaData for the desk's tables, and the column types they share."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def uuid_column(name: str, *, primary_key: bool = False, nullable: bool = True) -> Column[UUID]:
    return Column(name, postgresql.UUID(as_uuid=True), primary_key=primary_key, nullable=nullable)


def text_column(name: str, *, primary_key: bool = False, nullable: bool = True) -> Column[str]:
    return Column(name, Text, primary_key=primary_key, nullable=nullable)


def time_column(name: str, *, nullable: bool = True) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def json_column(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, JSONB, nullable=nullable)
