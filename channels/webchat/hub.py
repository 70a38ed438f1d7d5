"""Which sockets of this process belong to which visitor, and what each is to be told next.

What waits for a socket is merged, not queued: a slow browser costs a flag and a few ids, never a backlog.
The thread itself is read from the desk by the socket when it is woken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

MOST_IDS = 200


@dataclass(slots=True)
class Signals:
    """News for one socket since it last looked."""

    thread: bool = False
    typing: bool = False
    released: set[UUID] = field(default_factory=set)  # being sent now, whatever their row still says
    states: dict[str, str] = field(default_factory=dict)  # message id → what another tab has read


@dataclass(eq=False, slots=True)
class Member:
    """One socket (or one waiting poll) of a visitor."""

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    signals: Signals = field(default_factory=Signals)

    def take(self) -> Signals:
        taken, self.signals = self.signals, Signals()
        self.wake.clear()
        return taken


class Hub:
    """`join` may displace the oldest socket of the same visitor; `Full` is the process's own limit."""

    def __init__(self, per_visitor: int, total: int) -> None:
        self._per_visitor = per_visitor
        self._total = total
        self._members: dict[str, list[Member]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def join(self, visitor: str) -> tuple[Member, Member | None]:
        """The new member, and the one that has to leave for it, if any.

        OverflowError when this process is full.
        """
        if self._count >= self._total:
            raise OverflowError(f"{self._total} sockets are open")
        members = self._members.setdefault(visitor, [])
        displaced = members[0] if len(members) >= self._per_visitor else None
        member = Member()
        members.append(member)
        self._count += 1
        return member, displaced

    def leave(self, visitor: str, member: Member) -> None:
        members = self._members.get(visitor, [])
        if member in members:
            members.remove(member)
            self._count -= 1
        if not members:
            self._members.pop(visitor, None)

    def announce(self, visitor: str, message_id: UUID | None = None) -> None:
        """There is something new in this visitor's thread; `message_id` is leaving right now."""
        for member in self._members.get(visitor, ()):
            member.signals.thread = True
            if message_id is not None and len(member.signals.released) < MOST_IDS:
                member.signals.released.add(message_id)
            member.wake.set()

    def typing(self, visitor: str) -> None:
        for member in self._members.get(visitor, ()):
            member.signals.typing = True
            member.wake.set()

    def read_elsewhere(self, visitor: str, message_ids: Iterable[UUID], by: Member | None) -> None:
        """Another tab has read these: the others clear their badge."""
        states = {str(message_id): "read" for message_id in message_ids}
        for member in self._members.get(visitor, ()):
            if member is not by:
                member.signals.states.update(states)
                member.wake.set()
