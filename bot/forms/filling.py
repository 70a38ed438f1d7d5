"""A form half filled in: what a dialogue remembers of it, as JSON in `State.memory`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from bot.actions.dialogue import State
from bot.forms.definitions import Form, form

TOPIC: Final = "form"
_MEMORY = "form"


@dataclass(frozen=True, slots=True)
class Filling:
    """`facts` are the answers by field: a place's id, an ISO day, digits, centimes, an option, or words.

    `skipped` are fields the customer could not answer. `asking` are those of the open question; `asked`
    counts questions, `missed` consecutive answers that were not understood. `opening` are the words the
    customer began with. `go_on_offered`: after another request it was asked once whether to go on.
    """

    name: str
    opening: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    asked: int = 0
    missed: int = 0
    go_on_offered: bool = False
    earlier: Mapping[str, str] = field(default_factory=dict)

    @property
    def form(self) -> Form:
        return form(self.name)

    def remembered(self, state: State) -> State:
        return state.remembering(_MEMORY, asdict(self))


def filling_of(state: State) -> Filling | None:
    """Return the form the dialogue is in the middle of, talked about now or interrupted."""
    kept: Mapping[str, Any] | None = state.memory.get(_MEMORY)
    if kept is None:
        return None
    return Filling(**{**kept, "skipped": tuple(kept["skipped"]), "asking": tuple(kept["asking"])})


def forgotten(state: State) -> State:
    return state.remembering(_MEMORY, None)
