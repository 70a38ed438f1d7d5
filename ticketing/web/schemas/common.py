"""What the answers of several subjects are made of."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

JsonObject = dict[str, Any]
Language = Literal["ar", "fr", "en"]


class Answer(BaseModel):
    """Base of every shape that the desk answers with: each field is always there, and no other is.

    A field that may be empty is written `… | None`, without a default. Handlers write plain dictionaries;
    these models are never instantiated, they only say what the dictionaries are.
    """

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Names(Answer):
    """In the desk's three languages."""

    ar: str
    fr: str
    en: str


class BothNames(Answer):
    """In the two languages of customers."""

    ar: str
    fr: str


class Person(Answer):
    """An agent, as far as others need to know."""

    id: UUID
    name: str


class Team(Answer):
    id: UUID
    key: str
    names: Names


class Agent(Answer):
    id: UUID
    name: str
    email: str
    role: str
    language: Language
