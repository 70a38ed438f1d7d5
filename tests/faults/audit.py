"""What must hold after any storm: pure checks over rows, each with the findings that break it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from tests.faults.evidence import Conversation, Evidence, Message, shown

ARRIVED = frozenset({"sent", "delivered", "read"})
SHOWN = 5  # findings of one check that the table shows

Check = Callable[[Evidence], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    invariant: str
    findings: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.findings


def audit(evidence: Evidence) -> list[Verdict]:
    return [Verdict(invariant, tuple(check(evidence))) for invariant, check in CHECKS.items()]


def table(verdicts: Iterable[Verdict]) -> str:
    lines = []
    for verdict in verdicts:
        count = "" if verdict.holds else f"  ({len(verdict.findings)})"
        lines.append(f"  {'holds ' if verdict.holds else 'BROKEN'}  {verdict.invariant}{count}")
        lines += [f"            {finding}" for finding in verdict.findings[:SHOWN]]
    return "\n".join(lines)


def stored_once(evidence: Evidence) -> Iterator[str]:
    """The provider was told 200 for every one of them."""
    inbound = _inbound(evidence)
    rows = Counter(message.external_id for message in inbound)
    owners = dict(evidence.external_ids)
    for written in evidence.written:
        if rows[written.external_id] != 1:
            yield f"{written.external_id} of {written.customer} is stored {rows[written.external_id]} times."
        elif written.external_id not in owners:
            yield f"{written.external_id} of {written.customer} has no entry among the provider's ids."
    known = {written.external_id for written in evidence.written}
    for message in inbound:
        if message.external_id not in known:
            yield f"Message {message.id} was written by nobody."


def positions_without_gaps(evidence: Evidence) -> Iterator[str]:
    positions: dict[UUID, list[int]] = defaultdict(list)
    for message in evidence.messages:
        positions[message.conversation_id].append(message.position)
    for conversation in evidence.conversations:
        found = sorted(positions[conversation.id])
        if found != list(range(1, conversation.last_position + 1)):
            yield f"{conversation.customer}: positions {found}, of {conversation.last_position}."


def order_of_writing(evidence: Evidence) -> Iterator[str]:
    order = {written.external_id: place for place, written in enumerate(evidence.written)}
    for conversation, messages in _by_conversation(evidence, _inbound(evidence)):
        places = [order.get(message.external_id or "", -1) for message in messages]
        if places != sorted(places):
            yield f"{conversation.customer}: stored in the order {places}."


def one_person_each(evidence: Evidence) -> Iterator[str]:
    """No customer is two people, two threads, or has two open tickets."""
    identities: dict[str, set[UUID]] = defaultdict(set)
    people: dict[str, set[UUID]] = defaultdict(set)
    for address in evidence.addresses:
        identities[address.address].add(address.identity_id)
        people[address.address].add(address.contact_id)
    threads = Counter(conversation.customer for conversation in evidence.conversations)
    tickets = Counter(ticket.contact_id for ticket in evidence.open_tickets)
    for customer in dict.fromkeys(written.customer for written in evidence.written):
        if len(identities[customer]) != 1 or threads[customer] != 1:
            yield f"{customer} has {len(identities[customer])} identities and {threads[customer]} threads."
        for contact in people[customer]:
            if tickets[contact] != 1:
                yield f"{customer} has {tickets[contact]} open tickets."
    owners: dict[UUID, set[UUID]] = defaultdict(set)
    for address in evidence.addresses:
        owners[address.contact_id].add(address.identity_id)
    for contact, its in owners.items():
        if len(its) != 1:
            yield f"Contact {contact} is {len(its)} identities."


def answered_or_handed_over(evidence: Evidence) -> Iterator[str]:
    by_id = dict(_by_conversation(evidence, evidence.messages))
    for conversation, messages in by_id.items():
        inbound = [message.position for message in messages if message.direction == "inbound"]
        outbound = [message.position for message in messages if message.direction == "outbound"]
        if not inbound:
            continue
        if conversation.owner == "agents":
            yield from _with_people(conversation, outbound)
        elif conversation.owner != "assistant" or conversation.status == "closed":
            yield f"{conversation.customer} belongs to nobody."
        elif conversation.turn_position < inbound[-1] or not outbound or outbound[-1] < inbound[-1]:
            yield (
                f"{conversation.customer} wrote at {inbound[-1]}, was answered up to"
                f" {conversation.turn_position}, last heard of us at {outbound[-1] if outbound else 0}."
            )


def _with_people(conversation: Conversation, outbound: Sequence[int]) -> Iterator[str]:
    if conversation.number is None or conversation.status not in {"new", "open"}:
        yield f"{conversation.customer} is with people, but nobody sees the ticket ({conversation.status})."
    if not outbound:
        yield f"{conversation.customer} was handed over ({conversation.reason}) and told nothing."


def no_work_left(evidence: Evidence) -> Iterator[str]:
    for kind, conversation_id in evidence.work:
        yield f"Conversation {conversation_id} still has a {kind} due."


def sent_exactly_once(evidence: Evidence) -> Iterator[str]:
    """Once when we say so, at most once when we do not know, never otherwise."""
    taken = Counter(one.tracker for one in evidence.taken)
    for message in evidence.messages:
        if message.direction != "outbound":
            continue
        times = taken[str(message.id)]
        allowed = {1} if message.state in ARRIVED else {0, 1} if message.state == "unknown" else {0}
        if times not in allowed:
            yield f"Message {message.id} is {message.state} and was taken {times} times."


def all_settled(evidence: Evidence) -> Iterator[str]:
    for message in evidence.messages:
        if message.direction == "outbound" and message.state not in ARRIVED | {"unknown"}:
            yield f"Message {message.id} is {message.state}."


def nothing_invented(evidence: Evidence) -> Iterator[str]:
    """Whatever the provider took is a message of ours, to the customer it was meant for."""
    customers = {conversation.id: conversation.customer for conversation in evidence.conversations}
    meant_for = {
        str(message.id): customers.get(message.conversation_id)
        for message in evidence.messages
        if message.direction == "outbound"
    }
    for one in evidence.taken:
        if one.tracker not in meant_for:
            yield f"{one.external_id} to {one.customer} is not in the database."
        elif meant_for[one.tracker] != one.customer:
            yield f"{one.external_id} was meant for {meant_for[one.tracker]} and went to {one.customer}."


def order_of_sending(evidence: Evidence) -> Iterator[str]:
    place = {str(message.id): (message.conversation_id, message.position) for message in evidence.messages}
    last: dict[UUID, int] = {}
    for one in evidence.taken:
        conversation_id, position = place.get(one.tracker or "", (None, 0))
        if conversation_id is None:
            continue
        if position <= last.get(conversation_id, 0):
            yield f"{one.customer} got position {position} after {last[conversation_id]}."
        last[conversation_id] = position


def replies_once(evidence: Evidence) -> Iterator[str]:
    stored = Counter(message.client_id for message in evidence.messages if message.client_id is not None)
    for reply in evidence.replies:
        if stored[reply.client_id] > 1 or (reply.answered and stored[reply.client_id] == 0):
            yield f"The reply {reply.client_id} is stored {stored[reply.client_id]} times."


def events_tell_all(evidence: Evidence) -> Iterator[str]:
    """Every message received or queued, and every ticket, has its one event; no number is used twice."""
    told = Counter((event.type, event.message_id) for event in evidence.events if event.message_id)
    for message in evidence.messages:
        kind = {"inbound": "message.received", "outbound": "message.queued"}.get(message.direction)
        if kind is not None and told[kind, message.id] != 1:
            yield f"Message {message.id} has {told[kind, message.id]} events {kind}."
    opened = Counter(event.ticket_id for event in evidence.events if event.type == "ticket.opened")
    for conversation in evidence.conversations:
        if conversation.ticket_id is not None and opened[conversation.ticket_id] != 1:
            yield f"The ticket of {conversation.customer} was opened {opened[conversation.ticket_id]} times."
    numbers = Counter(event.sequence for event in evidence.events)
    yield from (f"{times} events have the number {number}." for number, times in numbers.items() if times > 1)


def events_in_order(evidence: Evidence) -> Iterator[str]:
    """Read in the order of the log, the messages of a conversation are received in their order."""
    position = {message.id: (message.conversation_id, message.position) for message in evidence.messages}
    received: dict[UUID, list[int]] = defaultdict(list)
    for event in evidence.events:
        if event.type == "message.received" and event.message_id in position:
            conversation_id, place = position[event.message_id]
            received[conversation_id].append(place)
    for conversation_id, places in received.items():
        if any(after <= before for before, after in pairwise(places)):
            yield f"Conversation {conversation_id}: received in the order {places}."


def screens_tell_all(evidence: Evidence) -> Iterator[str]:
    """A socket that reconnects with its last cursor gets what it missed: all of it, once, in order."""
    for screen in evidence.screens:
        happened = [
            event.id for event in shown(evidence.events) if (event.transaction, event.sequence) > screen.after
        ]
        told = Counter(screen.events)
        missed = sum(1 for event in happened if not told[event])
        twice = sum(1 for times in told.values() if times > 1)
        if screen.resets or missed or twice:
            yield f"{missed} of {len(happened)} events missed, {twice} told twice, {screen.resets} resets."
        elif list(screen.events) != happened:
            yield f"{len(happened)} events were told in another order, or with others."


def no_failed_events(evidence: Evidence) -> Iterator[str]:
    yield from evidence.failed_events


CHECKS: Mapping[str, Check] = {
    "what was acknowledged is stored, exactly once": stored_once,
    "positions have no gap and no double": positions_without_gaps,
    "a customer's messages are in the order of writing": order_of_writing,
    "every customer is one person with one open ticket": one_person_each,
    "every customer is answered or with people": answered_or_handed_over,
    "no work is left": no_work_left,
    "every message went out exactly once, or is unknown": sent_exactly_once,
    "no message is stuck or failed": all_settled,
    "nothing went out that is not in the database": nothing_invented,
    "messages went out in the order of their positions": order_of_sending,
    "an agent's reply is stored once": replies_once,
    "every message and ticket has its event": events_tell_all,
    "the log of events keeps the order": events_in_order,
    "an agent's screen told every event once": screens_tell_all,
    "no event failed": no_failed_events,
}


def _inbound(evidence: Evidence) -> list[Message]:
    return [message for message in evidence.messages if message.direction == "inbound"]


def _by_conversation(
    evidence: Evidence, messages: Iterable[Message]
) -> Iterator[tuple[Conversation, list[Message]]]:
    """Each conversation with its messages in their order."""
    found: dict[UUID, list[Message]] = defaultdict(list)
    for message in messages:
        found[message.conversation_id].append(message)
    for conversation in evidence.conversations:
        yield conversation, sorted(found[conversation.id], key=lambda message: message.position)
