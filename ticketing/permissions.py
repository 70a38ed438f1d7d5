"""The catalogue of permissions (permissions.yaml): what roles and tokens are made of, in words for people."""

from __future__ import annotations

from importlib import resources
from typing import Any, Final

import yaml

GROUPS: Final[tuple[dict[str, Any], ...]] = tuple(
    yaml.safe_load(resources.files("ticketing").joinpath("permissions.yaml").read_text("utf-8"))
)
"""Groups in the order shown: `key`, `names`, `permissions` (each with `key`, `names`, `explanations`)."""

KEYS: Final = frozenset(permission["key"] for group in GROUPS for permission in group["permissions"])
