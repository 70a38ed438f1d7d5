"""What each form asks, in what order, and which category its answers make: read from `forms.yaml`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_FILE = Path(__file__).with_name("forms.yaml")
KINDS: Final = frozenset(
    {
        "place",  # a place of the gazetteer, or a shared position
        "landmark",  # how to find the spot, in the customer's words
        "when",  # a day, or words such as "since this morning"
        "contract",
        "index",
        "number",
        "amount",
        "phone",
        "receipt",  # a number, or a picture
        "photo",
        "choice",
        "words",  # whatever is written
    }
)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice. `words` tell it in free text; `leads_to` is an intent that takes over."""

    name: str
    words: tuple[str, ...] = ()
    leads_to: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """Something a form wants to know. The labels name it to agents.

    `mistaken_for` are intents that a bare answer to it is taken for. `reads_ahead`: a long first message
    answers it. `known` are words that answer a field of free words wherever they stand.
    """

    name: str
    kind: str
    label_ar: str
    label_fr: str
    label_en: str
    options: tuple[Option, ...] = ()
    mistaken_for: frozenset[str] = frozenset()
    reads_ahead: bool = False
    known: tuple[str, ...] = ()

    def option(self, name: str) -> Option | None:
        return next((option for option in self.options if option.name == name), None)


@dataclass(frozen=True, slots=True)
class Question:
    """Fields asked in one bubble; `optional` ones may stay open, those `beside` are not asked by themselves.

    `when`: field → values it is asked for.
    """

    fields: tuple[str, ...]
    optional: frozenset[str]
    beside: frozenset[str]
    when: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Category:
    """A code of the desk's categories, chosen when the facts fit. `priority` 1 is the highest."""

    code: str
    priority: int
    when: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Form:
    """`intents` are those that begin it. `accepts` are fields taken when told, never asked for.

    `has_introduction`: a text `form_intro_<name>` goes before the first question.
    """

    name: str
    intents: frozenset[str]
    team: str | None  # None: the category's
    questions: tuple[Question, ...]
    categories: tuple[Category, ...]
    accepts: tuple[str, ...] = ()
    has_introduction: bool = False

    def field_names(self) -> tuple[str, ...]:
        asked = (name for question in self.questions for name in question.fields)
        return tuple(dict.fromkeys([*asked, *self.accepts]))

    def category(self, facts: Mapping[str, str]) -> Category:
        return next(category for category in self.categories if holds(category.when, facts))


def holds(when: Mapping[str, frozenset[str]], facts: Mapping[str, str]) -> bool:
    """Tell whether every named fact has one of the values asked for."""
    return all(facts.get(name) in values for name, values in when.items())


def form(name: str) -> Form:
    """Return a form; raises KeyError for one that does not exist."""
    return definitions()[1][name]


def field(name: str) -> Field:
    return definitions()[0][name]


@cache
def definitions() -> tuple[Mapping[str, Field], Mapping[str, Form]]:
    """Return every field and every form by name; raises ValueError for a file that contradicts itself."""
    content: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    fields = {name: _field(name, body) for name, body in content["fields"].items()}
    forms = {name: _form(name, body) for name, body in content["forms"].items()}
    for each in forms.values():
        _check(each, fields)
    return fields, forms


def _field(name: str, body: Mapping[str, Any]) -> Field:
    if body["kind"] not in KINDS:
        raise ValueError(f"The field {name} has the unknown kind {body['kind']!r}.")
    return Field(
        name=name,
        kind=body["kind"],
        label_ar=body["ar"],
        label_fr=body["fr"],
        label_en=body["en"],
        options=tuple(_option(key, each or {}) for key, each in (body.get("options") or {}).items()),
        mistaken_for=frozenset(body.get("mistaken_for", ())),
        reads_ahead=bool(body.get("reads_ahead", False)),
        known=_listed(body.get("known", "")),
    )


def _option(name: str, body: Mapping[str, Any]) -> Option:
    return Option(name, _listed(body.get("words", "")), body.get("leads_to"))


def _listed(entries: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in entries.split(",") if entry.strip())


def _form(name: str, body: Mapping[str, Any]) -> Form:
    return Form(
        name=name,
        intents=frozenset(body.get("intents", ())),
        team=body.get("team"),
        questions=tuple(_question(each) for each in body["questions"]),
        categories=tuple(
            Category(each["code"], each["priority"], _conditions(each)) for each in body["categories"]
        ),
        accepts=tuple(body.get("accepts", ())),
        has_introduction=bool(body.get("introduction", False)),
    )


def _question(body: Mapping[str, Any] | str) -> Question:
    """Read "place, landmark?, (since)", or the same with conditions."""
    content: Mapping[str, Any] = {"ask": body} if isinstance(body, str) else body
    names = [name.strip() for name in content["ask"].split(",")]
    return Question(
        fields=tuple(name.strip("?()") for name in names),
        optional=frozenset(name.strip("?()") for name in names if name[-1] in "?)"),
        beside=frozenset(name.strip("()") for name in names if name.startswith("(")),
        when=_conditions(content),
    )


def _conditions(body: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(values) for name, values in (body.get("when") or {}).items()}


def _check(each: Form, fields: Mapping[str, Field]) -> None:
    known = set(each.field_names())
    if unknown := known - fields.keys():
        raise ValueError(f"The form {each.name} asks for unknown fields: {sorted(unknown)}.")
    conditions: Iterable[Mapping[str, frozenset[str]]] = (
        *(question.when for question in each.questions),
        *(category.when for category in each.categories),
    )
    for when in conditions:
        for name, values in when.items():
            options = {option.name for option in fields[name].options} if name in known else set()
            if not values <= options:
                raise ValueError(f"The form {each.name} has a condition on {name} that can never hold.")
    if not each.categories or each.categories[-1].when:
        raise ValueError(f"The form {each.name} needs a last category without conditions.")
