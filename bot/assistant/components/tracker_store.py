"""Keeps conversations in memory, the latest so many: the stock memory store never forgets one."""

from __future__ import annotations

from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Restarted
from rasa.shared.core.trackers import DialogueStateTracker


class LatestConversations(InMemoryTrackerStore):
    """An in-memory store (about 3 kB a conversation) that lets the longest unused one go when full.

    A conversation that was let go starts afresh; the desk keeps the transcript.
    """

    def __init__(
        self,
        domain: Domain,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        most: int = 20_000,
        **kwargs: Any,
    ) -> None:
        self._most = int(most)
        super().__init__(domain, event_broker, **kwargs)

    async def save(self, tracker: DialogueStateTracker) -> None:
        self.store.pop(tracker.sender_id, None)  # a dict keeps the order: the end is the latest
        if tracker.events and isinstance(tracker.events[-1], Restarted):
            return
        await super().save(tracker)
        while len(self.store) > self._most:
            self.store.pop(next(iter(self.store)))
