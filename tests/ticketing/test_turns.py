"""The assistant's turns: one answer to several bubbles, silence once people have it, never a lost turn."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.contract import Handover, HandoverReason, Language, Reply, ReplyChoice, ReplyMessage, Turn
from channels.envelope import Kind, Location
from ticketing.numbers import is_ticket_number
from ticketing.settings import GatheringSettings, TicketingSettings, TurnSettings
from ticketing.turns import Turns


async def handover_of(world: Any) -> Any:
    return await world.one("SELECT owner, status, priority, handover->>'reason', number FROM tickets")


async def test_three_bubbles_get_one_answer(world: Any) -> None:
    for words in ("salam", "bghit nsewel", "3la l fatoura"):
        await world.write(words)
    await world.answer()
    assert [[message.text for message in turn.messages] for turn in world.assistant.turns] == [
        ["salam", "bghit nsewel", "3la l fatoura"]
    ]
    assert await world.states() == [("echo salam + bghit nsewel + 3la l fatoura", "pending")]
    assert await world.rows("SELECT kind FROM work") == [("send",)]
    assert await world.one("SELECT turn_position FROM conversations") == 3
    assert await world.one("SELECT waiting_since IS NULL FROM tickets")


async def test_a_turn_tells_who_asks_and_what(world: Any) -> None:
    await world.write("hna", kind=Kind.LOCATION, location=Location(32.6, -8.7))
    await world.write("Zemamra", kind=Kind.CHOICE, choice_id="place:zemamra")
    await world.answer()
    (turn,) = world.assistant.turns
    assert turn.channel == "whatsapp"
    assert turn.attested_phone == "+212600000001"
    assert turn.language is None
    assert [(message.kind, message.location, message.choice_id) for message in turn.messages] == [
        ("location", (32.6, -8.7), None),
        ("choice", None, "place:zemamra"),
    ]
    await world.write("merci")
    await world.answer()
    assert world.assistant.turns[1].language is Language.FR
    assert await world.one("SELECT language FROM contacts") == "fr"


async def test_a_reaction_is_no_question(world: Any) -> None:
    await world.write("👍", kind=Kind.REACTION, extra={"target": "out-1"})
    assert await world.rows("SELECT * FROM work") == []
    await world.write("salam")
    await world.answer()
    assert [message.text for message in world.assistant.turns[0].messages] == ["salam"]


async def test_messages_during_the_slow_call_are_the_next_turn(world: Any) -> None:
    async def answer_late(turn: Turn) -> Reply:
        if len(world.assistant.turns) == 1:
            await world.write("second")
        return await world.assistant.echo(turn)

    world.assistant.answer = answer_late
    await world.write("first")
    await world.answer()
    await world.answer()
    assert [text for text, _ in await world.states()] == ["echo first", "echo second"]
    assert await world.rows("SELECT kind FROM work WHERE kind = 'turn'") == []


async def test_choices_are_fitted_to_the_channel(world: Any) -> None:
    async def ask(turn: Turn) -> Reply:
        choices = tuple(ReplyChoice(f"c{number}", f"Choice {number}") for number in range(2))
        return Reply((ReplyMessage("Which?", choices),), language=Language.EN)

    world.assistant.answer = ask
    await world.write("agency", account="loopback")
    await world.write("agency", account="whatsapp-main")
    await world.answer()
    texts = sorted(text for text, _ in await world.states())
    assert texts == ["Which?", "Which?\n\n1. Choice 0\n2. Choice 1"]


async def test_a_handover_gives_the_ticket_a_number_a_team_and_the_customer_a_word(world: Any) -> None:
    async def hand_over(turn: Turn) -> Reply:
        return Reply(
            handover=Handover(HandoverReason.ASKED, priority=2, team="technical", summary="Wants a person."),
            intent="human_agent",
            language=Language.ARY,
            slots={"place": "zemamra"},
        )

    world.assistant.answer = hand_over
    await world.write("بغيت نهضر مع شي واحد")
    await world.answer()
    row = await world.one(
        "SELECT owner, status, priority, team_id, number, handover, handed_over_at IS NOT NULL,"
        " waiting_since IS NOT NULL FROM tickets"
    )
    assert tuple(row[:5]) == ("agents", "new", 2, world.teams["technical"], "100014")
    assert row[5]["reason"] == "asked"
    assert row[5]["slots"] == {"place": "zemamra"}
    assert row[5]["language"] == "ary-Arab"
    assert tuple(row[6:]) == (True, True)
    ((said, state),) = await world.states()
    assert "100014" in said
    assert "المستشار" in said
    assert state == "pending"
    assert await world.events("ticket.handed_over") == [
        ("ticket.handed_over", {"reason": "asked", "summary": "Wants a person.", "priority": 2})
    ]
    assert len(world.assistant.forgotten) == 1


async def test_after_the_handover_a_hundred_messages_get_no_word_from_the_assistant(world: Any) -> None:
    async def hand_over(turn: Turn) -> Reply:
        return Reply(handover=Handover(HandoverReason.ASKED), language=Language.FR)

    world.assistant.answer = hand_over
    await world.write("un humain")
    await world.answer()
    world.assistant.answer = world.assistant.echo
    for number in range(100):
        await world.write(f"{number}")
    await world.answer()
    assert len(world.assistant.turns) == 1
    assert len(await world.states()) == 1
    assert await world.one("SELECT unread FROM tickets") == 101


async def test_the_assistants_own_words_and_the_number_are_one_message(world: Any) -> None:
    async def hand_over(turn: Turn) -> Reply:
        return Reply(
            (ReplyMessage("I pass you to a colleague."),),
            Handover(HandoverReason.ASKED),
            language=Language.EN,
        )

    world.assistant.answer = hand_over
    await world.write("human please")
    await world.answer()
    (said,) = [text for text, _ in await world.states()]
    assert said == "I pass you to a colleague.\nYour request number: 100014"
    # The queue shows what the customer wants, not that we said somebody will come.
    assert await world.one("SELECT last_message->>'text' FROM tickets") == "human please"


async def broken(turn: Turn) -> Reply:
    raise RuntimeError("no model")


async def hanging(turn: Turn) -> Reply:
    await asyncio.Event().wait()
    return Reply()


async def silent(turn: Turn) -> Reply:
    return Reply((ReplyMessage("  "),))


async def rubbish(turn: Turn) -> Reply:
    return Reply((ReplyMessage("ok"),), Handover(HandoverReason.ASKED), slots={"odd": object()})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (broken, "assistant_error"),
        (hanging, "assistant_slow"),
        (silent, "assistant_error"),
        (rubbish, "assistant_error"),
    ],
)
async def test_whatever_goes_wrong_ends_with_a_person(world: Any, answer: Any, reason: str) -> None:
    world.assistant.answer = answer
    settings = TurnSettings(deadline=timedelta(milliseconds=50))
    world.turns = Turns(world.desk, world.assistant, world.accounts, settings)
    await world.write("Bonjour, ma facture")
    await world.answer()
    row = await handover_of(world)
    assert tuple(row[:4]) == ("agents", "new", 3, reason)
    assert is_ticket_number(row[4])
    ((said, _),) = await world.states()
    assert said.startswith("Un conseiller va vous répondre")


async def test_an_agent_who_takes_over_while_the_assistant_thinks_silences_it(world: Any) -> None:
    released = asyncio.Event()

    async def think(turn: Turn) -> Reply:
        await released.wait()
        return await world.assistant.echo(turn)

    world.assistant.answer = think
    await world.write("salam")
    answering = asyncio.create_task(world.answer())
    await world.assistant.thinking.wait()
    ticket_id = await world.one("SELECT id FROM tickets")
    await world.ownership.take_over(ticket_id, world.agents["Salma"])
    released.set()
    await answering
    await world.answer()
    assert await world.states() == []
    assert await world.rows("SELECT * FROM work") == []
    assert await world.one("SELECT owner FROM tickets") == "agents"
    assert set(world.assistant.forgotten) == {await world.one("SELECT id FROM conversations")}


async def test_a_reply_typed_while_the_assistant_thinks_is_the_only_answer(world: Any) -> None:
    async def think(turn: Turn) -> Reply:
        await reply(world, "Moi d'abord")
        return await world.assistant.echo(turn)

    world.assistant.answer = think
    await world.write("salam")
    await world.answer()
    assert await world.states() == [("Moi d'abord", "pending")]


async def reply(world: Any, words: str) -> None:
    from uuid import uuid4

    from channels.envelope import Content
    from ticketing.answering import Writing

    ticket_id: UUID = await world.one("SELECT id FROM tickets")
    await world.replies.reply(Writing(ticket_id, world.agents["Salma"], uuid4(), Content(text=words)))


async def test_a_dead_workers_turn_is_taken_over_when_its_lease_runs_out(world: Any) -> None:
    await world.write("salam")
    await world.make_due()
    assert len(await world.turns.claim(10)) == 1  # and dies
    await world.turns.drain()
    assert world.assistant.turns == []
    await world.answer()
    assert await world.states() == [("echo salam", "pending")]


async def test_a_worker_that_lost_its_lease_says_nothing(world: Any) -> None:
    async def outlive(turn: Turn) -> Reply:
        world.assistant.answer = world.assistant.echo
        await world.make_due()
        (claim,) = await world.turns.claim(10)
        await world.turns.work(claim)
        return Reply((ReplyMessage("too late"),), language=Language.FR)

    world.assistant.answer = outlive
    await world.write("salam")
    await world.answer()
    assert [text for text, _ in await world.states()] == ["echo salam"]


async def test_an_account_that_is_gone_leaves_its_customers_to_people(world: Any) -> None:
    await world.write("salam", account="loopback")
    del world.accounts["loopback"]
    await world.answer()
    assert tuple(await handover_of(world))[:4] == ("agents", "new", 3, "assistant_error")
    assert world.assistant.turns == []
    assert await world.states() == []


async def test_two_workers_never_ask_twice(world: Any) -> None:
    for number in range(30):
        await world.write("salam", sender=f"2126000000{number:02}")
    await world.make_due()
    other = Turns(world.desk, world.assistant, world.accounts)
    await asyncio.gather(world.turns.drain(), other.drain())
    assert len(world.assistant.turns) == 30
    assert len({turn.conversation_id for turn in world.assistant.turns}) == 30


async def test_overdue_turns_behind_a_failing_assistant_go_to_people_unasked(world: Any) -> None:
    world.assistant.answer = broken
    await world.write("one", sender="1")
    await world.answer()
    await world.write("two", sender="2")
    await world.execute("UPDATE work SET due_at = now() - interval '40 seconds' WHERE kind = 'turn'")
    await world.turns.drain()
    assert len(world.assistant.turns) == 1
    reasons = await world.rows("SELECT handover->>'reason' FROM tickets ORDER BY opened_at")
    assert [row[0] for row in reasons] == ["assistant_error", "overloaded"]


async def test_a_healthy_assistant_is_asked_however_late(world: Any) -> None:
    await world.write("one")
    await world.execute("UPDATE work SET due_at = now() - interval '2 minutes' WHERE kind = 'turn'")
    await world.turns.drain()
    assert [text for text, _ in await world.states()] == ["echo one"]
    await world.write("two")
    await world.execute("UPDATE work SET due_at = now() - interval '6 minutes' WHERE kind = 'turn'")
    await world.turns.drain()
    assert (await handover_of(world))[3] == "overloaded"


async def test_a_running_worker_waits_for_the_last_bubble_and_then_answers(world: Any) -> None:
    world.settings = TicketingSettings(
        gathering=GatheringSettings(quiet=timedelta(milliseconds=150), at_most=timedelta(seconds=3))
    )
    intake = world.new_intake()
    running = asyncio.create_task(world.turns.run())
    try:
        with world.bus.subscribe(["send"]) as answered:
            await intake.accept([world.message("one")])
            await intake.accept([world.message("two")])
            assert await answered.wait(5) == {"send"}
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert [len(turn.messages) for turn in world.assistant.turns] == [2]


async def test_messages_written_to_people_are_not_asked_again_with_a_later_ticket(world: Any) -> None:
    await world.write("first")
    ticket_id = await world.one("SELECT id FROM tickets")
    taken = await world.ownership.take_over(ticket_id, world.agents["Salma"])
    await world.write("to Salma")
    await world.editing.close(ticket_id, world.agents["Salma"], taken.version, "junk")
    await world.execute("UPDATE tickets SET closed_at = now() - interval '8 days'")
    await world.write("much later")
    await world.answer()
    assert [[message.text for message in turn.messages] for turn in world.assistant.turns] == [["much later"]]
