"""The sockets of this process: what each has still to be sent, and the newest frames for those who return."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final
from uuid import UUID

from ticketing.live_feed import Frame, Position, encode
from ticketing.reading.counts import ViewCounter, Watch
from ticketing.visibility import sees_restricted
from ticketing.web.auth.guard import SESSION_ENDED

TOO_SLOW: Final = 4408  # the client reconnects with its cursor and is replayed
GOING_AWAY: Final = 1001


class Subscriber:
    """One socket's share: a bounded queue of frames and the newest counts. Sees each position once."""

    def __init__(
        self,
        agent_id: UUID,
        token_hash: bytes,
        permissions: frozenset[str],
        *,
        after: Position,
        limit: int,
    ) -> None:
        self.agent_id = agent_id
        self.token_hash = token_hash
        self.permissions = permissions
        self.close_code: int | None = None
        self.closed = asyncio.Event()
        self._after = after
        self._limit = limit
        self._frames: deque[bytes] = deque()
        self._views: bytes | None = None
        self._views_told: dict[str, int] | None = None
        self.watch: Watch | None = None  # whose views' counts are told
        self._wake = asyncio.Event()

    def offer(self, frames: Iterable[Frame], *, bounded: bool = True) -> None:
        """Queue what this agent may see and has not seen; too much at once closes the socket."""
        for frame in frames:
            if frame.position > self._after:
                self._after = frame.position
                data = frame.for_whom(self.permissions)
                if data is not None:
                    self._frames.append(data)
        if bounded and len(self._frames) > self._limit:
            self.close(TOO_SLOW)
        elif self._frames:
            self._wake.set()

    def offer_views(self, counter: ViewCounter, *, changed: bool = False) -> None:
        """Tell the counts if they are others than those told; only the newest wait. `changed`: the views
        themselves did.
        """
        views = {} if self.watch is None else counter.of(self.watch)
        if views != self._views_told or changed:
            self._views_told = views
            self._views = encode({"type": "views", "views": views} | ({"changed": True} if changed else {}))
            self._wake.set()

    def tell(self, data: bytes) -> None:
        """Say something that is no event: it has no position and is not repeated after a gap."""
        self._frames.append(data)
        if len(self._frames) > self._limit:
            self.close(TOO_SLOW)
        self._wake.set()

    def told(self, watch: Watch, views: dict[str, int]) -> None:
        """What the greeting said."""
        self.watch = watch
        self._views_told = views

    @property
    def watches_as_someone_else(self) -> bool:
        """Since its views were read it may see more, or less."""
        restricted = sees_restricted(self.permissions)
        return self.watch is not None and self.watch.reader.restricted != restricted

    def close(self, code: int) -> None:
        if self.close_code is None:
            self.close_code = code
            self.closed.set()

    async def take(self, timeout: float) -> list[bytes]:
        """Everything that waits; an empty list after `timeout` seconds of quiet."""
        if not self._frames and self._views is None:
            self._wake.clear()
            try:
                async with asyncio.timeout(timeout):
                    await self._wake.wait()
            except TimeoutError:
                return []
        taken = list(self._frames)
        self._frames.clear()
        if self._views is not None:
            taken.append(self._views)
            self._views = None
        return taken


class Ring:
    """The newest frames in order, bounded in number and bytes. Everything after `floor` is in it."""

    def __init__(self, frames: int, size: int) -> None:
        self._most_frames = frames
        self._most_bytes = size
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self.floor = self.head = Position(0, 0)

    def restart(self, position: Position) -> None:
        """Forget everything; what comes next follows `position`."""
        self._frames.clear()
        self._bytes = 0
        self.floor = self.head = position

    def extend(self, frames: Sequence[Frame], head: Position) -> None:
        self._frames.extend(frames)
        self._bytes += sum(len(frame.data) for frame in frames)
        self.head = head
        while self._frames and (len(self._frames) > self._most_frames or self._bytes > self._most_bytes):
            dropped = self._frames.popleft()
            self._bytes -= len(dropped.data)
            self.floor = dropped.position

    def after(self, position: Position) -> list[Frame]:
        """The frames after a position that is not below the floor."""
        start = bisect_right(self._frames, position, key=lambda frame: frame.position)
        return list(islice(self._frames, start, None))


class Hub:
    """Fans out frames. Everything here is synchronous, so joining and publishing cannot interleave."""

    def __init__(self, ring: Ring, *, queue_limit: int = 1000) -> None:
        self.ring = ring
        self._queue_limit = queue_limit
        self._subscribers: set[Subscriber] = set()

    def __len__(self) -> int:
        return len(self._subscribers)

    def join(
        self, agent_id: UUID, token_hash: bytes, permissions: frozenset[str], after: Position
    ) -> Subscriber | None:
        """A subscriber that gets everything after `after`, from the ring and then live; None when the ring
        no longer reaches back so far."""
        if after < self.ring.floor:
            return None
        missed = self.ring.after(after)
        subscriber = Subscriber(
            agent_id, token_hash, permissions, after=after, limit=self._queue_limit + len(missed)
        )
        subscriber.offer(missed, bounded=False)
        self._subscribers.add(subscriber)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

    def publish(self, frames: Sequence[Frame], head: Position) -> None:
        self.ring.extend(frames, head)
        if frames:
            for subscriber in self._subscribers:
                subscriber.offer(frames)

    def publish_views(self, counter: ViewCounter) -> None:
        for subscriber in self._subscribers:
            subscriber.offer_views(counter)

    def subscribers(self) -> list[Subscriber]:
        return list(self._subscribers)

    def agents(self) -> set[UUID]:
        return {subscriber.agent_id for subscriber in self._subscribers}

    def tell(self, agent_id: UUID, data: bytes) -> None:
        """Say something that is no event to every socket of this agent."""
        for subscriber in self._subscribers:
            if subscriber.agent_id == agent_id:
                subscriber.tell(data)

    def sessions(self) -> set[bytes]:
        return {subscriber.token_hash for subscriber in self._subscribers}

    def keep_sessions(self, alive: dict[bytes, frozenset[str]], asked: set[bytes]) -> None:
        """Close sockets whose session, among those asked about, has ended; refresh what others may see."""
        for subscriber in self._subscribers:
            permissions = alive.get(subscriber.token_hash)
            if permissions is not None:
                subscriber.permissions = permissions
            elif subscriber.token_hash in asked:
                subscriber.close(SESSION_ENDED)

    def end_session(self, token_hash: bytes) -> None:
        self.keep_sessions({}, {token_hash})

    def close_all(self, code: int = GOING_AWAY) -> None:
        for subscriber in self._subscribers:
            subscriber.close(code)
