"""Where a ticket stands: the statuses, and what they have in common.

`new` waits for somebody to take it, `open` is being worked on, `pending` waits for the customer, `on_hold`
for a third party or the field, `snoozed` for a moment; `solved` closes itself after a time of silence,
`closed` is over. An organisation's own statuses are names within these; rules ask for these alone.
"""

from __future__ import annotations

from typing import Final, Protocol

NEW: Final = "new"
OPEN: Final = "open"
PENDING: Final = "pending"
ON_HOLD: Final = "on_hold"
SNOOZED: Final = "snoozed"
SOLVED: Final = "solved"
CLOSED: Final = "closed"

STATUSES: Final = (NEW, OPEN, PENDING, ON_HOLD, SNOOZED, SOLVED, CLOSED)
DONE: Final = frozenset({SOLVED, CLOSED})
ACTIVE: Final = frozenset(STATUSES) - DONE
WAITING: Final = frozenset({PENDING, ON_HOLD, SNOOZED})  # put aside: active, and not ours to do now

# The same for a statement over tickets `t`; partial indexes are made with these very words.
ACTIVE_SQL: Final = "t.status NOT IN ('solved', 'closed')"


class HasStatus(Protocol):
    @property
    def status(self) -> str: ...


def is_active(ticket: HasStatus) -> bool:
    """Whether there is still something to do about it."""
    return ticket.status not in DONE


def active_sql(table: str) -> str:
    """`ACTIVE_SQL` for tickets under another name; the name is ours."""
    return f"{table}.status NOT IN ('solved', 'closed')"
