"""The active tickets in memory as sets of bits, so that counting a view costs microseconds. Pure, no I/O.

Each value of each field has one set: bit n tells whether the ticket in place n has the value. A view is
counted by joining sets; whether one agent or a thousand look at it makes no difference.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from ticketing.reading.filters import Filterable, Reader, TicketFilter
from ticketing.statuses import ACTIVE

Facet = tuple[str, Hashable]
# What a view asks, with `me` and `mine` already put into words: (field, its allowed values) in a fixed order.
Question = tuple[tuple[str, frozenset[Hashable]], ...]

_RESTRICTED: Final = "restricted"


def question(asked: TicketFilter, reader: Reader) -> Question:
    """A filter as one reader means it. Equal questions have equal counts: they are counted once."""
    wanted: dict[str, frozenset[Any]] = {
        "status": asked.statuses & ACTIVE if asked.status else frozenset(),
        "custom_status": frozenset(asked.custom_status),
        "owner": frozenset() if asked.owner is None else frozenset({asked.owner}),
        "priority": frozenset(asked.priority),
        "rating": frozenset(asked.rating),
        "category": frozenset(asked.category),
        "channel": frozenset(asked.channel),
        "account": frozenset(asked.account),
        "tag": frozenset(asked.tag),
        "language": frozenset(asked.language),
        "unread": frozenset() if asked.unread is None else frozenset({asked.unread}),
        "waiting": frozenset() if asked.waiting is None else frozenset({asked.waiting}),
        "contact": frozenset() if asked.contact is None else frozenset({asked.contact}),
    }
    asks = [(name, values) for name, values in wanted.items() if values]
    if asked.assignee:
        asks.append(("assignee", frozenset(reader.people(asked.assignee))))
    if asked.team:
        asks.append(("team", frozenset(reader.teams_of(asked.team))))
    if not reader.restricted:
        asks.append((_RESTRICTED, frozenset({False})))
    return tuple(asks)


def _facets(row: Filterable) -> frozenset[Facet]:
    """Everything that a question may ask about a ticket, but its contact."""
    several = {"channel": row.channels, "account": row.accounts, "tag": row.tags}
    return frozenset(
        {
            ("status", row.status),
            ("custom_status", row.status_key),
            ("owner", row.owner),
            ("priority", row.priority),
            ("rating", row.rating),
            ("assignee", row.assignee_id),
            ("team", row.team_id),
            ("category", row.category or "none"),
            ("language", row.contact_language),
            ("unread", row.unread > 0),
            ("waiting", row.waiting_since is not None),
            (_RESTRICTED, row.is_restricted),
            *((name, value) for name, values in several.items() for value in values),
        }
    )


@dataclass(slots=True)
class _Ticket:
    place: int
    contact_id: UUID
    facets: frozenset[Facet]


@dataclass(slots=True)
class FacetIndex:
    """What is known of the active tickets. `put` and `remove` keep it current."""

    _tickets: dict[UUID, _Ticket] = field(default_factory=dict)
    _sets: dict[Facet, int] = field(default_factory=dict)
    _contacts: dict[UUID, int] = field(default_factory=dict)  # how many tickets' bits: nearly always one
    _free: list[int] = field(default_factory=list)
    _all: int = 0

    def __len__(self) -> int:
        return len(self._tickets)

    def put(self, row: Filterable) -> bool:
        """Take a ticket as it is now; one that is not active goes. Returns whether a count may be another."""
        if row.status not in ACTIVE:
            return self.remove(row.id)
        facets = _facets(row)
        known = self._tickets.get(row.id)
        if known is not None and known.facets == facets and known.contact_id == row.contact_id:
            return False
        if known is not None:
            self.remove(row.id)
        place = self._free.pop() if self._free else len(self._tickets)
        bit = 1 << place
        for facet in facets:
            self._sets[facet] = self._sets.get(facet, 0) | bit
        self._contacts[row.contact_id] = self._contacts.get(row.contact_id, 0) | bit
        self._all |= bit
        self._tickets[row.id] = _Ticket(place, row.contact_id, facets)
        return True

    def remove(self, ticket_id: UUID) -> bool:
        """Returns whether it was there."""
        known = self._tickets.pop(ticket_id, None)
        if known is None:
            return False
        bit = 1 << known.place
        for facet in known.facets:
            self._sets[facet] ^= bit
            if not self._sets[facet]:
                del self._sets[facet]
        self._contacts[known.contact_id] ^= bit
        if not self._contacts[known.contact_id]:
            del self._contacts[known.contact_id]
        self._all ^= bit
        self._free.append(known.place)
        return True

    def count(self, asked: Question) -> int:
        """How many active tickets answer the question."""
        found = self._all
        for name, values in asked:
            found &= self._any(name, values)
            if not found:
                return 0
        return found.bit_count()

    def _any(self, name: str, values: Iterable[Hashable]) -> int:
        together = 0
        for value in values:
            if name == "contact":
                together |= self._contacts.get(value, 0)  # type: ignore[call-overload]
            else:
                together |= self._sets.get((name, value), 0)
        return together
