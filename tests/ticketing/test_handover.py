"""What a handover leaves behind: category, team, priority, promise, queue; and a row for every turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from bot.contract import Handover, HandoverReason, Language, Reply, ReplyChoice, ReplyMessage, Turn
from ticketing.calendar import ALL_DAY, Calendar, Hours, Timetable
from ticketing.categories import all_categories, find_category
from ticketing.known_tickets import known_tickets
from ticketing.turns import Turns

SAID = (ReplyMessage("D'accord."),)


def handing_over(reason: HandoverReason = HandoverReason.NEEDS_PERSON, **more: Any) -> Any:
    intent, slots = more.pop("intent", None), more.pop("slots", {})

    async def answer(turn: Turn) -> Reply:
        handover = Handover(reason, **more)
        return Reply(SAID, handover, intent=intent, language=Language.FR, slots=slots, confidence=0.75)

    return answer


async def hand_over(world: Any, words: str = "fuite", sender: str = "212600000001", **more: Any) -> None:
    world.assistant.answer = handing_over(**more)
    await world.write(words, sender=sender)
    await world.answer()


async def test_the_category_gives_priority_and_team(world: Any) -> None:
    await hand_over(world, category="W2", summary_ar="تسرب", summary_fr="Fuite")
    row = await world.one("SELECT category, priority, team_id, handover FROM tickets")
    assert tuple(row[:3]) == ("W2", 2, world.teams["technical"])
    handover = row[3]
    assert (handover["category"], handover["priority"], handover["team"]) == ("W2", 2, "technical")
    assert (handover["summary_ar"], handover["summary_fr"]) == ("تسرب", "Fuite")


async def test_what_the_handover_says_itself_counts(world: Any) -> None:
    await hand_over(world, category="C1", priority=2, team="customers")
    row = await world.one("SELECT category, priority, team_id FROM tickets")
    assert tuple(row) == ("C1", 2, world.teams["customers"])


async def test_an_understood_request_without_a_category_gets_that_of_its_intent(world: Any) -> None:
    await hand_over(world, intent="leak")
    assert await world.one("SELECT category FROM tickets") == "W2"


@pytest.mark.parametrize("reason", [HandoverReason.ASKED, HandoverReason.NOT_UNDERSTOOD])
async def test_a_plain_request_for_a_person_has_none(world: Any, reason: HandoverReason) -> None:
    await hand_over(world, reason=reason, intent="leak")
    assert await world.one("SELECT category FROM tickets") is None
    assert await world.rows("SELECT * FROM promises") == []


async def test_an_unknown_category_stops_nothing(world: Any) -> None:
    await hand_over(world, category="Z9", intent="leak")
    assert tuple(await world.one("SELECT category, owner FROM tickets")) == ("W2", "agents")


async def test_danger_and_dependency_have_categories_of_their_own(world: Any) -> None:
    await world.write("cable tombé devant l'école")
    row = await world.one("SELECT category, priority, handover->>'reason' FROM tickets")
    assert tuple(row) == ("E1", 1, "danger")
    first, resolved = await world.one(
        "SELECT first_answer_by - given_at, resolve_by - given_at FROM promises"
    )
    assert timedelta(minutes=1) <= first < timedelta(minutes=2)
    assert timedelta(hours=2) <= resolved < timedelta(hours=2, minutes=1)


async def test_the_promise_is_stored_as_it_is_told(world: Any) -> None:
    await hand_over(world, category="W2")
    first, action = await world.one("SELECT first_answer_by, action_by FROM promises")
    ((said, _),) = await world.states()
    assert first.strftime("%H:%M") in said
    assert action.strftime("%H:%M") in said


async def test_a_province_may_promise_something_else(world: Any) -> None:
    await world.execute(
        "INSERT INTO category_overrides (code, province, priority, team, action)"
        " VALUES ('W2', 'Sidi Bennour', 1, 'customers', '6 h')"
    )
    async with world.engine.connect() as connection:
        there = await find_category(connection, "W2", province="Sidi Bennour")
        elsewhere = await find_category(connection, "W2", province="Settat")
    assert there is not None
    assert elsewhere is not None
    assert (there.priority, there.team) == (1, "customers")
    assert there.action is not None
    assert there.action.amount == timedelta(hours=6)
    assert (elsewhere.priority, elsewhere.team) == (2, "technical")
    await hand_over(
        world, category="W2", slots={"memory": {"request": {"facts": {"place": {"value": "zemamra"}}}}}
    )
    assert await world.one("SELECT priority FROM tickets") == 1


async def test_every_category_is_complete(world: Any) -> None:
    async with world.engine.connect() as connection:
        everything = await all_categories(connection, restricted=True)
        common = await all_categories(connection, restricted=False)
    assert len(everything) == 24
    assert {one.code for one in everything} - {one.code for one in common} == {"X1"}
    for category in everything:
        assert set(category.names) == {"ar", "fr", "en"}
        urgent = [target for target in (category.first_answer, category.action) if target]
        assert category.priority > 1 or {target.clock for target in urgent} == {"always"}, category.code


async def present(world: Any, name: str, team: str) -> None:
    await world.execute(
        "INSERT INTO team_members (team_id, agent_id) VALUES (:team, :agent)",
        team=world.teams[team],
        agent=world.agents[name],
    )
    await world.execute(
        "INSERT INTO agent_presence (agent_id, state, connected_until)"
        " VALUES (:agent, 'online', now() + interval '1 minute')",
        agent=world.agents[name],
    )


async def test_the_queue_counts_those_before_in_the_same_team(world: Any) -> None:
    await present(world, "Youssef", "technical")
    await hand_over(world, sender="212600000011", category="W2")
    await hand_over(world, sender="212600000012", category="B1")  # another team's
    await hand_over(world, sender="212600000013", category="S2")
    await hand_over(world, sender="212600000014", category="W2")  # more urgent than the sewer
    said = [words for words, _ in await world.states()]
    assert "Vous êtes le prochain." in said[0]
    assert "avant vous" not in said[1]
    assert "prochain" not in said[1]
    assert "Personnes avant vous : 1." in said[2]
    assert "Personnes avant vous : 1." in said[3]


async def test_who_left_his_desk_is_not_there(world: Any) -> None:
    await present(world, "Youssef", "technical")
    await world.execute("UPDATE agent_presence SET state = 'away'")
    await hand_over(world, category="W2")
    assert "prochain" not in (await world.states())[0][0]


async def test_outside_hours_the_customer_hears_when_people_are_back(world: Any) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    week = tuple(((600, 660),) if day == tomorrow.weekday() else () for day in range(7))
    timetable = Timetable(Hours(UTC, week), {"technical": Hours(UTC, ALL_DAY)})
    world.turns = Turns(
        world.desk, world.assistant, world.accounts, world.settings.turns, Calendar(timetable)
    )
    await hand_over(world, category="B2")
    ((said, _),) = await world.states()
    assert "Notre équipe reprend demain" in said
    assert "à 10:00" in said


async def turns_of(world: Any) -> list[Any]:
    return await world.rows("SELECT text, language, intent, outcome, reason FROM assistant_turns ORDER BY id")


async def test_every_turn_leaves_a_row(world: Any) -> None:
    await world.write("mon numéro est le 06 61 00 00 01, contrat 20417731")
    await world.answer()
    (row,) = await turns_of(world)
    assert tuple(row) == ("mon numéro est le ••••••, contrat ••••••", "fr", None, "answered", None)

    async def ask(turn: Turn) -> Reply:
        return Reply((ReplyMessage("Où ?", (ReplyChoice("a", "A"),)),), intent="leak", language=Language.FR)

    async def not_understood(turn: Turn) -> Reply:
        return Reply(SAID, intent="leak", language=Language.FR, slots={"misunderstood": 1})

    for answer in (ask, not_understood, handing_over(intent="human_agent", reason=HandoverReason.ASKED)):
        world.assistant.answer = answer
        await world.write("et puis")
        await world.answer()
    assert [tuple(row)[2:] for row in (await turns_of(world))[1:]] == [
        ("leak", "asked", None),
        ("leak", "fallback", None),
        ("human_agent", "handed_over", "asked"),
    ]


async def test_an_answer_that_came_too_late_leaves_none(world: Any) -> None:
    async def taken_meanwhile(turn: Turn) -> Reply:
        await world.ownership.take_over(turn.ticket_id, world.agents["Salma"])
        return await world.assistant.echo(turn)

    world.assistant.answer = taken_meanwhile
    await world.write("salam")
    await world.answer()
    assert await turns_of(world) == []


async def test_danger_leaves_one_without_the_assistant(world: Any) -> None:
    await world.write("cable tombé")
    assert [tuple(row) for row in await turns_of(world)] == [
        ("cable tombé", "fr", "street_danger", "handed_over", "danger")
    ]


async def known(world: Any, identity_id: UUID, number: str | None = None) -> list[Any]:
    async with world.engine.connect() as connection:
        return list(await known_tickets(connection, identity_id, number))


async def test_a_customer_hears_of_his_own_tickets_alone(world: Any) -> None:
    await hand_over(world, sender="212600000001", category="W2")
    await hand_over(world, sender="212600000002", category="B1")
    rows = await world.rows(
        "SELECT i.id, t.number FROM identities i JOIN tickets t ON t.contact_id = i.contact_id ORDER BY 2"
    )
    (he, his), (she, hers) = rows
    (own,) = await known(world, he)
    assert (own.number, own.status, own.category) == (his, "new", "W2")
    assert own.promised_at is not None
    assert await known(world, he, hers) == []
    assert [row.number for row in await known(world, she, hers)] == [hers]
    eastern = hers.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert [row.number for row in await known(world, she, f"{eastern[:2]} {eastern[2:]}")] == [hers]
    assert await known(world, uuid4()) == []


async def test_what_is_due_moves_on_once_people_answered(world: Any) -> None:
    await hand_over(world, category="W2")
    identity_id = await world.one("SELECT id FROM identities")
    first, action, resolve = await world.one("SELECT first_answer_by, action_by, resolve_by FROM promises")
    assert (await known(world, identity_id))[0].promised_at == first
    await world.execute(
        "INSERT INTO messages (id, conversation_id, ticket_id, position, direction, author, kind, content)"
        " SELECT uuidv7(), c.id, c.ticket_id, 99, 'outbound', 'agent', 'text', '{}' FROM conversations c"
    )
    assert (await known(world, identity_id))[0].promised_at == action
    await world.execute("UPDATE promises SET action_by = now() - interval '1 minute'")
    assert (await known(world, identity_id))[0].promised_at == resolve
    await world.execute("UPDATE tickets SET status = 'closed'")
    assert (await known(world, identity_id))[0].promised_at is None


@pytest.mark.parametrize(
    ("reason", "receipt"), [(HandoverReason.NEEDS_PERSON, True), (HandoverReason.NOT_UNDERSTOOD, False)]
)
async def test_a_receipt_is_for_a_request_that_was_made(
    world: Any, reason: HandoverReason, receipt: bool
) -> None:
    await hand_over(world, reason=reason, category="C1")
    ((said, _),) = await world.states()
    assert ("Récépissé" in said) is receipt
    assert await world.one("SELECT category FROM tickets") == "C1"
