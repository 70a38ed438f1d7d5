"""What is remembered of a talk about bills, between its turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.actions.bill_words import AMOUNT
from bot.actions.dialogue import BILL, Heard

_MOST_TOLD = 5  # contracts of one conversation that "the other one" may mean


@dataclass(frozen=True, slots=True)
class Talk:
    """`purpose` is what is asked of a contract, `month` of which bill, as an ISO date of its first day.

    `said` are the words of a complaint or a reported payment; `told` the ids of the contracts told of, the
    last one last. The purpose survives the proof of who is asking.
    """

    purpose: str = AMOUNT
    month: str | None = None
    said: str = ""
    told: tuple[str, ...] = ()

    @classmethod
    def of(cls, heard: Heard) -> Talk:
        kept: Mapping[str, Any] = heard.state.memory.get(BILL) or {}
        return cls(
            kept.get("purpose", AMOUNT), kept.get("month"), kept.get("said", ""), tuple(kept.get("told", ()))
        )

    @property
    def last_told(self) -> str | None:
        return self.told[-1] if self.told else None

    def having_told(self, contract_id: str) -> Talk:
        others = tuple(each for each in self.told if each != contract_id)
        return replace(self, told=(*others, contract_id)[-_MOST_TOLD:])

    def remembered_in(self, heard: Heard) -> Heard:
        kept = {"purpose": self.purpose, "month": self.month, "said": self.said, "told": list(self.told)}
        return replace(heard, state=heard.state.remembering(BILL, kept))
