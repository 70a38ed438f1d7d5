"""When an automation applies: conditions in groups, as data.

The same conditions are asked of a loaded `Subject` (ticketing.automation.subject) and of the database
(ticketing.automation.sql); a property test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

from knowledge_base.text import fold

DEEPEST: Final = 3
MOST: Final = 30

# What a writer sets before a word without a space.
PUNCTUATION: Final = "'’\"“”«»()[]-–—.,;:!?؟،؛/…"

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class _Part(BaseModel):
    """`is` is a word of Python's: it is `relation` here."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OneOf(_Part):
    """A single value is among these, or not; null among them: there is none. Of channels: any of them."""

    field: Literal[
        "status",
        "priority",
        "category",
        "team",
        "assignee",
        "channel",
        "language",
        "owner",
        "handover_reason",
    ]
    relation: Literal["in", "not_in"] = Field(alias="is")
    value: Annotated[list[Word | int | None], Field(min_length=1, max_length=100)]

    def texts(self) -> list[str]:
        """The values as text; none is the empty text."""
        return ["" if one is None else str(one) for one in self.value]


class Tagged(_Part):
    field: Literal["tags", "contact_tags"]
    relation: Literal["any", "all", "none"] = Field(alias="is")
    value: Annotated[list[Word], Field(min_length=1, max_length=20)]


class FieldHolds(_Part):
    """A custom field of the ticket or of its contact. Of several choices: one of them `equals`."""

    field: Literal["field", "contact_field"]
    key: Key
    relation: Literal["equals", "differs", "filled", "empty"] = Field(alias="is")
    value: Annotated[str, StringConstraints(max_length=500)] | bool | int | float | None = None


class Says(_Part):
    """The customer's words. A Latin word begins a word of his; an Arabic one may have its article before."""

    field: Literal["text"]
    relation: Literal["contains_any", "contains_all", "contains_none"] = Field(alias="is")
    value: Annotated[list[Word], Field(min_length=1, max_length=30)]

    def needles(self) -> list[str]:
        """What is looked for in `searchable` words."""
        return [needle(word) for word in self.value]


class HoursAre(_Part):
    """Whether the ticket's team is open now."""

    field: Literal["hours"]
    relation: Literal["in"] = Field(alias="is")
    value: Annotated[list[Literal["open", "closed"]], Field(min_length=1, max_length=2)]


class Waits(_Part):
    """How long the customer has been waiting for an answer, in minutes."""

    field: Literal["waiting_minutes"]
    relation: Literal["at_least", "less_than"] = Field(alias="is")
    value: Annotated[int, Field(ge=0, le=525_600)]


Condition = Annotated[OneOf | Tagged | FieldHolds | Says | HoursAre | Waits, Field(discriminator="field")]


def _kind(value: Any) -> str:
    names = value.keys() if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return "group" if {"all", "any"} & set(names) else "condition"


Part = Annotated[
    Annotated["Group", Tag("group")] | Annotated[Condition, Tag("condition")], Discriminator(_kind)
]


class Group(_Part):
    """Conditions that hold together (`all`) or of which one is enough (`any`). An empty group holds."""

    all: Annotated[list[Part], Field(max_length=MOST)] | None = None
    any: Annotated[list[Part], Field(max_length=MOST)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.all is None) == (self.any is None):
            raise ValueError("a group has either all or any")
        return self

    @property
    def parts(self) -> list[Any]:
        return (self.all if self.all is not None else self.any) or []


class Conditions(Group):
    """The outermost group, within bounds."""

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if sum(1 for _ in conditions_in(self)) > MOST:
            raise ValueError(f"more than {MOST} conditions")
        if _depth(self) > DEEPEST:
            raise ValueError(f"groups within groups more than {DEEPEST} deep")
        return self


def conditions_in(group: Group) -> Iterator[OneOf | Tagged | FieldHolds | Says | HoursAre | Waits]:
    for part in group.parts:
        if isinstance(part, Group):
            yield from conditions_in(part)
        else:
            yield part


def _depth(group: Group) -> int:
    return 1 + max((_depth(part) for part in group.parts if isinstance(part, Group)), default=0)


def searchable(folded: str) -> str:
    """Folded words with blanks for punctuation and one before the first."""
    return " " + folded.translate(dict.fromkeys(map(ord, PUNCTUATION), " "))


def needle(word: str) -> str:
    folded = searchable(fold(word)).strip()
    return f" {folded}" if folded[:1].isascii() else folded


class OnEvent(_Part):
    kind: Literal["event"]
    event: Literal[
        "ticket.opened",
        "ticket.handed_over",
        "ticket.assigned",
        "ticket.status_changed",
        "ticket.categorised",
        "customer.wrote",
        "agent.replied",
        "ticket.tagged",
        "ticket.rated",
        "sla.warned",
        "sla.breached",
    ]


class AfterTime(_Part):
    """`minutes` after the moment of `since`, as long as that moment stands."""

    kind: Literal["time"]
    since: Literal[
        "last_customer_message", "last_message", "waiting", "opened", "handed_over", "status", "solved"
    ]
    minutes: Annotated[int, Field(ge=1, le=525_600)]


Trigger = Annotated[OnEvent | AfterTime, Field(discriminator="kind")]
