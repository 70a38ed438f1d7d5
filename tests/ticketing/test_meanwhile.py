"""Somebody answered while an agent wrote; and notes, which reach colleagues alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from channels.envelope import Content, Kind
from ticketing.answering import Mention, Writing
from ticketing.errors import Conflict, Invalid


async def with_people(world: Any) -> UUID:
    await world.write("salam")
    ticket_id = await world.one("SELECT id FROM tickets")
    await world.ownership.take_over(ticket_id, world.agents["Salma"])
    await world.execute("DELETE FROM work WHERE kind = 'turn'")
    return UUID(str(ticket_id))


async def newest(world: Any) -> UUID:
    found: UUID = await world.one("SELECT id FROM messages ORDER BY position DESC LIMIT 1")
    return found


async def say(world: Any, ticket_id: UUID, agent: str, words: str = "Bonjour", **more: Any) -> UUID:
    writing = Writing(ticket_id, world.agents[agent], uuid4(), Content(text=words), **more)
    return UUID(str((await world.replies.reply(writing))[0]))


async def test_a_colleagues_answer_is_told_and_may_be_overruled(world: Any) -> None:
    ticket_id = await with_people(world)
    seen = await newest(world)
    theirs = await say(world, ticket_id, "Youssef", seen_message_id=seen)
    with pytest.raises(Conflict) as refused:
        await say(world, ticket_id, "Salma", seen_message_id=seen)
    assert refused.value.code == "answered_meanwhile"
    assert refused.value.fields == {"messages": str(theirs), "author": "agent", "name": "Youssef"}
    await say(world, ticket_id, "Salma", seen_message_id=seen, force=True)
    assert len(await world.states()) == 2


async def test_the_customers_newer_words_are_told(world: Any) -> None:
    ticket_id = await with_people(world)
    seen = await newest(world)
    await world.write("c'est urgent")
    with pytest.raises(Conflict) as refused:
        await say(world, ticket_id, "Salma", seen_message_id=seen)
    assert refused.value.fields["author"] == "customer"
    await say(world, ticket_id, "Salma", seen_message_id=await newest(world))


async def test_ones_own_words_notes_and_reactions_do_not_count(world: Any) -> None:
    ticket_id = await with_people(world)
    seen = await newest(world)
    await say(world, ticket_id, "Salma", "one", seen_message_id=seen)
    await world.replies.note(Writing(ticket_id, world.agents["Nadia"], uuid4(), Content(text="note")))
    await world.write("👍", kind=Kind.REACTION)
    taken_back = await say(world, ticket_id, "Youssef", "non")
    await world.replies.cancel(taken_back, world.agents["Youssef"])
    await say(world, ticket_id, "Salma", "two", seen_message_id=seen)
    await say(world, ticket_id, "Salma", "three")  # who does not ask is not told


async def test_a_note_never_leaves(world: Any) -> None:
    """The outbox sends rows that have a state; a note has none, and the database gives it none."""
    ticket_id = await with_people(world)
    await world.replies.note(Writing(ticket_id, world.agents["Salma"], uuid4(), Content(text="entre nous")))
    assert await world.one("SELECT state FROM messages WHERE direction = 'note'") is None
    assert await world.rows("SELECT * FROM work WHERE kind = 'send'") == []
    await say(world, ticket_id, "Salma", "pour vous")  # the conversation is drained with the note in it
    await world.deliver()
    assert world.provider.texts == ["pour vous"]
    # A broken copy of the desk that queues notes is stopped twice: by the database, and by the outbox.
    with pytest.raises(Exception, match="notes_are_not_sent"):
        await world.execute("UPDATE messages SET state = 'pending' WHERE direction = 'note'")
    await world.execute("ALTER TABLE messages DROP CONSTRAINT notes_are_not_sent")
    await world.execute("UPDATE messages SET state = 'pending' WHERE direction = 'note'")
    await say(world, ticket_id, "Salma", "encore")
    await world.deliver()
    assert world.provider.texts == ["pour vous", "encore"]


async def test_who_is_named_is_told_once(world: Any) -> None:
    ticket_id = await with_people(world)
    for name in ("Youssef", "Salma"):
        await world.execute(
            "INSERT INTO team_members (team_id, agent_id) VALUES (:team, :agent)",
            team=world.teams["technical"],
            agent=world.agents[name],
        )
    await world.execute(
        """UPDATE teams SET names = '{"fr": "Technique", "ar": "التقني", "en": "Technical"}'"""
    )
    mentions = (
        Mention("agent", world.agents["Youssef"]),
        Mention("team", world.teams["technical"]),
        Mention("agent", world.agents["Nadia"]),
    )
    words = "@Youssef et @Technique, voyez @"  # Nadia was named and deleted again
    await world.replies.note(
        Writing(ticket_id, world.agents["Salma"], uuid4(), Content(text=words), mentions=mentions)
    )
    told = await world.rows("SELECT a.name FROM notifications n JOIN agents a ON a.id = n.agent_id")
    assert [row[0] for row in told] == ["Youssef"]
    kept = await world.one("SELECT content->'extra'->'mentions' FROM messages WHERE direction = 'note'")
    assert [one["name"] for one in kept] == ["Youssef", "Technique"]
    rows = await world.rows("SELECT agent_id, by_id FROM mentions")
    assert [tuple(row) for row in rows] == [(world.agents["Youssef"], world.agents["Salma"])]
    with pytest.raises(Invalid) as refused:
        stranger = (Mention("agent", uuid4()),)
        await world.replies.note(
            Writing(ticket_id, world.agents["Salma"], uuid4(), Content(text="@x"), mentions=stranger)
        )
    assert refused.value.code == "mention_unknown"
