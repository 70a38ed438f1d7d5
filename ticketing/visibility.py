"""Tickets of restricted categories: who may see them, and the condition that leaves them out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

RESTRICTED: Final = "ticket:restricted"

# For a statement over tickets `t` with the parameter :restricted (whether the reader may see them).
VISIBLE: Final = (
    "(:restricted OR t.category IS NULL OR t.category NOT IN (SELECT code FROM categories WHERE restricted))"
)


def sees_restricted(permissions: Collection[str]) -> bool:
    return RESTRICTED in permissions
