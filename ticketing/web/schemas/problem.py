"""What the desk answers when it refuses (RFC 9457)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """Problem details. Some refusals carry members of their own beside these."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    """`urn:wasl:problem:` and the code."""
    title: str
    status: int
    detail: str
    """One English sentence, for engineers."""
    code: str
    """Stable: what an interface translates."""
    fields: dict[str, Any]
    """What is wrong with which field, or what an interface shows beside the translated code."""
