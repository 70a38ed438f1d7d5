"""Sending: in order, each failure class with its consequence, never twice by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from channels.envelope import Content, DeliveryState, Failure, FailureReason, OutboundMessage, Template
from channels.errors import AccountRejected, PermanentFailure, TemporaryFailure
from ticketing.accounts import resume_account
from ticketing.answering import Writing
from ticketing.errors import Conflict
from ticketing.notices import send_notice


async def queue(world: Any, *texts: str, sender: str = "212600000001") -> None:
    """Have Salma write these to the customer."""
    ticket_id = await world.rows(
        "SELECT v.ticket_id FROM conversations v JOIN identity_addresses a ON a.identity_id = v.identity_id"
        " WHERE a.address = :address",
        address=sender,
    )
    if not ticket_id:
        await world.write(sender=sender)
        await queue(world, *texts, sender=sender)
        return
    for words in texts:
        await world.replies.reply(
            Writing(ticket_id[0][0], world.agents["Salma"], uuid4(), Content(text=words))
        )


async def test_messages_go_out_in_order_and_are_told(world: Any) -> None:
    await queue(world, "one", "two", "three")
    await world.deliver()
    assert world.provider.texts == ["one", "two", "three"]
    assert world.provider.sent[0].recipient == "212600000001"
    assert world.provider.sent[0].author == "agent"
    assert await world.states() == [("one", "sent"), ("two", "sent"), ("three", "sent")]
    assert await world.one("SELECT count(*) FROM external_ids WHERE external_id LIKE 'out-%'") == 3
    assert await world.rows("SELECT * FROM work WHERE kind = 'send'") == []
    assert [data["state"] for _, data in await world.events("message.updated")] == ["sent"] * 3


async def test_a_temporary_failure_keeps_the_order_and_blocks_its_conversation_only(world: Any) -> None:
    await queue(world, "first", "second")
    world.provider.script = [TemporaryFailure("later", retry_after=timedelta(seconds=100))]
    await world.deliver()
    await queue(world, "other", sender="212600000002")
    await world.outbox.drain()  # only what is due
    assert world.provider.texts == ["other"]
    wait = await world.one("SELECT due_at - now() FROM work WHERE kind = 'send'")
    assert timedelta(seconds=90) < wait <= timedelta(seconds=100)
    await queue(world, "third")
    assert await world.one("SELECT due_at > now() + interval '90 s' FROM work WHERE kind = 'send'")
    await world.deliver()
    assert world.provider.texts == ["other", "first", "second", "third"]


async def test_without_a_hint_waits_grow(world: Any) -> None:
    await queue(world, "first")
    waits = []
    for _ in range(4):
        world.provider.script = [TemporaryFailure("later")]
        await world.deliver()
        waits.append((await world.one("SELECT due_at - now() FROM work WHERE kind = 'send'")).total_seconds())
    for earlier, later in pairwise(waits):
        assert later > earlier
    assert await world.states() == [("first", "pending")]


async def test_it_gives_up_after_a_day(world: Any) -> None:
    await queue(world, "first", "second")
    await world.execute(
        "UPDATE messages SET created_at = now() - interval '25 h' WHERE content->>'text' = 'first'"
    )
    world.provider.script = [TemporaryFailure("later")]
    await world.deliver()
    assert await world.states() == [("first", "failed"), ("second", "sent")]
    assert (await world.one("SELECT failure FROM messages WHERE state = 'failed'"))["reason"] == "expired"


async def test_a_permanent_failure_is_told_and_the_next_goes_on(world: Any) -> None:
    await queue(world, "bad", "good")
    world.provider.script = [
        PermanentFailure(FailureReason.RECIPIENT_UNREACHABLE, "Not on WhatsApp.", provider_code="131026")
    ]
    await world.deliver()
    assert await world.states() == [("bad", "failed"), ("good", "sent")]
    (_, data), _ = await world.events("message.updated")
    assert data["state"] == "failed"
    assert data["failure"] == {
        "reason": "recipient_unreachable", "provider_code": "131026", "detail": "Not on WhatsApp.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "error", [TemporaryFailure("lost", maybe_sent=True), RuntimeError("bug"), TimeoutError()]
)
async def test_what_may_have_been_sent_is_unknown_and_never_sent_again_by_itself(
    world: Any, error: Exception
) -> None:
    await queue(world, "perhaps", "after")
    world.provider.script = [error]
    await world.deliver()
    await world.deliver()
    assert await world.states() == [("perhaps", "unknown"), ("after", "sent")]
    assert world.provider.tried == ["perhaps", "after"]


async def test_a_send_found_under_a_dead_lease_is_unknown(world: Any) -> None:
    await queue(world, "perhaps", "after")

    async def die(message: OutboundMessage) -> None:
        if message.content.text == "perhaps":
            raise asyncio.CancelledError

    world.provider.before = die
    await world.make_due()
    claims = await world.outbox.claim(10)
    with pytest.raises(asyncio.CancelledError):
        await world.outbox.work(claims[0])
    assert await world.states() == [("perhaps", "sending"), ("after", "pending")]
    await world.new_outbox().drain()
    assert world.provider.tried == ["perhaps"]  # the lease still runs
    await world.make_due()
    await world.new_outbox().drain()
    assert await world.states() == [("perhaps", "unknown"), ("after", "sent")]
    assert world.provider.tried == ["perhaps", "after"]


async def test_a_rejected_account_is_paused_and_keeps_its_messages(world: Any) -> None:
    await queue(world, "one", "two")
    world.provider.script = [AccountRejected("Token expired.")]
    await world.deliver()
    await queue(world, "other", sender="212600000002")
    await world.deliver()
    assert world.provider.tried == ["one"]
    assert tuple(await world.one("SELECT state, state_reason FROM accounts WHERE key = 'whatsapp-main'")) == (
        "paused", "Token expired.",
    )  # fmt: skip
    assert await world.events("account.paused") == [
        ("account.paused", {"account": "whatsapp-main", "reason": "Token expired."})
    ]
    await resume_account(world.desk, "whatsapp-main", world.agents["Nadia"])
    await world.deliver()
    assert sorted(world.provider.texts) == ["one", "other", "two"]


async def test_an_account_without_its_adapter_waits(world: Any) -> None:
    adapter = world.adapters.pop("whatsapp-main")
    await queue(world, "one")
    await world.deliver()
    assert await world.states() == [("one", "pending")]
    world.adapters["whatsapp-main"] = adapter
    await world.deliver()
    assert await world.states() == [("one", "sent")]


async def test_order_per_conversation_under_failures_and_two_outboxes(world: Any) -> None:
    senders = [f"21260000010{number}" for number in range(6)]
    for sender in senders:
        await queue(world, *(f"{sender} {number}" for number in range(8)), sender=sender)
    world.provider.script = [
        TemporaryFailure("later", retry_after=timedelta(0)) if number % 3 else AccountRejected("no")
        for number in range(20)
    ]
    others = [world.outbox, world.new_outbox()]
    while await world.rows("SELECT * FROM work WHERE kind = 'send'"):
        await world.execute("UPDATE accounts SET state = 'active'")
        await world.execute("UPDATE work SET due_at = now() WHERE kind = 'send'")
        await asyncio.gather(*(outbox.drain() for outbox in others))
    for sender in senders:
        texts = [message.content.text for message in world.provider.sent if message.recipient == sender]
        assert texts == [f"{sender} {number}" for number in range(8)]


async def test_one_account_never_has_more_in_flight_than_it_may(world: Any) -> None:
    world.settings.__dict__["outbox"] = world.settings.outbox.model_copy(update={"per_account": 3})
    world.outbox = world.new_outbox()
    for number in range(10):
        await queue(world, "x", sender=f"21260000020{number}")
    in_flight, most, full = 0, 0, asyncio.Event()

    async def watch(message: OutboundMessage) -> None:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        if in_flight == 3:
            full.set()
        await full.wait()
        in_flight -= 1

    world.provider.before = watch
    running = asyncio.create_task(world.outbox.run())
    async with asyncio.timeout(20):
        while len(world.provider.sent) < 10:
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert most == 3
    assert {state for _, state in await world.states()} == {"sent"}


async def test_receipts_in_any_order_end_at_read(world: Any) -> None:
    await queue(world, "one")
    await world.deliver()
    for state in (DeliveryState.READ, DeliveryState.DELIVERED, DeliveryState.SENT):
        await world.intake.accept([world.receipt("out-1", state)])
    assert await world.states() == [("one", "read")]
    assert [data["state"] for _, data in await world.events("message.updated")] == ["sent", "read"]


async def test_receipts_before_our_own_commit_are_kept(world: Any) -> None:
    await queue(world, "one", "two")

    async def overtake(message: OutboundMessage) -> None:
        number = len(world.provider.sent) + 1
        await world.intake.accept(
            [world.receipt(f"out-{number}", state) for state in (DeliveryState.READ, DeliveryState.SENT)]
        )

    world.provider.before = overtake
    await world.deliver()
    assert await world.states() == [("one", "read"), ("two", "read")]
    assert await world.one("SELECT count(*) FROM early_receipts") == 0


async def test_a_failure_receipt_and_a_later_proof(world: Any) -> None:
    await queue(world, "one")
    await world.deliver()
    failure = Failure(FailureReason.POLICY, "131049", "Not delivered.")
    await world.intake.accept([world.receipt("out-1", DeliveryState.FAILED, failure=failure)])
    assert await world.states() == [("one", "failed")]
    await world.intake.accept([world.receipt("out-1", DeliveryState.SENT)])
    assert await world.states() == [("one", "failed")]
    assert (await world.one("SELECT failure FROM messages WHERE state = 'failed'"))["reason"] == "policy"
    await world.intake.accept([world.receipt("out-1", DeliveryState.DELIVERED)])
    assert await world.states() == [("one", "delivered")]
    assert await world.one("SELECT failure FROM messages WHERE direction = 'outbound'") is None


async def test_an_echoed_message_id_settles_an_unknown_outcome(world: Any) -> None:
    await queue(world, "perhaps")
    world.provider.script = [TemporaryFailure("lost", maybe_sent=True)]
    await world.deliver()
    message_id = await world.one("SELECT id FROM messages WHERE direction = 'outbound'")
    foreign = world.receipt("wamid.1", DeliveryState.DELIVERED, message_id=message_id, account="loopback")
    await world.intake.accept([foreign])
    assert await world.states() == [("perhaps", "unknown")]
    await world.intake.accept([world.receipt("wamid.2", DeliveryState.SENT, message_id=message_id)])
    assert await world.states() == [("perhaps", "sent")]
    await world.intake.accept([world.receipt("wamid.2", DeliveryState.READ)])
    assert await world.states() == [("perhaps", "read")]


async def test_cancel_while_pending_and_retry_by_a_person(world: Any) -> None:
    await queue(world, "one", "two")
    first, second = (
        row[0] for row in await world.rows("SELECT id FROM messages WHERE direction = 'outbound' ORDER BY id")
    )
    await world.replies.cancel(first, world.agents["Salma"])
    world.provider.script = [PermanentFailure(FailureReason.OTHER, "No.")]
    await world.deliver()
    assert await world.states() == [("one", "cancelled"), ("two", "failed")]
    with pytest.raises(Conflict, match="no longer waiting"):
        await world.replies.cancel(second, world.agents["Salma"])
    with pytest.raises(Conflict, match="sent again"):
        await world.replies.retry(first, world.agents["Salma"])
    await world.replies.retry(second, world.agents["Salma"])
    await world.deliver()
    assert await world.states() == [("one", "cancelled"), ("two", "sent")]


async def queue_code(world: Any) -> UUID:
    content = Content(
        text="Votre code : 482913",
        template=Template("otp", "fr", ("482913",), one_time_code="482913"),
        extra={"secret": True},
    )
    async with world.desk.transaction() as transaction:
        (message_id,) = await send_notice(
            transaction, world.accounts["whatsapp-main"], "212611111111", content, "fr"
        )
    return message_id


async def test_a_one_time_code_that_may_be_out_is_scrubbed_too(world: Any) -> None:
    await queue_code(world)

    async def die(message: OutboundMessage) -> None:
        raise asyncio.CancelledError

    world.provider.before = die
    await world.make_due()
    (claim,) = await world.outbox.claim(10)
    with pytest.raises(asyncio.CancelledError):
        await world.outbox.work(claim)
    await world.make_due()
    await world.new_outbox().drain()
    row = await world.one("SELECT state, content::text FROM messages")
    assert row[0] == "unknown"
    assert "482913" not in row[1]


async def test_a_one_time_code_is_scrubbed_once_it_is_out(world: Any) -> None:
    message_id = await queue_code(world)
    await world.deliver()
    (sent,) = world.provider.sent
    assert sent.content.template.one_time_code == "482913"
    assert sent.recipient == "212611111111"
    row = await world.one("SELECT ticket_id, state, content::text, search_text FROM messages")
    assert (row[0], row[1], row[3]) == (None, "sent", "")
    assert "482913" not in row[2]
    assert "482913" not in str(await world.events())
    assert await world.one("SELECT id FROM messages") == message_id


async def test_a_notice_and_a_first_message_share_the_conversation(world: Any) -> None:
    async with world.desk.transaction() as transaction:
        await send_notice(transaction, world.accounts["loopback"], "A", Content(text="x" * 1500))
    await world.write("who is this", sender="A", account="loopback")
    assert await world.one("SELECT count(*) FROM conversations") == 1
    positions = await world.rows("SELECT direction, position FROM messages ORDER BY position")
    assert [tuple(row) for row in positions] == [("outbound", 1), ("outbound", 2), ("inbound", 3)]


async def test_being_stopped_it_finishes_what_is_in_flight(world: Any) -> None:
    await queue(world, "one")
    sending, may_go = asyncio.Event(), asyncio.Event()

    async def slow(message: OutboundMessage) -> None:
        sending.set()
        await may_go.wait()

    world.provider.before = slow
    running = asyncio.create_task(world.outbox.run())
    await sending.wait()
    running.cancel()
    await asyncio.sleep(0)
    may_go.set()
    await asyncio.gather(running, return_exceptions=True)
    assert await world.states() == [("one", "sent")]
