"""Every subject the assistant knows. Each intent and each kind of choice belongs to exactly one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.actions import bill, people, schedule, small_talk, understanding, verification
from bot.actions.dialogue import BILL, SCHEDULE, Answer, Heard
from bot.actions.services import Services
from bot.actions.subject import Action, Subject


async def inform(heard: Heard, services: Services) -> Answer:
    """A bare place, number or position that answers no question of ours: the subject it belongs to."""
    if heard.location is not None or heard.places:
        return await schedule.schedule(heard, services)
    if heard.number is not None and heard.state.topic == BILL and heard.state.question is None:
        return await verification.reference_given(heard, services)
    return await understanding.not_understood(heard, services)


SUBJECTS: Final = (
    Subject(
        SCHEDULE,
        intents={"mobile_agency_schedule": schedule.schedule},
        chosen={"place": schedule.schedule},
        takes=schedule.takes,
    ),
    Subject(
        BILL,
        intents={"bill_amount": bill.bill, "due_date": bill.bill},
        chosen={"contract": bill.chosen_contract},
        takes=verification.takes,
    ),
    Subject(
        "people",
        intents={
            "human_agent": people.human_agent,
            "street_danger": people.danger,
            **dict.fromkeys(people.REQUESTS, people.needs_person),
        },
    ),
    Subject(
        "small_talk",
        intents={
            "greeting": small_talk.greet,
            "thanks": small_talk.thank,
            "off_topic": small_talk.off_topic,
            "insult": small_talk.insult,
            "affirm": small_talk.affirm,
            "deny": small_talk.deny,
            "inform": inform,
            "nlu_fallback": understanding.not_understood,
        },
    ),
)


def _merged(parts: Iterable[Mapping[str, Action]]) -> Mapping[str, Action]:
    merged: dict[str, Action] = {}
    for part in parts:
        twice = merged.keys() & part.keys()
        assert not twice, f"two subjects claim {sorted(twice)}"
        merged |= part
    return merged


BY_NAME: Final = {subject.name: subject for subject in SUBJECTS}
BY_INTENT: Final = _merged(subject.intents for subject in SUBJECTS)
BY_CHOICE: Final = _merged(subject.chosen for subject in SUBJECTS)
