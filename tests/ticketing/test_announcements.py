"""Announcements: each said once, whoever dies or races, and none lost silently."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contract import Handover, HandoverReason, Language, Reply, ReplyChoice, ReplyMessage, Turn
from channels.envelope import Kind
from knowledge_base.announcements import Announcement, announce
from ticketing import announcements
from ticketing.announcements import Announcements
from ticketing.bus import MemoryBus
from ticketing.desk import Desk
from ticketing.periodic import Periodic

CHOICES = (ReplyChoice("inform:still_out:1", "Toujours coupé"),)


def words(kind: str, data: Mapping[str, Any], language: Language) -> ReplyMessage:
    if kind == "unheard_of":
        raise ValueError("There are no words for it.")
    return ReplyMessage(f"{kind} {data.get('n', '')} [{language}]", CHOICES if kind == "over" else ())


def worker(world: Any, **more: Any) -> Announcements:
    return Announcements(world.desk, world.accounts, words, **more)


async def conversation(world: Any, sender: str = "212600000001", account: str = "whatsapp-main") -> UUID:
    await world.write(sender=sender, account=account)
    found: UUID = await world.one(
        "SELECT c.id FROM conversations c JOIN identity_addresses a ON a.identity_id = c.identity_id"
        " WHERE a.address = :address",
        address=sender,
    )
    return found


async def put(world: Any, *wanted: Announcement) -> int:
    async with world.desk.transaction() as transaction:
        new = await announce(transaction.connection, wanted)
        transaction.wake("announcement")
    return new


def one(conversation_id: UUID, key: str = "a", kind: str = "over", **more: Any) -> Announcement:
    return Announcement(key, conversation_id, more.pop("language", None), kind, **more)


async def outcome(world: Any, key: str = "a") -> tuple[str, str | None]:
    return tuple(await world.one("SELECT state, reason FROM announcements WHERE key = :key", key=key))


async def said(world: Any) -> list[str]:
    rows = await world.rows("SELECT content->>'text' FROM messages WHERE author = 'system' ORDER BY id")
    return [row[0] for row in rows]


async def test_the_same_key_is_said_once(world: Any) -> None:
    conversation_id = await conversation(world)
    assert await put(world, one(conversation_id), one(conversation_id)) == 1
    await worker(world).drain()
    assert await put(world, one(conversation_id), one(conversation_id, "b", data={"n": 2})) == 1
    await worker(world).drain()
    assert await said(world) == ["over  [fr]", "over 2 [fr]"]
    await world.deliver()
    assert [choice.id for choice in world.provider.sent[0].content.choices] == ["inform:still_out:1"]
    assert await outcome(world) == ("sent", None)


async def test_it_speaks_the_language_told_or_that_of_the_conversation(world: Any) -> None:
    conversation_id = await conversation(world)
    await world.execute("UPDATE conversations SET language = 'ary-Latn'")
    await put(world, one(conversation_id), one(conversation_id, "b", language="ar"))
    await worker(world).drain()
    assert await said(world) == ["over  [ary-Latn]", "over  [ar]"]


async def test_ticket_and_waiting_stay_as_they_are(world: Any) -> None:
    async def hand_over(turn: Turn) -> Reply:
        return Reply(handover=Handover(HandoverReason.ASKED))

    world.assistant.answer = hand_over
    conversation_id = await conversation(world)
    await world.answer()
    columns = "SELECT owner, status, assignee_id, waiting_since, unread, version, last_message FROM tickets"
    before = await world.one(columns)
    assert before.owner == "agents" and before.waiting_since is not None
    await put(world, one(conversation_id))
    await worker(world).drain()
    assert await world.one(columns) == before
    assert await world.one("SELECT count(*) FROM messages WHERE author = 'system' AND ticket_id IS NOT NULL")


async def test_an_announcement_waits_for_its_time(world: Any) -> None:
    conversation_id = await conversation(world)
    later = datetime.now(UTC) + timedelta(hours=1)
    await put(world, one(conversation_id, due_at=later))
    saying = worker(world)
    await saying.drain()
    assert await outcome(world) == ("pending", None)
    wait = await saying.next_due()
    assert wait is not None and 3500 < wait <= 3600
    await world.execute("UPDATE announcements SET due_at = now() - interval '1 ms'")
    await saying.drain()
    assert await outcome(world) == ("sent", None)


async def test_what_came_too_late_is_not_said(world: Any) -> None:
    conversation_id = await conversation(world)
    await put(world, one(conversation_id, expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    await worker(world).drain()
    assert await outcome(world) == ("skipped", "too_late")
    assert await said(world) == []
    ((_, data),) = await world.events("announcement.skipped")
    assert data == {"kind": "over", "reason": "too_late"}


async def test_past_a_closed_window_a_template_carries_it(world: Any) -> None:
    conversation_id = await conversation(world)
    await world.execute("UPDATE conversations SET window_expires_at = now() - interval '1 hour'")
    await put(world, one(conversation_id, data={"n": "1\n2"}, language="ary-Latn"))
    await worker(world, templates={"whatsapp-main": "service_notice"}).drain()
    await world.deliver()
    (message,) = world.provider.sent
    assert message.content.kind is Kind.TEMPLATE
    template = message.content.template
    assert (template.name, template.language) == ("service_notice", "ar")
    assert template.parameters == ("over 1 2 [ary-Latn]",)


async def test_without_a_template_a_closed_window_is_told(world: Any) -> None:
    conversation_id = await conversation(world)
    await world.execute("UPDATE conversations SET window_expires_at = NULL")
    await put(world, one(conversation_id))
    await worker(world, templates={"loopback": "service_notice"}).drain()
    assert await outcome(world) == ("skipped", "window_closed")
    assert len(await world.events("announcement.skipped")) == 1


async def test_a_channel_without_a_window_needs_no_template(world: Any) -> None:
    conversation_id = await conversation(world, "visitor", "loopback")
    await put(world, one(conversation_id))
    await worker(world).drain()
    assert await outcome(world) == ("sent", None)


async def test_what_cannot_be_said_holds_nothing_else_up(world: Any) -> None:
    conversation_id = await conversation(world)
    await put(
        world,
        one(uuid4(), "unknown"),
        one(conversation_id, "wordless", "unheard_of"),
        one(conversation_id, "fine"),
    )
    await worker(world).drain()
    assert await outcome(world, "unknown") == ("skipped", "conversation_unknown")
    assert await outcome(world, "wordless") == ("skipped", "no_words")
    assert await outcome(world, "fine") == ("sent", None)


async def test_two_workers_say_each_thing_once(
    world: Any, second_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "_TAKE", announcements._TAKE.limit(3))
    conversations = [await conversation(world, f"21260000000{n}") for n in range(5)]
    await put(world, *(one(each, f"{each}:{n}", data={"n": n}) for each in conversations for n in range(8)))
    other = Announcements(Desk(second_engine, MemoryBus()), world.accounts, words)
    mine = worker(world)
    while await world.one("SELECT count(*) FROM announcements WHERE state = 'pending'"):
        await asyncio.gather(mine.drain(), other.drain())
    assert len(await said(world)) == 40
    assert await world.one("SELECT count(DISTINCT (conversation_id, position)) FROM messages") == 45


async def test_a_death_before_the_commit_says_nothing_and_leaves_it_due(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = await conversation(world)
    await put(world, one(conversation_id))
    saying = worker(world)

    class Killed(BaseException):
        """As if the process had ended here."""

    async def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("ticketing.desk.Transaction.flush", die)
        with pytest.raises(Killed):
            await saying.work(None)
    assert await outcome(world) == ("pending", None)
    assert await said(world) == []
    await saying.drain()
    assert await said(world) == ["over  [fr]"]


KILLED_WORKER = """
import asyncio, sys
from sqlalchemy.ext.asyncio import create_async_engine
from bot.contract import ReplyMessage
from channels.envelope import Capabilities
from ticketing import announcements
from ticketing.accounts import Account
from ticketing.bus import MemoryBus
from ticketing.desk import Desk

announcements._TAKE = announcements._TAKE.limit(2)
accounts = {"whatsapp-main": Account("whatsapp-main", "whatsapp", Capabilities(text_length=4096))}
desk = Desk(create_async_engine(sys.argv[1]), MemoryBus())
words = lambda kind, data, language: ReplyMessage(f"{kind} {data['n']}")
asyncio.run(announcements.Announcements(desk, accounts, words).run())
"""


async def test_a_killed_process_says_nothing_twice_and_loses_nothing(world: Any, database_url: str) -> None:
    conversation_id = await conversation(world)
    await put(world, *(one(conversation_id, str(n), data={"n": n}) for n in range(600)))
    count = "SELECT count(*) FROM announcements WHERE state = 'sent'"
    for kill_after in (20, 200):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED_WORKER, database_url, cwd=Path(__file__).parents[2]
        )
        try:
            async with asyncio.timeout(30):
                while await world.one(count) < kill_after:
                    assert process.returncode is None
                    await asyncio.sleep(0.001)
        finally:
            process.kill()
            await process.wait()
    assert await world.one(count) < 600
    await worker(world).drain()
    assert await world.one(count) == 600
    texts = [words.removesuffix(" [fr]") for words in await said(world)]
    assert sorted(texts) == sorted(f"over {n}" for n in range(600))


async def test_a_woken_worker_says_it_at_once(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ticketing.worker.POLL", 600.0)
    conversation_id = await conversation(world)
    running = asyncio.create_task(worker(world).run())
    try:
        with world.bus.subscribe(["send"]) as sends:
            await put(world, one(conversation_id))
            assert await sends.wait(10)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert await outcome(world) == ("sent", None)


async def test_every_minute_one_process_looks(world: Any, second_engine: AsyncEngine) -> None:
    ran: list[str] = []

    async def look(connection: AsyncConnection, now: datetime) -> None:
        ran.append("look")

    async def fail(connection: AsyncConnection, now: datetime) -> None:
        ran.append("fail")
        raise RuntimeError("trouble")

    here = Periodic(world.desk, {"fail": fail, "look": look})
    there = Periodic(Desk(second_engine, MemoryBus()), {"look": look})
    await asyncio.gather(here.once(), there.once())
    assert sorted(ran) == ["fail", "look"]
    assert await here.once() == []  # what failed is tried again, what ran is not
    assert ran.count("fail") == 2
    await world.execute("UPDATE periodic_runs SET ran_at = ran_at - interval '1 minute'")
    assert await there.once() == ["look"]
