"""What the sandbox remembers, in memory: customers, their telephones' screens, files, and what we sent."""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

SCREEN = 500  # messages a telephone shows
SNAPSHOT_CUSTOMERS = 60
SNAPSHOT_MESSAGES = 100

# Later states replace earlier ones, never the other way round; a failure is final.
_ORDER = {"sending": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 4}


@dataclass(slots=True)
class Bubble:
    """One message on a telephone. `direction` is the customer's: `out` is what he wrote."""

    id: str
    direction: str
    content: dict[str, Any]
    at: datetime
    state: str = "sending"
    reply_to: str | None = None
    tracker: str | None = None
    failure: str | None = None

    def view(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "direction": self.direction,
            "at": self.at.isoformat(),
            "state": self.state,
            "reply_to": self.reply_to,
            "failure": self.failure,
            **self.content,
        }


@dataclass(slots=True)
class Customer:
    """A person with WhatsApp. Without `number`, only the business-scoped id is told to us."""

    id: str
    user_id: str
    number: str | None  # digits, as a wa_id
    name: str
    bubbles: deque[Bubble] = field(default_factory=lambda: deque(maxlen=SCREEN))
    by_id: dict[str, Bubble] = field(default_factory=dict)
    wrote_at: datetime | None = None
    blocked: bool = False  # refuses our messages

    @property
    def address(self) -> str:
        return self.number or self.user_id

    def within(self, window: timedelta) -> bool:
        return self.wrote_at is not None and datetime.now(UTC) - self.wrote_at < window

    def view(self, *, last: int = SNAPSHOT_MESSAGES) -> dict[str, Any]:
        shown = list(self.bubbles)[-last:]
        return {
            "id": self.id,
            "name": self.name,
            "number": self.number and f"+{self.number}",
            "user_id": self.user_id,
            "blocked": self.blocked,
            "messages": [bubble.view() for bubble in shown],
        }


@dataclass(frozen=True, slots=True)
class Media:
    id: str
    content_type: str
    data: bytes
    name: str | None = None

    @property
    def sha256(self) -> str:
        return base64.b64encode(hashlib.sha256(self.data).digest()).decode()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A send we took, in the order in which we took it."""

    sequence: int
    id: str
    customer: str
    tracker: str | None
    body: dict[str, Any]
    at: datetime

    def view(self) -> dict[str, Any]:
        return {
            "sequence": self.sequence,
            "id": self.id,
            "to": self.customer,
            "tracker": self.tracker,
            "body": self.body,
            "at": self.at.isoformat(),
        }


class Store:
    """`tell` is called with every change, as the page is told it."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._customers: dict[str, Customer] = {}
        self._owners: dict[str, Customer] = {}  # by message id
        self.accepted: list[Accepted] = []
        self.media: dict[str, Media] = {}

    def customer(self, address: str) -> Customer | None:
        """By number (with or without plus), or business-scoped id."""
        return self._customers.get(address.lstrip("+"))

    def meet(self, address: str, name: str = "") -> Customer:
        """The customer of this address; a new one when nobody has it."""
        known = self.customer(address)
        if known is not None:
            if name and name != known.name:
                known.name = name
                self._tell({"type": "customer", "customer": known.view(last=0)})
            return known
        wanted = address.lstrip("+")
        number = wanted if wanted.isdigit() else None
        user_id = f"MA.{int(hashlib.sha256(wanted.encode()).hexdigest()[:16], 16)}" if number else wanted
        customer = Customer(wanted, user_id, number, name)
        self._customers[wanted] = self._customers[user_id] = customer
        self._tell({"type": "customer", "customer": customer.view()})
        return customer

    def show(self, customer: Customer, bubble: Bubble) -> None:
        """A message appears on the telephone."""
        if len(customer.bubbles) == SCREEN:
            customer.by_id.pop(customer.bubbles[0].id, None)
            self._owners.pop(customer.bubbles[0].id, None)
        customer.bubbles.append(bubble)
        customer.by_id[bubble.id] = bubble
        self._owners[bubble.id] = customer
        self._tell({"type": "message", "customer": customer.id, "message": bubble.view()})

    def advance(self, customer: Customer, bubble: Bubble, state: str, failure: str | None = None) -> None:
        """The ticks of a message change; never backwards."""
        if _ORDER[state] <= _ORDER[bubble.state]:
            return
        bubble.state, bubble.failure = state, failure
        change = {
            "type": "state",
            "customer": customer.id,
            "id": bubble.id,
            "state": state,
            "failure": failure,
        }
        self._tell(change)

    def find(self, message_id: str) -> tuple[Customer, Bubble] | None:
        customer = self._owners.get(message_id)
        return (customer, customer.by_id[message_id]) if customer is not None else None

    def keep(self, content_type: str, data: bytes, name: str | None) -> Media:
        media = Media(str(uuid4().int % 10**16), content_type, data, name)
        self.media[media.id] = media
        return media

    def customers(self) -> Iterable[Customer]:
        """Each once: a customer is filed under two addresses."""
        return (customer for key, customer in self._customers.items() if key == customer.id)

    def snapshot(self) -> list[dict[str, Any]]:
        """The customers whose telephones moved last, newest first."""

        def moved_at(customer: Customer) -> datetime:
            return customer.bubbles[-1].at if customer.bubbles else datetime.min.replace(tzinfo=UTC)

        newest = sorted(self.customers(), key=moved_at, reverse=True)
        return [customer.view() for customer in newest[:SNAPSHOT_CUSTOMERS]]

    def clear(self) -> None:
        self._customers.clear()
        self._owners.clear()
        self.accepted.clear()
        self.media.clear()
        self._tell({"type": "reset"})


def new_message_id() -> str:
    return "wamid." + base64.b64encode(uuid4().bytes + uuid4().bytes[:8]).decode()
