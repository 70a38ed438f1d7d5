"""Ids of the demonstration's rows: the same at every load, so that loading again changes rows in place."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

FOLDER = Path(__file__).parent
# The invented rows are as old as the company's real start.
_STARTED = int(datetime(2024, 10, 1, tzinfo=UTC).timestamp() * 1000)


def sample_id(kind: str, name: str) -> UUID:
    """Return the id of a sample row by what it is and what it is called: a UUIDv7, always the same.

    The time part is fixed; what is random in other UUIDv7 is a digest of the name here.
    """
    digest = int.from_bytes(hashlib.sha256(f"{kind}/{name}".encode()).digest()[:10])
    random_a, random_b = digest >> 68 & 0xFFF, digest & (1 << 62) - 1
    return UUID(int=_STARTED << 80 | 7 << 76 | random_a << 64 | 0b10 << 62 | random_b)


def read(file_name: str) -> Any:
    """Return the content of a data file of this folder."""
    return yaml.safe_load((FOLDER / file_name).read_text("utf-8"))
