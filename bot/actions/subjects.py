"""Every subject the assistant knows. Each intent and each kind of choice belongs to exactly one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bot.actions import (
    agencies,
    articles,
    bill_asked,
    outages,
    payment_ways,
    people,
    reminders,
    schedule,
    small_talk,
    tickets,
    understanding,
    verification,
)
from bot.actions.dialogue import BILL, SCHEDULE, Answer, Heard
from bot.actions.outage_talk import INTENTS as OUTAGE_INTENTS
from bot.actions.outage_talk import TOPIC as OUTAGE
from bot.actions.services import Services
from bot.actions.subject import Action, Subject
from bot.forms import engine as forms
from bot.forms import subject as form_subject
from bot.forms.filling import TOPIC as FORM


async def inform(heard: Heard, services: Services) -> Answer:
    """A bare place, number or position that answers no question of ours: the subject it belongs to."""
    if heard.location is not None:
        return await agencies.agencies(heard, services)
    if heard.places:
        return await schedule.schedule(heard, services)
    if heard.number is not None and heard.state.topic == BILL and heard.state.question is None:
        return await verification.reference_given(heard, services)
    return await understanding.not_understood(heard, services)


SUBJECTS: Final = (
    Subject(
        SCHEDULE,
        intents={"mobile_agency_schedule": schedule.schedule},
        chosen={
            "place": schedule.schedule,
            reminders.REMIND: reminders.remind,
            reminders.FORGET: reminders.stop_reminding,
        },
        takes=schedule.takes,
    ),
    Subject(
        agencies.AGENCIES,
        intents={"agency_location_hours": agencies.agencies},
        chosen={agencies.CHOSEN: agencies.agencies},
        takes=agencies.takes,
    ),
    Subject(
        payment_ways.PAYING,
        intents={"payment_channels": payment_ways.payment},
        chosen={payment_ways.CHOSEN: payment_ways.payment},
        takes=payment_ways.takes,
    ),
    Subject(
        BILL,
        intents={
            "bill_amount": bill_asked.bill,
            "due_date": bill_asked.bill,
            "high_bill_complaint": bill_asked.high_bill,
            "payment_not_registered": bill_asked.payment_missing,
        },
        chosen={"contract": bill_asked.chosen_contract, "bill": bill_asked.pressed},
        takes=bill_asked.takes,
    ),
    Subject(
        OUTAGE,
        intents=dict.fromkeys(OUTAGE_INTENTS, outages.cut),
        chosen={
            "outage_place": outages.place_chosen,
            "outage_follow": outages.followed,
            "outage_other": outages.different,
            "outage_cut": outages.cut_after_all,
            "outage_still": outages.still_out,
        },
        takes=outages.takes,
    ),
    Subject(
        FORM,
        intents={
            intent: forms.starting(intent)
            for intent in (
                "leak",
                "water_quality",
                "sewage_overflow",
                "voltage_damage",
                "meter_recharge",
                "reconnect_after_cutoff",
                "payment_plan",
                "meter_reading",
                "contract_transfer",
                "new_subscription",
            )
        },
        chosen={
            "answer": form_subject.chosen_answer,
            "attachment": form_subject.attachment,
            "report": form_subject.report,
        },
        takes=form_subject.takes,
    ),
    Subject(tickets.TICKETS, intents={"ticket_status": tickets.ticket_status}, takes=tickets.takes),
    Subject(
        "people",
        intents={
            "human_agent": people.human_agent,
            "street_danger": people.danger,
        },
    ),
    Subject(
        "small_talk",
        intents={
            "greeting": small_talk.greet,
            "thanks": small_talk.thank,
            "off_topic": articles.off_topic_or_article,
            "insult": small_talk.insult,
            "affirm": small_talk.affirm,
            "deny": small_talk.deny,
            "inform": inform,
            "nlu_fallback": articles.not_understood_or_article,
        },
    ),
    Subject(articles.ARTICLES, chosen={articles.CHOSEN: articles.rated}, takes=articles.takes),
)


def _merged(parts: Iterable[Mapping[str, Action]]) -> Mapping[str, Action]:
    merged: dict[str, Action] = {}
    for part in parts:
        twice = merged.keys() & part.keys()
        assert not twice, f"two subjects claim {sorted(twice)}"
        merged |= part
    return merged


BY_NAME: Final = {subject.name: subject for subject in SUBJECTS}
BY_INTENT: Final = articles.explained_first(_merged(subject.intents for subject in SUBJECTS))
BY_CHOICE: Final = _merged(subject.chosen for subject in SUBJECTS)
