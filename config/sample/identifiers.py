"""Ids of the demonstration's rows: the same at every load, so that loading again changes rows in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml

FOLDER = Path(__file__).parent
_NAMESPACE = UUID("018f2d3c-9a51-7c1e-8a57-7761736c0001")


def sample_id(kind: str, name: str) -> UUID:
    """Return the id of a sample row by what it is and what it is called."""
    return uuid5(_NAMESPACE, f"{kind}/{name}")


def read(file_name: str) -> Any:
    """Return the content of a data file of this folder."""
    return yaml.safe_load((FOLDER / file_name).read_text("utf-8"))
