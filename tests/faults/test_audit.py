"""The audit itself: a sound history passes, and each single wrong row is found by the check it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from tests.faults.audit import audit, table
from tests.faults.evidence import (
    Address,
    AgentReply,
    Conversation,
    Event,
    Evidence,
    Message,
    OpenTicket,
    Screen,
    Taken,
    Written,
)

HASSAN, MALIKA = "212699000001", "212699000002"
HIS, HERS = UUID(int=1), UUID(int=2)  # conversations
HE, SHE = UUID(int=11), UUID(int=12)  # contacts
HIS_TICKET, HER_TICKET = UUID(int=21), UUID(int=22)
REPLY = UUID(int=31)
QUESTION, ANSWER, FOLLOWING, SECOND = (UUID(int=number) for number in (101, 102, 103, 104))
ALARM, COMFORT, WORD = (UUID(int=number) for number in (201, 202, 203))


def inbound(message: UUID, conversation: UUID, position: int, external_id: str) -> Message:
    return Message(message, conversation, position, "inbound", None, external_id, None)


def outbound(
    message: UUID, conversation: UUID, position: int, state: str = "delivered", client_id: UUID | None = None
) -> Message:
    return Message(message, conversation, position, "outbound", state, f"out-{message.int}", client_id)


def sound() -> Evidence:
    """He asks twice and is answered by the assistant; she is with people, and an agent has written to her."""
    messages = [
        inbound(QUESTION, HIS, 1, "in-1"),
        outbound(ANSWER, HIS, 2),
        inbound(FOLLOWING, HIS, 3, "in-2"),
        outbound(SECOND, HIS, 4, "unknown"),
        inbound(ALARM, HERS, 1, "in-3"),
        outbound(COMFORT, HERS, 2, "read"),
        outbound(WORD, HERS, 3, "sent", REPLY),
    ]
    kinds = {"inbound": "message.received", "outbound": "message.queued"}
    tickets = {HIS: HIS_TICKET, HERS: HER_TICKET}
    told = [(kinds[one.direction], one.id, tickets[one.conversation_id]) for one in messages]
    opened: list[tuple[str, UUID | None, UUID]] = [
        ("ticket.opened", None, HIS_TICKET),
        ("ticket.opened", None, HER_TICKET),
    ]
    return Evidence(
        written=[Written(HASSAN, "in-1"), Written(MALIKA, "in-3"), Written(HASSAN, "in-2")],
        taken=[
            Taken("out-a", HASSAN, str(ANSWER)),
            Taken("out-b", MALIKA, str(COMFORT)),
            Taken("out-c", MALIKA, str(WORD)),
        ],
        replies=[AgentReply(REPLY, answered=True)],
        messages=messages,
        external_ids=[("in-1", QUESTION), ("in-2", FOLLOWING), ("in-3", ALARM), ("out-a", ANSWER)],
        conversations=[
            Conversation(HIS, HASSAN, 4, 3, HIS_TICKET, "assistant", "open", None, None),
            Conversation(HERS, MALIKA, 3, 1, HER_TICKET, "agents", "open", "100016", "danger"),
        ],
        addresses=[Address(HASSAN, HIS, HE), Address("MA.1", HIS, HE), Address(MALIKA, HERS, SHE)],
        open_tickets=[OpenTicket(HIS_TICKET, HE), OpenTicket(HER_TICKET, SHE)],
        events=[
            Event(UUID(int=1000 + number), 7, number, kind, message, ticket)
            for number, (kind, message, ticket) in enumerate([*opened, *told])
        ],
        screens=[Screen((7, 3), [UUID(int=1000 + number) for number in range(4, 9)], 0)],
    )


def test_a_sound_history_passes() -> None:
    verdicts = audit(sound())
    assert all(verdict.holds for verdict in verdicts), table(verdicts)


def changed(message: UUID, **values: object) -> Callable[[Evidence], Evidence]:
    """One message is other than it was."""

    def change(evidence: Evidence) -> Evidence:
        messages = [
            replace(one, **values) if one.id == message else one  # type: ignore[arg-type]
            for one in evidence.messages
        ]
        return replace(evidence, messages=messages)

    return change


def without(message: UUID) -> Callable[[Evidence], Evidence]:
    return lambda evidence: replace(
        evidence, messages=[one for one in evidence.messages if one.id != message]
    )


def conversation(its: UUID, **values: object) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        conversations = [
            replace(one, **values) if one.id == its else one  # type: ignore[arg-type]
            for one in evidence.conversations
        ]
        return replace(evidence, conversations=conversations)

    return change


def more(name: str, *rows: object) -> Callable[[Evidence], Evidence]:
    return lambda evidence: replace(evidence, **{name: [*getattr(evidence, name), *rows]})


def swapped(name: str, first: int, second: int) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        rows = list(getattr(evidence, name))
        rows[first], rows[second] = rows[second], rows[first]
        return replace(evidence, **{name: rows})

    return change


def screen(numbers: list[int], resets: int = 0) -> Callable[[Evidence], Evidence]:
    told = Screen((7, 3), [UUID(int=1000 + number) for number in numbers], resets)
    return lambda evidence: replace(evidence, screens=[told])


STORED = "what was acknowledged is stored, exactly once"
POSITIONS = "positions have no gap and no double"
WRITING = "a customer's messages are in the order of writing"
PERSON = "every customer is one person with one open ticket"
ANSWERED = "every customer is answered or with people"
ONCE = "every message went out exactly once, or is unknown"
SETTLED = "no message is stuck or failed"
INVENTED = "nothing went out that is not in the database"
SENDING = "messages went out in the order of their positions"
REPLIES = "an agent's reply is stored once"
EVENTS = "every message and ticket has its event"
SCREEN = "an agent's screen told every event once"
LOG = "the log of events keeps the order"

WRONG: list[tuple[str, str, Callable[[Evidence], Evidence]]] = [
    ("lost", STORED, without(FOLLOWING)),
    ("stored twice", STORED, more("messages", inbound(UUID(int=9), HIS, 5, "in-1"))),
    ("written by nobody", STORED, more("messages", inbound(UUID(int=9), HIS, 5, "in-9"))),
    ("no entry for a replay", STORED, lambda all_: replace(all_, external_ids=all_.external_ids[1:])),
    ("gap", POSITIONS, without(ANSWER)),
    ("double position", POSITIONS, changed(FOLLOWING, position=2)),
    ("counter behind", POSITIONS, conversation(HIS, last_position=3)),
    ("stored in another order", WRITING, swapped("written", 0, 2)),
    ("two identities", PERSON, more("addresses", Address(HASSAN, UUID(int=5), HE))),
    ("two people", PERSON, more("addresses", Address(HASSAN, HIS, UUID(int=5)))),
    ("one person twice", PERSON, more("addresses", Address("MA.2", UUID(int=5), SHE))),
    (
        "two threads",
        PERSON,
        more("conversations", Conversation(UUID(int=5), HASSAN, 0, 0, None, None, None, None, None)),
    ),
    ("two tickets", PERSON, more("open_tickets", OpenTicket(UUID(int=5), HE))),
    ("no ticket", PERSON, lambda all_: replace(all_, open_tickets=all_.open_tickets[:1])),
    ("not answered", ANSWERED, conversation(HIS, turn_position=1)),
    ("answered with nothing", ANSWERED, without(SECOND)),
    ("of nobody", ANSWERED, conversation(HIS, owner=None, ticket_id=None, status=None)),
    ("closed unanswered", ANSWERED, conversation(HIS, status="closed")),
    ("with people who cannot see it", ANSWERED, conversation(HERS, number=None)),
    ("work", "no work is left", more("work", ("turn", HIS))),
    ("sent twice", ONCE, more("taken", Taken("out-d", HASSAN, str(ANSWER)))),
    ("never sent", ONCE, changed(SECOND, state="sent")),
    (
        "unknown, sent twice",
        ONCE,
        more("taken", Taken("out-d", HASSAN, str(SECOND)), Taken("out-e", HASSAN, str(SECOND))),
    ),
    ("failed, yet sent", ONCE, changed(ANSWER, state="failed")),
    ("stuck", SETTLED, changed(SECOND, state="pending")),
    ("failed", SETTLED, changed(SECOND, state="failed")),
    ("not ours", INVENTED, more("taken", Taken("out-d", HASSAN, str(UUID(int=9))))),
    ("no tracker", INVENTED, more("taken", Taken("out-d", HASSAN, None))),
    ("to somebody else", INVENTED, conversation(HIS, customer=MALIKA)),
    ("overtaken", SENDING, swapped("taken", 1, 2)),
    ("reply lost", REPLIES, changed(WORD, client_id=None)),
    ("reply twice", REPLIES, changed(COMFORT, client_id=REPLY)),
    ("event lost", EVENTS, lambda all_: replace(all_, events=all_.events[:-1])),
    (
        "event twice",
        EVENTS,
        more("events", Event(UUID(int=9), 7, 99, "message.received", QUESTION, HIS_TICKET)),
    ),
    ("number twice", EVENTS, more("events", Event(UUID(int=9), 8, 0, "message.updated", None, None))),
    ("opened twice", EVENTS, more("events", Event(UUID(int=9), 7, 99, "ticket.opened", None, HIS_TICKET))),
    ("log out of order", LOG, swapped("events", 2, 4)),
    ("screen missed one", SCREEN, screen([4, 5, 7, 8])),
    ("screen told one twice", SCREEN, screen([4, 5, 6, 6, 7, 8])),
    ("screen told in another order", SCREEN, screen([4, 6, 5, 7, 8])),
    ("screen told what is not there", SCREEN, screen([4, 5, 6, 7, 8, 99])),
    ("screen could not go on", SCREEN, screen([4, 5, 6, 7, 8], resets=1)),
    ("failed event", "no event failed", more("failed_events", "It could not be stored.")),
]


@pytest.mark.parametrize(("invariant", "break_it"), [entry[1:] for entry in WRONG], ids=[e[0] for e in WRONG])
def test_one_wrong_row_is_found(invariant: str, break_it: Callable[[Evidence], Evidence]) -> None:
    verdicts = {verdict.invariant: verdict for verdict in audit(break_it(sound()))}
    assert verdicts[invariant].findings
    assert "BROKEN  " + invariant in table(verdicts.values())


def test_handed_over_in_silence_is_found() -> None:
    evidence = sound()
    silent = [one for one in evidence.messages if one.conversation_id == HIS or one.direction == "inbound"]
    verdicts = {verdict.invariant: verdict for verdict in audit(replace(evidence, messages=silent))}
    assert verdicts[ANSWERED].findings == (f"{MALIKA} was handed over (danger) and told nothing.",)
