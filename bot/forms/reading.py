"""Reads the answers to a form out of a message, whichever were asked for and in whatever order. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.actions.dialogue import Heard
from bot.actions.places import place_by_id
from bot.forms.definitions import Field, Form, field
from bot.forms.matching import mentioned, mentions
from bot.forms.moments import days_named, since_words
from bot.forms.wording import ADDRESS_WORDS, NO_WORDS, RECEIPT_WORDS, SAME_PHONE, STREET_WORDS, YES_WORDS
from knowledge_base.text import fold, spans, words

PICTURES: Final = frozenset({"image", "document", "video"})
SENT: Final = "sent"  # the value of a picture
_LONGEST = 300  # characters of free words
_DIGITS = re.compile(r"\d(?:[\s./\-\u00a0]?\d)*")
_LETTERED = re.compile(r"\b[a-z]{1,3}[-./]?\d{5,}(?:[./-]\d+)*\b")
_PHONE = re.compile(r"(?:(?:00)?212|0)([5-7]\d{8})")
_MONEY = re.compile(
    r"(\d[\d \u00a0\u202f]*(?:[.,]\d{1,2})?)\s*(dhs?|mad|drhm|dirhams?|درهم|دراهم|ريال|ryal|rial|riyal)\b"
)
_OF_FREE_WORDS = frozenset(
    {"inform", "nlu_fallback", "off_topic", "insult"}
)  # intents of words we do not know
_PAUSE = re.compile(r"[\n,.;:!?،؛؟]")
_DENIALS = frozenset(words("ماشي مشي machi pas not ليس ليست"))
_RIAL = frozenset({"ريال", "ryal", "rial", "riyal"})
_CENTIMES_OF_A_RIAL = 5
_CONTRACT_DIGITS = range(5, 16)
_FEWEST_UNASKED_DIGITS = 7  # of a contract's reference that nobody asked for
_INDEX_DIGITS = range(1, 8)
_FEWEST_RECEIPT_DIGITS = 3
_FEWEST_AHEAD = 7  # words of a first message that tell what happened by themselves
_WORDS_OF_AN_ADDRESS = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """`facts` are what was told; `leads_to` an intent that the answer asks for instead; `places` several ids
    that fit the same words."""

    facts: Mapping[str, str]
    leads_to: str | None = None
    places: tuple[str, ...] = ()


def read(form: Form, heard: Heard, asking: tuple[str, ...]) -> Reading:
    """Read every field of the form; `asking` are those of the open question, () for a first message."""
    facts: dict[str, str] = {}
    leads_to: str | None = None
    if heard.chosen is not None and heard.chosen[0] == "answer":
        return _pressed(form, heard.chosen[1])
    places = named_places(heard)
    for name in form.field_names():
        told = _value(field(name), heard, asking, places)
        if told is not None:
            facts[name] = told
    for name in [name for name in facts if field(name).kind == "choice"]:
        option = field(name).option(facts[name])
        if option is not None and option.leads_to is not None:
            del facts[name]
            leads_to = option.leads_to if name in asking else None
    return Reading(
        _without_double_use(_of_one_thing(facts, heard), asking), leads_to, places if len(places) > 1 else ()
    )


def _of_one_thing(facts: dict[str, str], heard: Heard) -> dict[str, str]:
    """A message taken whole for a landmark says that alone; without a word that tells one, anything else."""
    whole = heard.text.strip()
    if facts.get("landmark") != whole:
        return facts
    if not ADDRESS_WORDS.isdisjoint(words(whole)[:1]):
        return {name: value for name, value in facts.items() if name == "landmark" or value != whole}
    says_more = not {"place", "landmark", "photo"}.issuperset(facts)
    return {name: value for name, value in facts.items() if name != "landmark" or not says_more}


def _pressed(form: Form, choice: str) -> Reading:
    """Read "<field>.<option>" or "place.<id>"; what we never offered is no answer."""
    name, _, value = choice.partition(".")
    if name not in form.field_names():
        return Reading({})
    option = field(name).option(value)
    if option is not None and option.leads_to is not None:
        return Reading({}, leads_to=option.leads_to)
    is_place = name == "place" and place_by_id(value) is not None
    return Reading({name: value} if option is not None or is_place else {})


def named_places(heard: Heard) -> tuple[str, ...]:
    """Return the places named and not denied ("not Zemamra, Sidi Bennour"), without communes around them."""
    kept = [place for place in heard.places if not _is_denied(heard, place)]
    found = [place for place in map(place_by_id, kept) if place is not None]
    inside = {place.commune_id for place in found if place.id != place.commune_id}
    return tuple(place.id for place in found if place.id not in inside)


def _is_denied(heard: Heard, place: str) -> bool:
    """Whether "not" stands before the place, in the last words that belong to no other place."""
    for entity in heard.entities:
        if entity.name == "place" and entity.value == place:
            others = [end for _, end in heard.place_spans if end <= entity.start]
            before = _PAUSE.split(heard.text[max(others, default=0) : entity.start])[-1]
            return not _DENIALS.isdisjoint(words(before)[-2:])
    return False


def is_another_place(heard: Heard) -> bool:
    """Whether the place named is meant to take the place of one told before.

    A name that only resembles a place, and one in the name of a street, are not.
    """
    if heard.chosen is not None or heard.location is not None:
        return True
    named = [entity for entity in heard.entities if entity.name == "place"]
    first = min((entity.start for entity in named), default=0)
    if not STREET_WORDS.isdisjoint(words(heard.text[:first])):
        return False
    is_listed = any(entity.confidence >= 1 for entity in named)
    return is_listed or not NO_WORDS.isdisjoint(words(heard.text))


def _value(wanted: Field, heard: Heard, asking: tuple[str, ...], places: tuple[str, ...]) -> str | None:
    is_asked = wanted.name in asking
    if wanted.kind == "place":
        return _place(heard, places)
    if wanted.kind == "photo":
        return SENT if has_picture(heard) else None
    if not heard.text.strip() or (heard.chosen is not None and not is_asked):
        return None
    reader = _READERS[wanted.kind]
    return reader(wanted, heard, asking)


def _place(heard: Heard, places: tuple[str, ...]) -> str | None:
    if heard.location is not None:
        return f"{heard.location[0]:.6f},{heard.location[1]:.6f}"
    return places[0] if len(places) == 1 else None


def has_picture(heard: Heard) -> bool:
    return bool(PICTURES.intersection(heard.kinds))


def _landmark(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    """Return where exactly: from "rue", "7da", "حدا" on; asked for, all that stands beside the place."""
    found = spans(heard.text)
    for position, word in enumerate(found):
        if word.folded in ADDRESS_WORDS or mentions(heard.text[word.start : word.end], ADDRESS_WORDS):
            end = found[min(position + _WORDS_OF_AN_ADDRESS, len(found)) - 1].end
            snippet = _PAUSE.split(heard.text[word.start : end])[0].strip()
            return snippet if len(words(snippet)) > 1 else None
    if wanted.name not in asking or heard.intent not in wanted.mistaken_for | _OF_FREE_WORDS:
        return None
    beside = [
        word for word in found if not any(start <= word.start < end for start, end in heard.place_spans)
    ]
    content = [word for word in beside if len(word.folded) > 2 and word.folded not in NO_WORDS]
    return heard.text.strip()[:_LONGEST] if len(content) > 1 or (content and not heard.places) else None


def _when(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    """Return a day in the past as ISO, or the customer's words for a time."""
    today = heard.now.date()
    days = days_named(heard.text, today) or [date.fromisoformat(value) for value in heard.values("date")]
    told = since_words(heard.text)
    if wanted.name == "since" and told is not None:
        return told
    if days:
        day = days[-1]
        return (day - timedelta(days=7) if today < day <= today + timedelta(days=7) else day).isoformat()
    if wanted.name in asking and asking[0] == wanted.name and _may_answer(heard):
        return heard.text.strip()[:_LONGEST]
    return None


def _contract(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    lettered = _LETTERED.search(fold(heard.text))
    if lettered is not None:
        return lettered.group().strip().upper()
    if wanted.name in asking:
        found = [number for number in _numbers(heard) if len(number) in _CONTRACT_DIGITS]
    else:
        found = [number for number in _numbers(heard) if len(number) >= _FEWEST_UNASKED_DIGITS]
    others = [number for number in found if not _PHONE.fullmatch(number)]
    if wanted.name in asking:
        others = others or found
    return max(others, key=len) if others else None


def _index(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    named = heard.values("meter_index")
    if named:
        return named[-1]
    is_free_number = wanted.name in asking or (heard.intent == "meter_reading" and not asking)
    found = [number for number in _numbers(heard) if len(number) in _INDEX_DIGITS] if is_free_number else []
    return found[0] if found else None


def _number(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    found = [number for number in _numbers(heard) if len(number) >= 4] if wanted.name in asking else []
    return max(found, key=len) if found else None


def _amount(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    """Return centimes. Rials are a twentieth of a dirham; a bare number, asked for, is dirhams."""
    named = heard.values("amount")
    if named:
        return named[-1]
    text = fold(heard.text)
    money = _MONEY.search(text)
    if money is not None:
        return _centimes(money.group(1), is_rial=money.group(2) in _RIAL)
    if wanted.name in asking:
        without_days = re.sub(r"\d{1,2}[/.\-]\d{1,2}(?:[/.\-]\d{2,4})?", " ", text)
        bare = re.findall(r"\d+(?:[.,]\d{1,2})?", without_days)
        likely = [number for number in bare if len(number.split(",")[0].split(".")[0]) in range(2, 7)]
        return _centimes(likely[-1], is_rial=False) if likely else None
    return None


def _centimes(number: str, *, is_rial: bool) -> str:
    whole, _, rest = re.sub(r"[\s\u00a0\u202f]", "", number).replace(",", ".").partition(".")
    centimes = int(whole) * 100 + int((rest + "00")[:2])
    return str(int(whole) * _CENTIMES_OF_A_RIAL if is_rial else centimes)


def _phone(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    for number in [*heard.values("phone"), *_numbers(heard)]:
        match = _PHONE.fullmatch(number.lstrip("+"))
        if match is not None:
            return f"+212{match.group(1)}"
    if wanted.name in asking and mentions(heard.text, SAME_PHONE):
        return heard.attested_phone or heard.text.strip()[:_LONGEST]
    return None


def _receipt(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    """Return the receipt's number: a run with digits, after the word for it where it was not asked for."""
    text = heard.text
    if wanted.name not in asking:
        named = mentioned(text, RECEIPT_WORDS)
        if named is None:
            return None
        text = text[text.index(named[1]) + len(named[1]) :][:40]
    runs = [
        run for run in re.findall(r"[\w/-]+", text) if sum(map(str.isdecimal, run)) >= _FEWEST_RECEIPT_DIGITS
    ]
    return runs[0] if runs else None


def _choice(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    """Return the option whose words say most; "yes" and "no" also by a bare yes or no to the question."""
    is_asked = wanted.name in asking
    named = set(heard.values("service")) if wanted.name == "service" else set()
    if len(named) == 1 and wanted.option(*named) is not None:
        return next(iter(named))
    best: tuple[int, str] | None = None
    for option in wanted.options:
        found = mentioned(heard.text, option.words, asked=is_asked)
        if found is not None and (best is None or found[0] > best[0]):
            best = found[0], option.name
    if best is not None:
        return best[1]
    if {"electricity", "water"} <= named:
        return "both"
    if is_asked and wanted.option("yes") is not None:
        return said_yes_or_no(heard)
    return None


def said_yes_or_no(heard: Heard) -> str | None:
    said = set(words(heard.text))
    if heard.intent == "deny" or said & NO_WORDS:
        return "no"
    return "yes" if heard.intent == "affirm" or said & YES_WORDS else None


def _words(wanted: Field, heard: Heard, asking: tuple[str, ...]) -> str | None:
    if wanted.name in asking:
        return heard.text.strip()[:_LONGEST] if _may_answer(heard) else None
    known = mentioned(heard.text, wanted.known)
    if known is not None:
        return known[1]
    if wanted.reads_ahead and not asking and len(words(heard.text)) >= _FEWEST_AHEAD:
        return heard.text.strip()[:_LONGEST]
    return None


def _may_answer(heard: Heard) -> bool:
    """Whether the words may be an answer at all: "yes", "thanks" and a position are none."""
    return bool(words(heard.text)) and heard.intent not in ("affirm", "deny", "greeting", "thanks")


def _numbers(heard: Heard) -> list[str]:
    """Return every run of digits of the message, amounts and days with a month left out."""
    text = _MONEY.sub(" ", fold(heard.text))
    text = re.sub(r"\b\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}\b|\b\d{1,2}/\d{1,2}\b", " ", text)
    return ["".join(filter(str.isdecimal, match)) for match in _DIGITS.findall(text)]


def _without_double_use(facts: dict[str, str], asking: tuple[str, ...]) -> dict[str, str]:
    """One number answers one field: the one asked for, else the first by the form's order."""
    used: dict[str, str] = {}
    numeric = [name for name in facts if field(name).kind in ("contract", "index", "number", "receipt")]
    for name in sorted(numeric, key=lambda name: name not in asking):
        if facts[name] in used.values():
            del facts[name]
        else:
            used[name] = facts[name]
    return facts


_READERS: Final = {
    "landmark": _landmark,
    "when": _when,
    "contract": _contract,
    "index": _index,
    "number": _number,
    "amount": _amount,
    "phone": _phone,
    "receipt": _receipt,
    "choice": _choice,
    "words": _words,
}
