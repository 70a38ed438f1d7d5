"""Something named in a message: what the pure finders of this folder return."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """`text[start:end]` names `value`; its form is told in docs/assistant.md by `name`."""

    name: str
    value: str
    start: int
    end: int
    confidence: float = 1.0

    def overlaps(self, other: Found) -> bool:
        return self.start < other.end and other.start < self.end
