"""Canned answers: kept, found, counted. Every method is one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import Language
from knowledge_base.text import fold
from ticketing.canned.variables import unknown_in
from ticketing.desk import Desk
from ticketing.errors import Conflict, Forbidden, Invalid, NotFound

WRITE: Final = "canned:write"  # answers that others use, too
LANGUAGES: Final = tuple(language.value for language in Language)

_MAY_USE = (
    "(c.scope = 'everybody' OR c.owner_id = :agent_id OR (c.scope = 'team' AND (:all_teams OR c.team_id IN"
    " (SELECT team_id FROM team_members WHERE agent_id = :agent_id))))"
)
_SELECT = (
    "SELECT c.id, c.shortcode, c.title, c.texts, c.category, c.scope, c.team_id, m.key AS team_key,"
    " m.names AS team_names, c.owner_id, o.name AS owner_name, c.uses, c.version, c.updated_at"
    " FROM canned_answers c LEFT JOIN teams m ON m.id = c.team_id LEFT JOIN agents o ON o.id = c.owner_id"
)


def _typed(statement: str) -> Any:
    return text(statement).columns(texts=JSONB, team_names=JSONB)


_LIST = _typed(
    f"{_SELECT} WHERE {_MAY_USE} AND (CAST(:category AS text) IS NULL OR c.category = :category)"
    " AND (CAST(:scope AS text) IS NULL OR c.scope = :scope)"
    " AND c.search_text LIKE ALL (CAST(:patterns AS text[]))"
    " ORDER BY (c.shortcode LIKE :prefix) DESC, c.uses DESC, c.shortcode, c.id LIMIT :count OFFSET :skip"
)
_ONE = _typed(f"{_SELECT} WHERE c.id = :id AND {_MAY_USE}")
_LOCK = text(
    "SELECT scope, owner_id, version, shortcode, title, texts, category, team_id FROM canned_answers"
    " WHERE id = :id FOR UPDATE"
).columns(texts=JSONB)
_INSERT = text(
    "INSERT INTO canned_answers (shortcode, title, texts, category, scope, team_id, owner_id, search_text)"
    " VALUES (:shortcode, :title, CAST(:texts AS jsonb), :category, :scope, :team_id, :owner_id,"
    " :search_text) RETURNING id"
)
_UPDATE = text(
    "UPDATE canned_answers SET shortcode = :shortcode, title = :title, texts = CAST(:texts AS jsonb),"
    " category = :category, scope = :scope, team_id = :team_id, owner_id = :owner_id,"
    " search_text = :search_text, version = version + 1, updated_at = now() WHERE id = :id"
)
_COUNT = text(
    "UPDATE canned_answers SET uses = uses + 1, used_at = now() WHERE id IN"
    " (SELECT id FROM canned_answers WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE)"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `may_write`: also what others use."""

    agent_id: UUID
    may_write: bool

    def keys(self) -> dict[str, Any]:
        return {"agent_id": self.agent_id, "all_teams": self.may_write}


@dataclass(frozen=True, slots=True)
class Canned:
    """One canned answer as it is written. `texts` by language: ar, ary-Arab, ary-Latn, fr, en."""

    shortcode: str
    title: str
    texts: Mapping[str, str]
    category: str | None
    scope: str
    team_id: UUID | None

    def values(self, owner_id: UUID) -> dict[str, Any]:
        words = [self.shortcode, self.title, *self.texts.values()]
        return {
            "shortcode": self.shortcode,
            "title": self.title,
            "texts": json.dumps(dict(self.texts)),
            "category": self.category,
            "scope": self.scope,
            "team_id": self.team_id if self.scope == "team" else None,
            "owner_id": owner_id if self.scope == "personal" else None,
            "search_text": fold("\n".join(words)),
        }


class CannedAnswers:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def create(self, canned: Canned, person: Person) -> UUID:
        """Conflict `shortcode_taken`; Invalid as `check` says; Forbidden for what others use."""
        async with self._desk.transaction() as transaction:
            await _check(transaction.connection, canned, person)
            try:
                created: UUID = (
                    await transaction.connection.execute(_INSERT, canned.values(person.agent_id))
                ).scalar_one()
            except IntegrityError as error:
                raise _taken(error) from error
            return created

    async def change(self, canned_id: UUID, changes: Mapping[str, Any], version: int, person: Person) -> None:
        """Conflict `changed_meanwhile` when `version` is no longer the newest."""
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            row = await _locked(connection, canned_id, person)
            if row.version != version:
                raise Conflict(
                    "changed_meanwhile",
                    "Somebody changed this answer meanwhile.",
                    {"version": str(row.version)},
                )
            kept = {name: getattr(row, name) for name in Canned.__slots__}
            canned = Canned(**(kept | dict(changes)))
            await _check(connection, canned, person)
            owner_id = row.owner_id or person.agent_id
            try:
                await connection.execute(_UPDATE, canned.values(owner_id) | {"id": canned_id})
            except IntegrityError as error:
                raise _taken(error) from error

    async def delete(self, canned_id: UUID, person: Person) -> None:
        async with self._desk.transaction() as transaction:
            await _locked(transaction.connection, canned_id, person)
            await transaction.connection.execute(
                text("DELETE FROM canned_answers WHERE id = :id"), {"id": canned_id}
            )


async def list_canned(
    connection: AsyncConnection,
    person: Person,
    *,
    search: str = "",
    category: str | None = None,
    scope: str | None = None,
    limit: int,
    skip: int = 0,
) -> Sequence[Row[Any]]:
    """What the agent may use, most used first; a shortcode that begins with the words comes before all."""
    folded = fold(search)
    values = person.keys() | {
        "category": category,
        "scope": scope,
        "patterns": [f"%{_escaped(word)}%" for word in folded.split()],
        "prefix": f"{_escaped(folded)}%" if folded else "",
        "count": limit,
        "skip": skip,
    }
    return (await connection.execute(_LIST, values)).all()


async def canned_answer(connection: AsyncConnection, canned_id: UUID, person: Person) -> Row[Any]:
    """NotFound for one that is not there, or not for this agent."""
    row = (await connection.execute(_ONE, person.keys() | {"id": canned_id})).one_or_none()
    if row is None:
        raise _missing()
    return row


async def count_uses(connection: AsyncConnection, ids: Iterable[UUID]) -> None:
    """Once for each that went into a reply; unknown ids count for nothing."""
    wanted = sorted(set(ids))
    if wanted:
        await connection.execute(_COUNT, {"ids": wanted})


def editable(row: Row[Any], person: Person) -> bool:
    """One's own, and with canned:write everybody's and the teams'."""
    return bool(row.owner_id == person.agent_id) if row.scope == "personal" else person.may_write


async def _locked(connection: AsyncConnection, canned_id: UUID, person: Person) -> Row[Any]:
    row = (await connection.execute(_LOCK, {"id": canned_id})).one_or_none()
    if row is None or (row.scope == "personal" and row.owner_id != person.agent_id):
        raise _missing()
    if not editable(row, person):
        raise Forbidden("forbidden", "Answers that others use are changed by those who may.")
    return row


async def _check(connection: AsyncConnection, canned: Canned, person: Person) -> None:
    if canned.scope != "personal" and not person.may_write:
        raise Forbidden("forbidden", "Answers for others are written by those who may.")
    problems: dict[str, str] = {}
    for language, words in canned.texts.items():
        unknown = unknown_in(words)
        if unknown:
            problems[f"texts.{language}"] = unknown[0]
    if problems:
        raise Invalid("variable_unknown", "There is no such variable.", problems)
    if not any(words.strip() for words in canned.texts.values()):
        raise Invalid("empty", "An answer needs a text in one language at least.", {"texts": "empty"})
    if canned.scope == "team":
        team = await connection.scalar(text("SELECT 1 FROM teams WHERE id = :id"), {"id": canned.team_id})
        if team is None:
            raise Invalid("team_unknown", "There is no such team.", {"team_id": "unknown"})
    if canned.category is not None:
        known = text("SELECT 1 FROM categories WHERE code = :code")
        if await connection.scalar(known, {"code": canned.category}) is None:
            raise Invalid("category_unknown", "There is no such category.", {"category": "unknown"})


def _taken(error: IntegrityError) -> Exception:
    if "canned_answers_shortcode" in str(error.orig):
        return Conflict("shortcode_taken", "Another answer has this shortcode.", {"shortcode": "taken"})
    return error


def _missing() -> NotFound:
    return NotFound("canned_unknown", "There is no such canned answer.")


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
