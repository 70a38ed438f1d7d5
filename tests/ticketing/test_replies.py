"""What people do: claim, take over, answer, note, close, reopen; the first wins and the others are told."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from channels.envelope import Content, Kind, Template
from ticketing.answering import Writing
from ticketing.errors import Busy, Conflict, Invalid, NotFound
from ticketing.uploads import upload

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


async def ticket(world: Any) -> Any:
    return (await world.rows("SELECT * FROM tickets"))[0]


async def with_people(world: Any) -> Any:
    """A ticket of people that nobody holds."""
    await world.write("salam")
    taken = await world.ownership.take_over((await ticket(world)).id, world.agents["Nadia"])
    return await world.ownership.release(taken.id, world.agents["Nadia"], taken.version)


def writing(
    world: Any, ticket_id: UUID, words: str = "Bonjour", agent: str = "Salma", **more: Any
) -> Writing:
    client_id = more.pop("client_id", None) or uuid4()
    content = Content(text=words, **more.pop("content", {}))
    return Writing(ticket_id, world.agents[agent], client_id, content, **more)


async def test_a_hundred_claims_at_once_have_one_winner(world: Any) -> None:
    open_ticket = await with_people(world)
    agents = list(world.agents.values())
    outcomes = await asyncio.gather(
        *(world.ownership.claim(open_ticket.id, agents[n % 3], open_ticket.version) for n in range(99)),
        return_exceptions=True,
    )
    winner = (await ticket(world)).assignee_id
    losers = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert {outcome.assignee_id for outcome in outcomes if not isinstance(outcome, BaseException)} == {winner}
    assert len(losers) == 66
    (name,) = (key for key, agent_id in world.agents.items() if agent_id == winner)
    assert {(loser.code, loser.fields["agent"]) for loser in losers} == {("already_claimed", name)}
    assert len(await world.events("ticket.claimed")) == 1


async def test_an_old_version_loses(world: Any) -> None:
    open_ticket = await with_people(world)
    with pytest.raises(Conflict) as refused:
        await world.editing.close(open_ticket.id, world.agents["Salma"], open_ticket.version - 1)
    assert refused.value.code == "changed_meanwhile"
    with pytest.raises(NotFound):
        await world.ownership.claim(uuid4(), world.agents["Salma"], 1)


async def test_claim_release_assign_close_and_reopen(world: Any) -> None:
    made = await with_people(world)
    salma, youssef = world.agents["Salma"], world.agents["Youssef"]
    claimed = await world.ownership.claim(made.id, salma, made.version)
    assert (claimed.status, claimed.assignee_id) == ("open", salma)
    released = await world.ownership.release(made.id, salma, claimed.version)
    assert (released.status, released.assignee_id) == ("new", None)
    assigned = await world.ownership.assign(
        made.id, world.agents["Nadia"], released.version, agent_id=youssef, team_id=world.teams["technical"]
    )
    assert (assigned.status, assigned.assignee_id, assigned.team_id) == (
        "open",
        youssef,
        world.teams["technical"],
    )
    closed = await world.editing.close(made.id, youssef, assigned.version, "junk")
    assert closed.status == "closed"
    with pytest.raises(Conflict, match="closed"):
        await world.ownership.claim(made.id, salma, closed.version)
    with pytest.raises(Conflict, match="reopen"):
        await world.replies.reply(writing(world, made.id))
    reopened = await world.editing.reopen(made.id, salma, closed.version)
    assert (reopened.status, reopened.owner, reopened.assignee_id, reopened.number) == (
        "open", "agents", youssef, made.number,
    )  # fmt: skip
    assert [kind for kind, _ in await world.events() if kind.startswith("ticket.")] == [
        "ticket.opened", "ticket.taken_over", "ticket.released", "ticket.claimed", "ticket.released",
        "ticket.assigned", "ticket.closed", "ticket.reopened",
    ]  # fmt: skip
    ((_, data),) = await world.events("ticket.assigned")
    assert data == {"agent": "Youssef", "team": "technical"}


async def test_the_assistants_ticket_is_taken_over_not_claimed(world: Any) -> None:
    await world.write("salam")
    row = await ticket(world)
    with pytest.raises(Conflict) as refused:
        await world.ownership.claim(row.id, world.agents["Salma"], row.version)
    assert refused.value.code == "with_assistant"
    taken = await world.ownership.take_over(row.id, world.agents["Salma"])
    assert (taken.owner, taken.status, taken.assignee_id) == ("agents", "open", world.agents["Salma"])
    assert taken.number is not None
    with pytest.raises(Conflict) as late:
        await world.ownership.take_over(row.id, world.agents["Youssef"])
    assert late.value.code == "with_people"


async def test_a_reply_takes_over_and_is_stored_once_however_often_it_is_repeated(world: Any) -> None:
    await world.write("salam")
    row = await ticket(world)
    once = writing(world, row.id)
    answers = await asyncio.gather(*(world.replies.reply(once) for _ in range(10)))
    assert len({tuple(answer) for answer in answers}) == 1
    assert await world.states() == [("Bonjour", "pending")]
    row = await ticket(world)
    assert (row.owner, row.assignee_id, row.unread, row.waiting_since) == (
        "agents",
        world.agents["Salma"],
        0,
        None,
    )
    assert row.last_message == {"author": "agent", "text": "Bonjour", "kind": "text"}
    assert [kind for kind, _ in await world.events("ticket.taken_over")] == ["ticket.taken_over"]


async def test_a_reply_claims_an_unassigned_ticket_and_leaves_a_colleagues(world: Any) -> None:
    made = await with_people(world)
    await world.replies.reply(writing(world, made.id, agent="Youssef"))
    assert (await ticket(world)).assignee_id == world.agents["Youssef"]
    await world.replies.reply(writing(world, made.id, agent="Salma"))
    assert (await ticket(world)).assignee_id == world.agents["Youssef"]
    assert len(await world.events("ticket.claimed")) == 1


async def test_a_closed_window_needs_a_template(world: Any) -> None:
    made = await with_people(world)
    await world.execute("UPDATE conversations SET window_expires_at = now() - interval '1 s'")
    with pytest.raises(Conflict) as refused:
        await world.replies.reply(writing(world, made.id))
    assert refused.value.code == "window_closed"
    template = {"kind": Kind.TEMPLATE, "template": Template("reminder", "fr", ("Fatima",))}
    await world.replies.reply(writing(world, made.id, "", content=template))
    assert len(await world.states()) == 1


async def test_a_channel_without_a_window_never_closes(world: Any) -> None:
    await world.write("salam", account="loopback")
    await world.execute("UPDATE conversations SET last_inbound_at = now() - interval '99 days'")
    await world.replies.reply(writing(world, (await ticket(world)).id))
    assert await world.states() == [("Bonjour", "pending")]


async def uploaded(world: Any, name: str, data: bytes) -> UUID:
    salma = world.agents["Salma"]
    told = "application/octet-stream"
    return await upload(world.desk, world.storage, salma, name=name, content_type=told, data=data)


async def test_files_go_with_the_reply_in_their_order(world: Any) -> None:
    made = await with_people(world)
    ids = [await uploaded(world, name, PNG + name.encode()) for name in ("one.png", "two.png")]
    await world.replies.reply(writing(world, made.id, "Voici", attachment_ids=tuple(ids)))
    await world.deliver()
    files = [message.content.attachments[0] for message in world.provider.sent if message.content.attachments]
    assert [(file.name, file.content_type, file.data) for file in files] == [
        ("one.png", "image/png", PNG + b"one.png"), ("two.png", "image/png", PNG + b"two.png"),
    ]  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await world.replies.reply(writing(world, made.id, "again", attachment_ids=(ids[0],)))
    assert refused.value.code == "attachment_unknown"


async def test_what_the_channel_cannot_carry_is_refused_with_its_reason(world: Any) -> None:
    made = await with_people(world)
    upload_id = await uploaded(world, "a.exe", b"MZ\x90\x00" + bytes(60))
    with pytest.raises(Invalid) as refused:
        await world.replies.reply(writing(world, made.id, attachment_ids=(upload_id,)))
    assert (refused.value.code, refused.value.fields) == ("undeliverable", {"reason": "media_unsupported"})
    with pytest.raises(Invalid, match="needs words"):
        await world.replies.reply(writing(world, made.id, "  "))
    assert await world.states() == []


async def test_a_note_reaches_no_customer(world: Any) -> None:
    made = await with_people(world)
    note = writing(world, made.id, "Client déjà vu en agence")
    await world.replies.note(note)
    await world.replies.note(note)
    await world.deliver()
    assert world.provider.sent == []
    rows = await world.rows("SELECT direction, author, state FROM messages WHERE direction = 'note'")
    assert [tuple(row) for row in rows] == [("note", "agent", None)]
    thread = await world.intake.thread("whatsapp-main", "212600000001")
    assert [entry.content.text for entry in thread] == ["salam"]
    assert await world.rows("SELECT * FROM work WHERE kind = 'send'") == []


async def test_reading_clears_the_count_once(world: Any) -> None:
    made = await with_people(world)
    await world.write("encore")
    assert (await ticket(world)).unread == 2
    read = await world.ownership.mark_read(made.id, world.agents["Salma"])
    await world.ownership.mark_read(made.id, world.agents["Salma"])
    assert read.unread == 0
    assert len(await world.events("ticket.read")) == 1


async def test_a_ticket_whose_conversation_went_on_is_not_answered(world: Any) -> None:
    made = await with_people(world)
    closed = await world.editing.close(made.id, world.agents["Salma"], made.version, "junk")
    await world.execute("UPDATE tickets SET closed_at = now() - interval '8 days'")
    await world.write("another matter")
    with pytest.raises(Conflict) as refused:
        await world.editing.reopen(made.id, world.agents["Salma"], closed.version)
    assert refused.value.code == "conversation_moved"
    with pytest.raises(Conflict):
        await world.replies.reply(writing(world, made.id))


async def test_customers_and_agents_at_once_keep_one_order_of_positions(world: Any) -> None:
    made = await with_people(world)
    await asyncio.gather(
        *(world.write(f"c{number}") for number in range(20)),
        *(world.replies.reply(writing(world, made.id, f"a{number}")) for number in range(10)),
        *(world.replies.note(writing(world, made.id, f"n{number}")) for number in range(5)),
    )
    positions = [row[0] for row in await world.rows("SELECT position FROM messages ORDER BY position")]
    assert positions == list(range(1, 37))


async def test_an_upload_without_storage_is_refused(world: Any) -> None:
    class Full:
        async def put(self, key: str, data: bytes) -> None:
            raise OSError("No space left on device")

    with pytest.raises(Busy):
        await upload(world.desk, Full(), world.agents["Salma"], name="a", content_type="image/png", data=b"")


async def test_an_assistants_ticket_closed_by_a_person_is_forgotten(world: Any) -> None:
    await world.write("salam")
    row = await ticket(world)
    await world.editing.close(row.id, world.agents["Salma"], row.version, "junk")
    await world.answer()
    assert world.assistant.turns == []
    assert world.assistant.forgotten == [await world.one("SELECT id FROM conversations")]
    await world.write("salam again")
    await world.answer()
    assert [len(turn.messages) for turn in world.assistant.turns] == [1]


async def test_answering_the_assistants_ticket_gives_it_a_number_and_a_team(world: Any) -> None:
    await world.write("salam")
    await world.replies.reply(writing(world, (await ticket(world)).id))
    taken = await ticket(world)
    assert taken.owner == "agents"
    assert taken.assignee_id == world.agents["Salma"]
    assert taken.number
    assert taken.team_id is not None
