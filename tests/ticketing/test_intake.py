"""Storing what channels bring: once, in order, whole, and whatever arrives at the same time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from channels.envelope import Attachment, Broken, Ignored, Kind
from ticketing.errors import Busy
from ticketing.failed_events import replay


async def test_a_first_message_makes_contact_identity_conversation_ticket_and_turn(world: Any) -> None:
    await world.write("fin kayna l wakala")
    row = await world.one(
        "SELECT m.content->>'text', m.position, m.direction, m.author, m.external_id, t.owner,"
        " t.status, t.unread,"
        " t.last_message->>'text', i.phone, c.name, v.window_expires_at > now() + interval '23 hours'"
        " FROM messages m JOIN conversations v ON v.id = m.conversation_id JOIN tickets t ON"
        " t.id = m.ticket_id"
        " JOIN identities i ON i.id = v.identity_id JOIN contacts c ON c.id = i.contact_id AND"
        " c.id = t.contact_id"
    )
    assert tuple(row) == (
        "fin kayna l wakala", 1, "inbound", "customer", "in-1", "assistant", "open", 1,
        "fin kayna l wakala", "+212600000001", "Fatima", True,
    )  # fmt: skip
    assert await world.rows("SELECT kind, account FROM work") == [("turn", "whatsapp-main")]
    assert [kind for kind, _ in await world.events()] == ["ticket.opened", "message.received"]


async def test_the_same_events_twenty_times_at_once_are_stored_once(
    world: Any, second_engine: AsyncEngine
) -> None:
    other = world.new_intake(second_engine)
    bodies = [world.message(f"m{number}") for number in range(4)]
    await asyncio.gather(
        *(
            intake.accept(bodies if turn % 3 else bodies[::-1])
            for turn in range(10)
            for intake in (world.intake, other)
        )
    )
    assert await world.one("SELECT count(*) FROM messages") == 4
    assert await world.one("SELECT count(*) FROM external_ids") == 4
    assert sorted(await world.rows("SELECT position FROM messages")) == [(1,), (2,), (3,), (4,)]
    assert await world.one("SELECT count(*) FROM failed_events") == 0


async def test_fifty_first_messages_at_once_are_one_contact_and_one_ticket(
    world: Any, database_url: str
) -> None:
    engines = [create_async_engine(database_url, pool_size=5) for _ in range(3)]
    intakes = [world.intake, *(world.new_intake(engine) for engine in engines)]
    try:
        await asyncio.gather(
            *(intakes[number % 4].accept([world.message(f"m{number}")]) for number in range(50))
        )
    finally:
        for engine in engines:
            await engine.dispose()
    counts = [
        await world.one(f"SELECT count(*) FROM {table}")
        for table in ("contacts", "identities", "identity_addresses", "conversations", "tickets", "messages")
    ]
    assert counts == [1, 1, 1, 1, 1, 50]
    positions = await world.rows("SELECT position FROM messages ORDER BY position")
    assert [row[0] for row in positions] == list(range(1, 51))
    assert await world.one("SELECT last_position FROM conversations") == 50
    assert await world.one("SELECT unread FROM tickets") == 50


async def test_many_senders_in_opposite_orders_do_not_deadlock(
    world: Any, second_engine: AsyncEngine
) -> None:
    other = world.new_intake(second_engine)
    senders = [f"2126000010{number:02}" for number in range(20)]
    for round_ in range(3):
        await asyncio.gather(
            world.intake.accept([world.message(f"a{round_}", sender=sender) for sender in senders]),
            other.accept([world.message(f"b{round_}", sender=sender) for sender in reversed(senders)]),
        )
    assert await world.one("SELECT count(*) FROM contacts") == 20
    assert await world.one("SELECT count(*) FROM messages") == 120
    assert await world.one("SELECT count(*) FROM failed_events") == 0


async def test_one_senders_messages_keep_their_order_over_many_calls(world: Any) -> None:
    await asyncio.gather(*(world.write(f"{number}") for number in range(60)))
    rows = await world.rows("SELECT content->>'text' FROM messages ORDER BY position")
    assert [row[0] for row in rows] == [str(number) for number in range(60)]


async def test_several_lanes_store_a_call_whole_and_keep_each_senders_order(world: Any) -> None:
    world.settings.__dict__["intake"] = world.settings.intake.model_copy(update={"lanes": 4, "batch": 5})
    intake = world.new_intake()
    senders = [f"21260000030{number}" for number in range(8)]
    await asyncio.gather(
        *(
            intake.accept([world.message(f"{round_}", sender=sender) for sender in senders])
            for round_ in range(10)
        )
    )
    await intake.close()
    rows = await world.rows(
        "SELECT array_agg(content->>'text' ORDER BY position) FROM messages GROUP BY conversation_id"
    )
    assert [row[0] for row in rows] == [[str(round_) for round_ in range(10)]] * 8


async def test_a_poisoned_event_is_kept_and_its_neighbours_are_stored(world: Any) -> None:
    # Longer than an index entry may be, and not to be compressed.
    poisoned = world.message("poison", external_id="".join(f"{number * 7919:x}" for number in range(4000)))
    await asyncio.gather(
        world.intake.accept([world.message("before"), poisoned, world.message("after")]),
        world.write("elsewhere", sender="212600000002"),
    )
    texts = await world.rows("SELECT content->>'text' FROM messages ORDER BY 1")
    assert [row[0] for row in texts] == ["after", "before", "elsewhere"]
    row = await world.one("SELECT account, reason, raw FROM failed_events")
    assert row[0] == "whatsapp-main"
    assert "index" in row[1]
    assert row[2]["content"]["text"] == "poison"


async def test_what_cannot_be_prepared_or_read_is_kept_raw(world: Any) -> None:
    no_sender = world.message("nobody", sender=())
    elsewhere = world.message("elsewhere", account="nowhere")
    naive = world.message("naive")
    object.__setattr__(naive, "sent_at", naive.sent_at.replace(tzinfo=None))
    broken = Broken("whatsapp-main", "No id.", {"text": "a\x00b", "odd": {1, 2}.__class__.__name__})
    await world.intake.accept(
        [no_sender, elsewhere, naive, broken, Ignored("whatsapp-main", "typing"), world.message("good")]
    )
    assert await world.one("SELECT content->>'text' FROM messages") == "good"
    failed = await world.rows("SELECT account, reason, raw FROM failed_events ORDER BY account, reason")
    assert [(row[0], row[1]) for row in failed] == [
        ("nowhere", "There is no account 'nowhere'."),
        ("whatsapp-main", "A message without a sender cannot be answered."),
        ("whatsapp-main", "A time without a zone cannot be stored."),
        ("whatsapp-main", "No id."),
    ]
    assert failed[3][2] == {"type": "raw", "raw": {"text": "ab", "odd": "set"}}


async def test_a_failed_event_is_replayed_once(world: Any) -> None:
    await world.intake.accept([world.message("late", account="sms")])
    failed_id = await world.one("SELECT id FROM failed_events")
    world.accounts["sms"] = world.accounts["loopback"].__class__(
        "sms", "sms", world.accounts["loopback"].capabilities
    )
    await world.execute("INSERT INTO accounts (key, channel) VALUES ('sms', 'sms')")
    await replay(world.desk, failed_id, world.intake.accept)
    assert await world.one("SELECT content->>'text' FROM messages") == "late"
    with pytest.raises(Exception, match="replayed before"):
        await replay(world.desk, failed_id, world.intake.accept)


async def test_text_no_database_can_store_is_cleaned(world: Any) -> None:
    await world.intake.accept(
        [
            world.message("a\x00b\ud800c", extra={"k\x00": ["\udfff", 1.5, float("nan")]}),
            world.message("x" * 100_000),
        ]
    )
    first, second = await world.rows("SELECT content FROM messages ORDER BY position")
    assert first[0]["text"] == "ab�c"
    assert first[0]["extra"] == {"k": ["�", 1.5, None]}
    assert len(second[0]["text"]) == 65_536
    assert await world.one("SELECT count(*) FROM failed_events") == 0


async def test_attachments_with_bytes_are_stored_and_references_wait(world: Any) -> None:
    files = (
        Attachment(Kind.IMAGE, "image/png", "meter.png", data=b"\x89PNG..."),
        Attachment(Kind.AUDIO, "audio/ogg", reference={"id": "media-1"}),
    )
    message = world.message("", kind=Kind.IMAGE, attachments=files)
    with world.bus.subscribe(["media"]) as wakes:
        await world.intake.accept([message])
        await world.intake.accept([message])
        assert await wakes.wait(1) == {"media"}
    stored, pending = await world.rows(
        "SELECT state, kind, name, size, storage_key, reference, position FROM attachments ORDER BY position"
    )
    assert tuple(stored[:4]) == ("stored", "image", "meter.png", 7)
    assert await world.storage.get(stored[4]) == b"\x89PNG..."
    assert (pending[0], pending[5]) == ("pending", {"id": "media-1"})


async def test_addresses_seen_together_are_one_person(world: Any) -> None:
    await world.write("by number", sender="212600000001")
    await world.write("by both", sender=("212600000001", "MA.99"))
    await world.write("by id alone", sender="MA.99")
    assert await world.one("SELECT count(*) FROM identities") == 1
    assert await world.one("SELECT count(DISTINCT conversation_id) FROM messages") == 1
    assert sorted(await world.rows("SELECT address FROM identity_addresses")) == [
        ("212600000001",),
        ("MA.99",),
    ]
    assert await world.one("SELECT address FROM identities") == "212600000001"


async def test_two_identities_of_one_person_are_joined_and_the_older_stays(world: Any) -> None:
    await world.write("by number", sender="212600000001")
    await world.write("by id", sender="MA.99")
    older = await world.one("SELECT id FROM identities WHERE address = '212600000001'")
    await world.write("by both", sender=("MA.99", "212600000001"))
    await world.write("again by id", sender="MA.99")
    owners = await world.rows("SELECT DISTINCT identity_id FROM identity_addresses")
    assert owners == [(older,)]
    rows = await world.rows(
        "SELECT m.content->>'text', v.identity_id = :older, t.contact_id FROM messages m"
        " JOIN conversations v ON v.id = m.conversation_id JOIN tickets t ON t.id = m.ticket_id"
        " ORDER BY m.id",
        older=older,
    )
    assert [(row[0], row[1]) for row in rows] == [
        ("by number", True), ("by id", False), ("by both", True), ("again by id", True),
    ]  # fmt: skip
    assert len({row[2] for row in rows}) == 1  # every ticket belongs to the one contact
    assert [kind for kind, _ in await world.events("contact.updated")] == ["contact.updated"]


async def test_joining_takes_conversations_of_other_accounts_along(world: Any) -> None:
    second = world.accounts["whatsapp-main"].__class__(
        "whatsapp-two", "whatsapp", world.accounts["whatsapp-main"].capabilities
    )
    world.accounts["whatsapp-two"] = second
    await world.execute("INSERT INTO accounts (key, channel) VALUES ('whatsapp-two', 'whatsapp')")
    await world.write("older", sender="A")
    await world.write("younger elsewhere", sender="B", account="whatsapp-two")
    await world.write("both", sender=("A", "B"))
    await world.write("on the second number", sender="A", account="whatsapp-two")
    rows = await world.rows(
        "SELECT v.account, count(*) FROM messages m JOIN conversations v ON v.id ="
        " m.conversation_id GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [("whatsapp-main", 2), ("whatsapp-two", 2)]
    assert await world.one("SELECT count(*) FROM conversations") == 2


async def test_the_younger_ones_ticket_with_people_goes_on_in_the_older_ones_conversation(world: Any) -> None:
    await world.write("by number", sender="212600000001")
    await world.write("by id", sender="MA.99")
    theirs = await world.one("SELECT id FROM tickets ORDER BY opened_at DESC LIMIT 1")
    await world.ownership.take_over(theirs, world.agents["Salma"])
    await world.write("by both", sender=("MA.99", "212600000001"))
    row = await world.one("SELECT ticket_id, position FROM messages WHERE content->>'text' = 'by both'")
    assert tuple(row) == (theirs, 2)
    await world.answer()
    assert [[message.text for message in turn.messages] for turn in world.assistant.turns] == []


async def test_joining_inside_one_batch(world: Any) -> None:
    await world.intake.accept(
        [
            world.message("1", sender="A"),
            world.message("2", sender="B"),
            world.message("3", sender=("A", "B")),
        ]
    )
    assert await world.one("SELECT count(*) FROM messages") == 3
    assert await world.one("SELECT count(DISTINCT identity_id) FROM identity_addresses") == 1
    assert await world.one("SELECT count(*) FROM failed_events") == 0


async def test_a_full_queue_refuses_and_a_lost_database_too(world: Any) -> None:
    lost = world.new_intake(create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing"))
    with pytest.raises(Busy):
        await lost.accept([world.message("one")])
    world.settings.__dict__["intake"] = world.settings.intake.model_copy(update={"waiting": 5})
    small = world.new_intake()
    outcomes = await asyncio.gather(
        *(small.accept([world.message(f"{number}")]) for number in range(20)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Busy)]
    assert len(refused) == 15
    assert await world.one("SELECT count(*) FROM messages") == 5


async def test_a_caller_that_goes_away_spoils_nothing(world: Any) -> None:
    first = asyncio.create_task(world.write("first"))
    second = asyncio.create_task(world.write("second"))
    await asyncio.sleep(0)
    first.cancel()
    await second
    await asyncio.gather(first, return_exceptions=True)
    await world.intake.close()
    assert await world.one("SELECT count(*) FROM messages WHERE content->>'text' = 'second'") == 1
