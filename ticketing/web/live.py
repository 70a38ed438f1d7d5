"""The agents' WebSocket: greeting, what was missed, then everything as it happens."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from ticketing.live_feed import Position, encode
from ticketing.web.auth.guard import SESSION, SESSION_ENDED
from ticketing.web.auth.sessions import Session
from ticketing.web.feed import LiveFeed
from ticketing.web.hub import GOING_AWAY, Subscriber
from ticketing.web.keepers import PRESENCE
from ticketing.web.lookers import Lookers
from ticketing.web.requests import Body, read_query

log = logging.getLogger(__name__)

FEED: Final = web.AppKey("live_feed", LiveFeed)
PING: Final = encode({"type": "ping"})
PING_EVERY: Final = 20.0  # seconds
SILENCE: Final = 45.0  # seconds without a word from the client
CLOSE_WITHIN: Final = 5.0  # seconds for a slow client to take the close frame
LONGEST_WORD: Final = 4096  # bytes: a client says pong, and which ticket it shows
WORDS: Final = 32  # that wait to be heard


class LiveQuery(Body):
    """The cursor of the last frame that the client has; without one the socket starts now."""

    cursor: str | None = None


async def live(request: web.Request) -> web.StreamResponse:
    """One agent's socket, from greeting to close."""
    feed, query = request.app[FEED], read_query(request, LiveQuery)
    socket = web.WebSocketResponse(
        compress=False,  # every frame is the same bytes for everyone: compressing it per socket is not
        timeout=CLOSE_WITHIN,
        max_msg_size=LONGEST_WORD,
    )
    await socket.prepare(request)
    keeper, agent_id = request.app[PRESENCE], request[SESSION].agent_id
    with feed.watching(), keeper.present(agent_id):
        try:
            code = await _serve(socket, feed, request[SESSION], query.cursor)
            if code == SESSION_ENDED:
                keeper.signed_out(agent_id)
        except Exception:
            log.exception("A live socket failed")
            code = WSCloseCode.INTERNAL_ERROR
    await _hang_up(request, socket, code)
    return socket


async def _hang_up(request: web.Request, socket: web.WebSocketResponse, code: int) -> None:
    """Close politely; a client that does not even take the close frame is cut off."""
    transport = request.transport
    try:
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CLOSE_WITHIN):
                await socket.close(code=code)
    finally:
        if transport is not None and transport.get_write_buffer_size():
            transport.abort()  # closing would wait for ever for what the client does not read


async def _serve(socket: web.WebSocketResponse, feed: LiveFeed, session: Session, cursor: str | None) -> int:
    """Returns the code to close with."""
    joining = asyncio.create_task(_join(socket, feed, session, cursor))
    heard: asyncio.Queue[str] = asyncio.Queue(WORDS)
    ends = {asyncio.create_task(_listen(socket, heard)), asyncio.create_task(feed.stopping.wait())}
    subscriber: Subscriber | None = None
    try:
        await asyncio.wait({joining, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if not joining.done():
            return GOING_AWAY
        subscriber = joining.result()
        ends |= {
            asyncio.create_task(_write(socket, subscriber)),
            asyncio.create_task(subscriber.closed.wait()),
            asyncio.create_task(_attend(feed.lookers, subscriber, heard)),
        }
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return subscriber.close_code or GOING_AWAY
    except ConnectionError:
        return GOING_AWAY
    finally:
        for task in (joining, *ends):
            task.cancel()
        await asyncio.gather(joining, *ends, return_exceptions=True)
        if not joining.cancelled() and joining.exception() is None:
            feed.hub.leave(joining.result())


async def _join(
    socket: web.WebSocketResponse, feed: LiveFeed, session: Session, cursor: str | None
) -> Subscriber:
    """Greet, replay what is older than the hub remembers, and join the hub without gap or repetition."""
    head = await feed.caught_up()
    known = _parse(cursor)
    position = known if known is not None and await feed.can_replay(known) else None
    watch = await feed.watch(session.agent_id, session.permissions)
    views = feed.counter.of(watch)
    greeting = {"type": "hello", "cursor": str(position or head), "views": views}
    await socket.send_frame(encode(greeting), WSMsgType.TEXT)
    if cursor is not None and position is None:
        await socket.send_frame(encode({"type": "reset", "cursor": str(head)}), WSMsgType.TEXT)
    position = position or head
    while True:
        subscriber = feed.hub.join(session.agent_id, session.token_hash, session.permissions, position)
        if subscriber is not None:
            subscriber.told(watch, views)
            return subscriber
        async for batch in feed.missed(position):
            for frame in batch.frames:
                data = frame.for_whom(session.permissions)
                if data is not None:
                    await socket.send_frame(data, WSMsgType.TEXT)
            position = batch.position


def _parse(cursor: str | None) -> Position | None:
    try:
        return Position.parse(cursor) if cursor is not None else None
    except ValueError:
        return None


async def _listen(socket: web.WebSocketResponse, heard: asyncio.Queue[str]) -> None:
    """Until the client closes or falls silent. Whoever talks faster than we listen is not heard."""
    over = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
    with suppress(TimeoutError):
        while (message := await socket.receive(timeout=SILENCE)).type not in over:
            if message.type is WSMsgType.TEXT and not heard.full():
                heard.put_nowait(message.data)


async def _attend(lookers: Lookers, subscriber: Subscriber, heard: asyncio.Queue[str]) -> None:
    """What the client says of itself: which ticket it shows, that its agent writes there."""
    socket_id = lookers.enter(subscriber)
    try:
        while True:
            await lookers.hear(socket_id, await heard.get())
    finally:
        await asyncio.shield(lookers.leave(socket_id))


async def _write(socket: web.WebSocketResponse, subscriber: Subscriber) -> None:
    loop = asyncio.get_running_loop()
    ping_at = loop.time() + PING_EVERY
    while True:
        frames = await subscriber.take(max(0.0, ping_at - loop.time()))
        if loop.time() >= ping_at:
            frames.append(PING)
            ping_at = loop.time() + PING_EVERY
        for frame in frames:
            await socket.send_frame(frame, WSMsgType.TEXT)
