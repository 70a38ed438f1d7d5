"""One vocabulary for choosing tickets: lists, saved views, search, bulk changes and automations ask with it.

A filter is a value that travels as JSON or as a query string. It is read in two ways that mean the same:
`to_sql` for the database, `matches` for a list row that is already in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Protocol
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from ticketing.statuses import ACTIVE, ACTIVE_SQL, STATUSES

Status = Literal["new", "open", "pending", "on_hold", "snoozed", "solved", "closed", "active"]
MOST: Final = 50  # values of one field


def _listed(value: Any) -> Any:
    """`a,b` of a query string is a list too."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


Listed = BeforeValidator(_listed)
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Words = Annotated[tuple[Word, ...], Listed, Field(max_length=MOST)]
Statuses = Annotated[tuple[Status, ...], Listed, Field(max_length=MOST)]
Priority = Annotated[int, BeforeValidator(_number), Field(ge=1, le=4)]
Priorities = Annotated[tuple[Priority, ...], Listed, Field(max_length=4)]
Scores = Annotated[
    tuple[Annotated[int, BeforeValidator(_number), Field(ge=1, le=5)], ...], Listed, Field(max_length=5)
]
People = Annotated[tuple[UUID | Literal["me", "none"], ...], Listed, Field(max_length=MOST)]
Teams = Annotated[tuple[UUID | Literal["mine", "none"], ...], Listed, Field(max_length=MOST)]


class TicketFilter(BaseModel):
    """Which tickets. Fields are ANDed, the values of one field ORed; an absent field asks nothing.

    `status`: `active` stands for everything that is neither solved nor closed. `category`: codes, or `none`.
    `assignee`: ids, `me`, `none`. `team`: ids, `mine`, `none`. `language`: the contact's. `tag`: any of them.
    `rating`: scores of the newest survey. `mentioned`: a note mentions the reader. `from` and `to`: the
    newest message came at or after, before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    status: Statuses = ()
    custom_status: Words = ()
    owner: Literal["assistant", "agents"] | None = None
    priority: Priorities = ()
    assignee: People = ()
    team: Teams = ()
    category: Words = ()
    channel: Words = ()
    account: Words = ()
    tag: Words = ()
    language: Words = ()
    rating: Scores = ()
    contact: UUID | None = None
    unread: bool | None = None
    waiting: bool | None = None
    mentioned: bool | None = None
    from_: AwareDatetime | None = Field(default=None, alias="from")
    to: AwareDatetime | None = None

    @property
    def statuses(self) -> frozenset[str]:
        """The statuses it allows; all of them where it asks for none."""
        if not self.status:
            return frozenset(STATUSES)
        wanted: set[str] = set()
        for status in self.status:
            wanted |= ACTIVE if status == "active" else {status}
        return frozenset(wanted)

    @property
    def is_personal(self) -> bool:
        """Whether it means something else to every agent."""
        return "me" in self.assignee or "mine" in self.team or self.mentioned is not None

    def as_json(self) -> dict[str, Any]:
        """What is stored and sent: only the fields that ask something."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: what `me` and `mine` mean, and whether restricted tickets are there at all.

    `mentioned`: the tickets whose notes mention the reader; only `matches` needs them. `accounts`: keys by
    channel, where they were read: the planner then knows how common a channel is.
    """

    agent_id: UUID
    teams: frozenset[UUID] = frozenset()
    restricted: bool = False
    mentioned: frozenset[UUID] = frozenset()
    accounts: Mapping[str, Sequence[str]] | None = None

    def people(self, asked: Sequence[UUID | str]) -> set[UUID | None]:
        """The assignees that a filter asks for; None stands for nobody."""
        return {None if one == "none" else self.agent_id if one == "me" else _id(one) for one in asked}

    def teams_of(self, asked: Sequence[UUID | str]) -> set[UUID | None]:
        """The teams that a filter asks for; None stands for none."""
        wanted: set[UUID | None] = set()
        for one in asked:
            if one == "mine":
                wanted |= self.teams
            else:
                wanted.add(None if one == "none" else _id(one))
        return wanted


def _id(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


class Filterable(Protocol):
    """What `matches` looks at: a list row of `ticketing.reading.ticket_rows` has all of it."""

    @property
    def id(self) -> UUID: ...
    @property
    def status(self) -> str: ...
    @property
    def status_key(self) -> str | None: ...
    @property
    def owner(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def assignee_id(self) -> UUID | None: ...
    @property
    def team_id(self) -> UUID | None: ...
    @property
    def category(self) -> str | None: ...
    @property
    def is_restricted(self) -> bool: ...
    @property
    def accounts(self) -> Sequence[str]: ...
    @property
    def channels(self) -> Sequence[str]: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def contact_id(self) -> UUID: ...
    @property
    def contact_language(self) -> str | None: ...
    @property
    def unread(self) -> int: ...
    @property
    def rating(self) -> int | None: ...
    @property
    def waiting_since(self) -> datetime | None: ...
    @property
    def last_message_at(self) -> datetime: ...


def to_sql(asked: TicketFilter, reader: Reader) -> tuple[str, dict[str, Any]]:
    """A condition over tickets `t` and the values it is bound with (their names begin with `f_`)."""
    found = _Conditions()
    if asked.status:
        found.parts.append(_status_sql(asked.statuses))
    if asked.owner is not None:
        # Written out: the planner must see it to use the partial indexes.
        found.parts.append(f"t.owner = '{asked.owner}'")
    found.some("t.status_key", "text", "custom_status", set(asked.custom_status))
    found.some("t.priority", "smallint", "priority", set(asked.priority))
    found.some("t.rating", "smallint", "rating", set(asked.rating))
    if asked.assignee:
        found.some("t.assignee_id", "uuid", "assignee", reader.people(asked.assignee), asks=True)
    if asked.team:
        found.some("t.team_id", "uuid", "team", reader.teams_of(asked.team), asks=True)
    found.some("t.category", "text", "category", {None if one == "none" else one for one in asked.category})
    found.bound(
        "t.contact_id IN (SELECT id FROM contacts WHERE language = ANY(CAST(:f_language AS text[])))",
        "language",
        list(asked.language),
    )
    if reader.accounts is None or not asked.channel:
        keys = "ARRAY(SELECT key FROM accounts WHERE channel = ANY(CAST(:f_channel AS text[])))"
        found.bound(f"t.accounts && {keys}", "channel", list(asked.channel))
    else:
        known = reader.accounts
        found.parts.append("t.accounts && CAST(:f_channel AS text[])")
        found.values["f_channel"] = [key for channel in asked.channel for key in known.get(channel, ())]
    found.bound("t.accounts && CAST(:f_account AS text[])", "account", list(asked.account))
    # The second half is the condition of the index.
    found.bound("t.tags && CAST(:f_tag AS text[]) AND t.tags <> '{}'", "tag", list(asked.tag))
    found.bound("t.contact_id = CAST(:f_contact AS uuid)", "contact", asked.contact)
    found.bound("t.last_message_at >= CAST(:f_from AS timestamptz)", "from", asked.from_)
    found.bound("t.last_message_at < CAST(:f_to AS timestamptz)", "to", asked.to)
    if asked.unread is not None:
        found.parts.append("t.unread > 0" if asked.unread else "t.unread = 0")
    if asked.waiting is not None:
        found.parts.append(f"t.waiting_since IS {'NOT ' if asked.waiting else ''}NULL")
    if asked.mentioned is not None:
        mentions = "SELECT ticket_id FROM mentions WHERE agent_id = CAST(:f_reader AS uuid)"
        found.bound(f"t.id {'IN' if asked.mentioned else 'NOT IN'} ({mentions})", "reader", reader.agent_id)
    return " AND ".join(found.parts) or "TRUE", found.values


@dataclass(slots=True)
class _Conditions:
    parts: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def some(self, column: str, kind: str, name: str, wanted: set[Any], *, asks: bool = False) -> None:
        """`column` is one of `wanted`, None among them meaning null. An empty set asks nothing unless `asks`:
        then nothing is found.
        """
        if not wanted and not asks:
            return
        self.values[f"f_{name}"] = sorted(one for one in wanted if one is not None)
        condition = f"{column} = ANY(CAST(:f_{name} AS {kind}[]))"
        self.parts.append(f"({column} IS NULL OR {condition})" if None in wanted else condition)

    def bound(self, condition: str, name: str, value: Any) -> None:
        """A condition that is asked when there is a value."""
        if value is not None and value != []:
            self.parts.append(condition)
            self.values[f"f_{name}"] = value


def _status_sql(wanted: frozenset[str]) -> str:
    """Names of our own, written out for the partial indexes."""
    if wanted == ACTIVE:
        return ACTIVE_SQL
    names = ", ".join(f"'{status}'" for status in STATUSES if status in wanted)
    return f"{ACTIVE_SQL} AND t.status IN ({names})" if wanted < ACTIVE else f"t.status IN ({names})"


def matches(asked: TicketFilter, row: Filterable, reader: Reader) -> bool:
    """Whether a list row is among what the filter asks for. Pure; the same answer as `to_sql`."""
    return (
        row.status in asked.statuses
        and (not asked.custom_status or row.status_key in asked.custom_status)
        and (asked.owner is None or row.owner == asked.owner)
        and (not asked.priority or row.priority in asked.priority)
        and (not asked.rating or row.rating in asked.rating)
        and (not asked.assignee or row.assignee_id in reader.people(asked.assignee))
        and (not asked.team or row.team_id in reader.teams_of(asked.team))
        and (not asked.category or (row.category or "none") in asked.category)
        and (not asked.channel or not set(asked.channel).isdisjoint(row.channels))
        and (not asked.account or not set(asked.account).isdisjoint(row.accounts))
        and (not asked.tag or not set(asked.tag).isdisjoint(row.tags))
        and (not asked.language or row.contact_language in asked.language)
        and (asked.contact is None or row.contact_id == asked.contact)
        and (asked.unread is None or (row.unread > 0) == asked.unread)
        and (asked.waiting is None or (row.waiting_since is not None) == asked.waiting)
        and (asked.mentioned is None or (row.id in reader.mentioned) == asked.mentioned)
        and (asked.from_ is None or row.last_message_at >= asked.from_)
        and (asked.to is None or row.last_message_at < asked.to)
    )
