"""What an article is. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

LANGUAGES: Final = ("ar", "fr", "en")


class Audience(StrEnum):
    PUBLIC = "public"
    AGENTS = "agents"


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


# In the order shown.
CATEGORIES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "billing": {"ar": "الفاتورة", "fr": "Facture", "en": "Bills"},
        "payment": {"ar": "الأداء", "fr": "Paiement", "en": "Payment"},
        "meter": {"ar": "العداد والتعبئة", "fr": "Compteur et recharge", "en": "Meter and recharge"},
        "contract": {"ar": "الاشتراك والعقد", "fr": "Abonnement et contrat", "en": "Contract"},
        "supply": {"ar": "انقطاع الماء والكهرباء", "fr": "Coupures d'eau et d'électricité", "en": "Cuts"},
        "sanitation": {"ar": "التسربات والتطهير", "fr": "Fuites et assainissement", "en": "Leaks and sewage"},
        "safety": {"ar": "السلامة", "fr": "Sécurité", "en": "Safety"},
        "agencies": {"ar": "الوكالات", "fr": "Agences", "en": "Agencies"},
        "rights": {"ar": "الشكايات والحقوق", "fr": "Réclamations et droits", "en": "Complaints and rights"},
        "internal": {"ar": "خاص بالمستشارين", "fr": "Réservé aux conseillers", "en": "For agents"},
    }
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of a translation. `body` is Markdown; the others are one line each."""

    slug: str
    title: str
    summary: str
    body: str
    source: str


@dataclass(frozen=True, slots=True)
class Translation:
    """The newest version of an article in one language, and how it was read."""

    language: str
    version: int
    status: Status
    wording: Wording
    is_stale: bool  # the source language has changed since
    updated_at: datetime
    updated_by: str
    published_at: datetime | None
    views: int
    helpful: int
    unhelpful: int


@dataclass(frozen=True, slots=True)
class Article:
    id: UUID
    number: int
    category: str
    audience: Audience
    source_language: str
    review_on: date | None
    owner_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    is_demo: bool
    translations: Mapping[str, Translation]  # by language

    def is_public(self, language: str) -> bool:
        """Whether customers may read it in `language`."""
        translation = self.translations.get(language)
        return (
            self.audience is Audience.PUBLIC
            and translation is not None
            and translation.status is Status.PUBLISHED
        )


@dataclass(frozen=True, slots=True)
class Version:
    version: int
    wording: Wording
    author: str
    created_at: datetime
    restored_from: int | None


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes. `id` is an agent of the desk, None for a program."""

    id: UUID | None
    name: str


class ArticleUnknown(Exception):
    """There is no such article, translation or version."""


class ArticleChanged(Exception):
    """Somebody else was faster."""

    def __init__(self, by: str) -> None:
        super().__init__(f"{by} has changed it since.")
        self.by = by


class SlugTaken(Exception):
    """Another article of this language has this address."""


class Incomplete(Exception):
    """A translation without a title or a text cannot be published. `fields` names what is missing."""

    def __init__(self, *fields: str) -> None:
        super().__init__(f"Empty: {', '.join(fields)}.")
        self.fields = fields
