"""A reply can be taken back for a few seconds, and nothing of it leaves meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from channels.envelope import Content, Kind
from ticketing.answering import Writing
from ticketing.errors import Conflict, Forbidden
from ticketing.replies import Replies
from ticketing.uploads import upload

SOON = timedelta(seconds=20)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


async def with_people(world: Any, sender: str = "212600000001") -> UUID:
    await world.write("salam", sender=sender)
    ticket_id = await world.one("SELECT id FROM tickets ORDER BY id DESC LIMIT 1")
    await world.ownership.take_over(ticket_id, world.agents["Salma"])
    await world.execute("DELETE FROM work WHERE kind = 'turn'")
    return UUID(str(ticket_id))


async def say(world: Any, ticket_id: UUID, words: str, **more: Any) -> UUID:
    """Salma answers and may take it back for a while."""
    replies = Replies(world.desk, world.accounts, more.pop("undo", SOON))
    agent_id = world.agents[more.pop("agent", "Salma")]
    return (await replies.reply(Writing(ticket_id, agent_id, uuid4(), Content(text=words), **more)))[0]


async def let_time_pass(world: Any) -> None:
    """As if every message's own time had come."""
    await world.execute("UPDATE messages SET due_at = now() - interval '1 ms' WHERE due_at IS NOT NULL")


async def test_it_leaves_when_its_time_has_come_and_not_before(world: Any) -> None:
    ticket_id = await with_people(world)
    await say(world, ticket_id, "Bonjour")
    await world.deliver()  # the queue's own time is moved, the message's is not
    assert world.provider.texts == []
    wait = await world.one("SELECT due_at - now() FROM work WHERE kind = 'send'")
    assert timedelta(seconds=15) < wait <= SOON
    await let_time_pass(world)
    await world.deliver()
    assert world.provider.texts == ["Bonjour"]
    assert await world.rows("SELECT * FROM work WHERE kind = 'send'") == []


async def test_what_the_desk_says_does_not_wait_for_an_agent(world: Any) -> None:
    ticket_id = await with_people(world)
    await say(world, ticket_id, "Bonjour")
    await world.deliver()
    await say(world, ticket_id, "Tout de suite", agent="Youssef", undo=timedelta(0))
    await world.outbox.drain()  # due at once, although the first still waits
    assert world.provider.texts == ["Tout de suite"]
    await let_time_pass(world)
    await world.deliver()
    assert world.provider.texts == ["Tout de suite", "Bonjour"]


async def test_two_replies_of_one_agent_keep_their_order(world: Any) -> None:
    ticket_id = await with_people(world)
    await say(world, ticket_id, "one")
    await say(world, ticket_id, "two")
    await let_time_pass(world)
    await world.deliver()
    assert world.provider.texts == ["one", "two"]


async def test_taken_back_it_is_the_agents_again_and_the_ticket_as_it_was(world: Any) -> None:
    ticket_id = await with_people(world)
    before = await world.one("SELECT waiting_since, unread, last_message, status FROM tickets")
    file_id = await upload(
        world.desk, world.storage, world.agents["Salma"], name="plan.png", content_type="image/png", data=PNG
    )
    message_id = await say(world, ticket_id, "x" * 2000, attachment_ids=(file_id,))
    assert await world.one("SELECT waiting_since FROM tickets") is None
    back = await world.replies.undo(message_id, world.agents["Salma"])
    assert (back.text, back.attachment_ids) == ("x" * 2000, (file_id,))
    assert await world.one("SELECT waiting_since, unread, last_message, status FROM tickets") == before
    await let_time_pass(world)
    await world.deliver()
    assert world.provider.sent == []
    assert {state for _, state in await world.states()} == {"cancelled"}
    # The file goes with the next reply.
    await say(world, ticket_id, "Voici", attachment_ids=back.attachment_ids)
    await let_time_pass(world)
    await world.deliver()
    files = [file for message in world.provider.sent for file in message.content.attachments]
    assert [file.kind for file in files] == [Kind.IMAGE]


async def test_taken_back_it_is_no_example_of_an_answer(world: Any) -> None:
    ticket_id = await with_people(world)
    message_id = await say(world, ticket_id, "Bonjour")
    await world.execute(
        "INSERT INTO past_answers (ticket_id, message_id, language, question, likeness, answer, at)"
        " VALUES (:ticket, :message, 'fr', 'x', 'x', 'Bonjour', now())",
        ticket=ticket_id,
        message=message_id,
    )
    await world.replies.undo(message_id, world.agents["Salma"])
    assert await world.rows("SELECT * FROM past_answers") == []


async def test_what_a_colleague_changed_since_stays(world: Any) -> None:
    ticket_id = await with_people(world)
    message_id = await say(world, ticket_id, "Bonjour")
    await world.execute("UPDATE tickets SET status = 'on_hold', version = version + 1")
    await world.replies.undo(message_id, world.agents["Salma"])
    assert await world.one("SELECT status FROM tickets") == "on_hold"
    assert await world.one("SELECT waiting_since IS NOT NULL FROM tickets")  # the customer waits in any case


async def test_too_late_and_not_by_others(world: Any) -> None:
    ticket_id = await with_people(world)
    message_id = await say(world, ticket_id, "Bonjour")
    with pytest.raises(Forbidden):
        await world.replies.undo(message_id, world.agents["Youssef"])
    await let_time_pass(world)
    await world.deliver()
    with pytest.raises(Conflict) as refused:
        await world.replies.undo(message_id, world.agents["Salma"])
    assert refused.value.code == "too_late"
    assert world.provider.texts == ["Bonjour"]


async def test_an_agents_own_preference_counts(world: Any) -> None:
    ticket_id = await with_people(world)
    await world.execute(
        "INSERT INTO composer_preferences (agent_id, undo_seconds) VALUES (:id, 0)", id=world.agents["Salma"]
    )
    await say(world, ticket_id, "Tout de suite")
    await world.deliver()
    assert world.provider.texts == ["Tout de suite"]
