"""Carries a form from the first message to the ticket: asks what is missing, takes what is told.

`start` begins a form; `take` is the action of every later message that belongs to it. At most
`MOST_QUESTIONS` are asked, and two answers in a row that are not understood go to people with what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.people import hand_over_to_people
from bot.actions.places import name_of, place_by_id
from bot.actions.services import Services
from bot.actions.subject import Action
from bot.contract import HandoverReason, Language, ReplyChoice
from bot.forms.definitions import Form, field, form, holds
from bot.forms.filling import TOPIC, Filling, filling_of, forgotten
from bot.forms.matching import mentions
from bot.forms.reading import Reading, has_picture, is_another_place, read
from bot.forms.summary import echo, facts_of, summary
from bot.forms.wording import CANCEL, UNKNOWN, UNWILLING
from bot.texts import say
from knowledge_base.billing.contracts import contracts_of_phone
from knowledge_base.text import words

MOST_QUESTIONS: Final = 4
_PATIENCE = 2  # consecutive answers that are not understood
_LONGEST_OPENING = 400  # characters
_WORDS_OF_A_REFUSAL = 4
_RECHARGED = frozenset({"light", "recharge_by", "meter_number"})  # told only by who tried to recharge
_WITHOUT_PICTURES = frozenset({"sms", "phone"})  # channels
_MOST_CHOICES = 10  # rows of a list on the narrowest channel


async def start(
    name: str, heard: Heard, services: Services, *, known: Mapping[str, str] | None = None
) -> Answer:
    """Begin the form `name` with what the message tells, and ask for what is missing.

    `known` are facts by field that the caller has from records or earlier answers ("place": a place's id,
    "contract": its reference). Raises KeyError for a form that does not exist.
    """
    facts = {**await _from_records(form(name), heard, services), **(known or {})}
    told = read(form(name), heard, ())
    filling = Filling(
        name,
        opening=heard.text.strip()[:_LONGEST_OPENING],
        facts={**facts, **_implied(form(name), told.facts)},
        skipped=("photo",) if heard.channel in _WITHOUT_PICTURES else (),
        earlier=_earlier(name, heard),
    )
    if len(told.places) > 1 and "place" in form(name).field_names():
        return _which_place(heard, filling, told.places)
    return _next(heard, filling)


def starting(name: str) -> Action:
    """Return the action that begins the form `name`."""

    async def action(heard: Heard, services: Services) -> Answer:
        return await start(name, heard, services)

    return action


async def take(heard: Heard, services: Services) -> Answer:
    """Take a message as the answer to the open question, or to any other of the form."""
    filling = filling_of(heard.state)
    if filling is None:
        raise LookupError("There is no form to answer.")
    told = read(filling.form, heard, filling.asking)
    if "place" in filling.facts and "place" not in filling.asking and not is_another_place(heard):
        told = replace(
            told, facts={name: told.facts[name] for name in told.facts if name != "place"}, places=()
        )
    if told.leads_to is not None:
        return await _led_to(told.leads_to, heard, services)
    if _is_cancelled(heard, filling, told):
        return dropped(heard)
    if len(told.places) > 1 and "place" not in told.facts:
        return _which_place(heard, filling, told.places)
    if told.facts:
        return _taken(heard, filling, told)
    is_unwilling = _is_refusal(heard) or mentions(heard.text, UNWILLING)
    if mentions(heard.text, UNKNOWN) or (is_unwilling and _is_optional(filling)):
        return _unknown(heard, filling)
    return _missed(heard, filling)


def again(heard: Heard, prefix: str = "") -> Answer:
    """Ask the open question once more; the form is unchanged."""
    filling = filling_of(heard.state)
    if filling is None:
        raise LookupError("There is no form to go on with.")
    return _next(heard, replace(filling, asked=filling.asked - 1, missed=0), prefix)


def dropped(heard: Heard) -> Answer:
    """Leave the form, kindly: nothing was sent to anyone."""
    answer = ask(heard, say(heard.language, "form_dropped"), question=None, topic=None)
    return replace(answer, state=forgotten(answer.state))


def with_people(heard: Heard, filling: Filling, reason: HandoverReason, text: str) -> Answer:
    """Pass the form on as it is: its category, its facts and the customer's words."""
    category = filling.form.category(filling.facts)
    answer = hand_over_to_people(
        replace(heard, state=forgotten(heard.state)),
        reason,
        text,
        priority=category.priority,
        team=filling.form.team,
        category=category.code,
        summary_ar=summary(filling, Language.AR),
        summary_fr=summary(filling, Language.FR),
        **_closing_values(text, filling, heard.language),
    )
    request = {"form": filling.name, "category": category.code, "facts": facts_of(filling)}
    return replace(answer, state=answer.state.remembering("request", request))


async def _from_records(wanted: Form, heard: Heard, services: Services) -> dict[str, str]:
    """Return what the channel proves and the records know: the telephone, and its only contract."""
    if heard.attested_phone is None:
        return {}
    names = wanted.field_names()
    facts = {"phone": heard.attested_phone} if "phone" in names else {}
    if "contract" in names:
        async with services.connection() as connection:
            own = await contracts_of_phone(connection, heard.attested_phone)
        running = [contract for contract in own if contract.status != "closed"]
        if len(running) == 1:
            facts["contract"] = running[0].reference
    return facts


def _earlier(name: str, heard: Heard) -> dict[str, str]:
    """Return what people should know of another form that this one takes the place of."""
    left = filling_of(heard.state)
    if left is None or left.name == name:
        return {}
    return {str(language): summary(left, language) for language in (Language.AR, Language.FR)}


def _implied(wanted: Form, facts: Mapping[str, str]) -> dict[str, str]:
    """Add what answers say of the questions before them: who gives an index wants it taken down."""
    implied = {
        **({"meter_need": "index"} if "index" in facts else {}),
        **({"recharge_need": "refused"} if _RECHARGED.intersection(facts) else {}),
    }
    return {**{name: value for name, value in implied.items() if name in wanted.field_names()}, **facts}


def _taken(heard: Heard, filling: Filling, told: Reading) -> Answer:
    facts = {**_implied(filling.form, told.facts), **filling.facts, **told.facts}
    filling = replace(filling, facts=facts, missed=0)
    answered = {*filling.facts, *(("receipt",) if has_picture(heard) else ())}
    if not answered.intersection(filling.asking):  # something else was told: not a question more
        return _next(heard, replace(filling, asked=filling.asked - 1), say(heard.language, "form_noted"))
    optional = _optional(filling.form)
    left = [name for name in filling.asking if name in optional and name not in filling.facts]
    return _next(heard, replace(filling, skipped=(*filling.skipped, *left)))


def _unknown(heard: Heard, filling: Filling) -> Answer:
    """What the customer cannot tell stays open; what the request cannot do without is for people to find."""
    if _is_optional(filling):
        return _next(heard, replace(filling, skipped=(*filling.skipped, *filling.asking), missed=0))
    return with_people(heard, filling, HandoverReason.NEEDS_PERSON, "form_done_by_people")


def _missed(heard: Heard, filling: Filling) -> Answer:
    """Ask again once; free questions that may stay open are not insisted on."""
    if heard.intent in ("greeting", "thanks") or (heard.intent == "affirm" and _is_optional(filling)):
        return again(heard)  # "yes" to "do you have a picture?": it is about to come
    if _is_optional(filling):
        return _next(heard, replace(filling, skipped=(*filling.skipped, *filling.asking), missed=0))
    missed = filling.missed + 1
    if missed >= _PATIENCE:
        return with_people(heard, filling, HandoverReason.NOT_UNDERSTOOD, "hand_over_not_understood")
    return _next(
        heard,
        replace(filling, missed=missed, asked=filling.asked - 1),
        say(heard.language, "form_not_understood"),
    )


def _next(heard: Heard, filling: Filling, prefix: str = "") -> Answer:
    """Ask the next question, or hand the finished form over."""
    names = _missing(filling)
    if not names or filling.asked >= MOST_QUESTIONS:
        return with_people(heard, filling, HandoverReason.NEEDS_PERSON, "form_done")
    sentences = [prefix] if prefix else []
    if not filling.asking:
        sentences.append(_introduction(filling, heard.language))
    sentences.append(" ".join(say(heard.language, f"form_ask_{name}") for name in names))
    filling = replace(filling, asking=names, asked=filling.asked + 1, go_on_offered=False)
    return _asked(heard, filling, "\n".join(sentences), _choices(names, heard.language))


def _asked(heard: Heard, filling: Filling, text: str, choices: tuple[ReplyChoice, ...]) -> Answer:
    answer = ask(heard, text, question=f"{TOPIC}:{'+'.join(filling.asking)}", topic=TOPIC, choices=choices)
    return replace(answer, state=filling.remembered(answer.state))


def _missing(filling: Filling) -> tuple[str, ...]:
    """Return the fields of the next question that are still open."""
    known = {*filling.facts, *filling.skipped}
    if "photo" in filling.facts:
        known.add("receipt")  # the picture shows it
    for question in filling.form.questions:
        names = tuple(name for name in question.fields if name not in known)
        if not question.beside.issuperset(names) and holds(question.when, filling.facts):
            return names
    return ()


def _choices(names: tuple[str, ...], language: Language) -> tuple[ReplyChoice, ...]:
    """Return the options of the first choice asked for."""
    asked = next((field(name) for name in names if field(name).options), None)
    if asked is None:
        return ()
    return tuple(
        ReplyChoice(
            f"inform:answer:{asked.name}.{option.name}",
            say(language, f"option_{asked.name}_{option.name}"),
        )
        for option in asked.options
    )


def _which_place(heard: Heard, filling: Filling, places: tuple[str, ...]) -> Answer:
    found = [place for place in map(place_by_id, places[:_MOST_CHOICES]) if place is not None]
    choices = tuple(
        ReplyChoice(f"inform:answer:place.{place.id}", name_of(place, heard.language)) for place in found
    )
    filling = replace(filling, asking=("place",), asked=max(1, filling.asked))
    return _asked(heard, filling, say(heard.language, "which_place"), choices)


def _is_optional(filling: Filling) -> bool:
    """Whether every field of the open question may stay open."""
    return bool(filling.asking) and _optional(filling.form).issuperset(filling.asking)


def _optional(form_asked: Form) -> set[str]:
    return {name for question in form_asked.questions for name in question.optional}


def _is_refusal(heard: Heard) -> bool:
    return heard.intent == "deny" and len(words(heard.text)) <= _WORDS_OF_A_REFUSAL


def _is_cancelled(heard: Heard, filling: Filling, told: Reading) -> bool:
    """Whether the customer no longer wants it. A bare "no" to an optional question only skips it."""
    given_up = CANCEL if _is_optional(filling) else (*CANCEL, *UNWILLING)
    if len(words(heard.text)) <= _WORDS_OF_A_REFUSAL and mentions(heard.text, given_up):
        return all(field(name).kind in ("words", "landmark", "when") for name in told.facts)
    is_unknown = mentions(heard.text, UNKNOWN)
    return _is_refusal(heard) and not (is_unknown or told.facts or _is_optional(filling))


async def _led_to(intent: str, heard: Heard, services: Services) -> Answer:
    """The answer asked for something else: that subject answers, and the form is over."""
    from bot.actions.subjects import BY_INTENT  # the subjects know the forms

    bare = replace(heard, intent=intent, state=forgotten(heard.state))
    return await BY_INTENT[intent](bare, services)


def _introduction(filling: Filling, language: Language) -> str:
    if filling.form.has_introduction:
        return say(language, f"form_intro_{filling.name}")
    return say(language, "form_begins", subject=_title(filling, language))


def _title(filling: Filling, language: Language) -> str:
    return say(language, f"subject_{filling.name}")


def _closing_values(text: str, filling: Filling, language: Language) -> dict[str, str]:
    if not text.startswith("form_"):
        return {}
    told = echo(filling, language)
    title = _title(filling, language)
    return {"request": f"{title} ({told})" if told else title}
