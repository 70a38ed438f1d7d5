"""A canned answer made ready for one ticket: in the customer's language, with what the desk knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import Language
from ticketing.canned.variables import Filled, fill, greeting, nearest
from ticketing.errors import NotFound
from ticketing.facts import readable
from ticketing.texts import full_day, language_of

# The contract told in the dialogue counts before one that an identity has proven to be its own.
_SUBJECT: Final = text(
    "SELECT t.number, t.handover, g.names AS category, m.names AS team, a.name AS agent,"
    " coalesce(c.name, (SELECT coalesce(i.name, i.phone) FROM identities i"
    "   WHERE i.contact_id = c.id ORDER BY i.id LIMIT 1)) AS contact,"
    " coalesce((SELECT v.language FROM conversations v WHERE v.ticket_id = t.id"
    "   ORDER BY v.last_inbound_at DESC NULLS LAST, v.id DESC LIMIT 1), c.language) AS language,"
    " (SELECT k.reference FROM verified_identities p JOIN identities i ON i.id = p.identity_id"
    "   JOIN contracts k ON k.id = p.contract_id WHERE i.contact_id = c.id"
    "   ORDER BY p.verified_at DESC LIMIT 1) AS contract"
    " FROM tickets t JOIN contacts c ON c.id = t.contact_id JOIN agents a ON a.id = :agent_id"
    " LEFT JOIN categories g ON g.code = t.category LEFT JOIN teams m ON m.id = t.team_id"
    " WHERE t.id = :ticket_id"
).columns(handover=JSONB, category=JSONB, team=JSONB)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What does not depend on the ticket: who writes, for whom, when."""

    agent_id: UUID
    brand: str
    zone: tzinfo
    now: datetime


async def fill_for_ticket(
    connection: AsyncConnection,
    texts: Mapping[str, str],
    ticket_id: UUID,
    around: Surroundings,
    language: Language | None = None,
) -> Filled:
    """The text that suits the ticket's customer best, filled. `language`: the one the agent asked for."""
    keys = {"ticket_id": ticket_id, "agent_id": around.agent_id}
    row = (await connection.execute(_SUBJECT, keys)).one_or_none()
    if row is None:
        raise NotFound("ticket_unknown", "This ticket does not exist.")
    chosen = nearest(texts, language or language_of("", row.language))
    return fill(texts[chosen.value], chosen, _values(row, chosen, around))


def _values(row: Row[Any], language: Language, around: Surroundings) -> dict[str, str | None]:
    names = {Language.FR: "fr", Language.EN: "en", Language.ARY_LATN: "fr"}.get(language, "ar")
    facts = {fact.name: fact.values[names] for fact in readable((row.handover or {}).get("slots") or {})}
    local = around.now.astimezone(around.zone)
    return {
        "contact.name": _person(row.contact),
        "contact.first_name": _first(_person(row.contact)),
        "ticket.number": row.number,
        "ticket.category": _named(row.category, names),
        "contract.reference": facts.get("contract") or row.contract,
        "place.name": facts.get("place"),
        "agent.name": row.agent,
        "agent.first_name": _first(row.agent),
        "team.name": _named(row.team, names),
        "brand.name": around.brand,
        "now.greeting": greeting(language, local),
        "now.date": full_day(language, local.date()),
    }


def _named(names: Mapping[str, str] | None, language: str) -> str | None:
    return None if not names else names.get(language) or names.get("fr")


def _person(name: str | None) -> str | None:
    """A name to address somebody by: what a channel shows instead of one (a number, a handle) is none."""
    if name is None or not any(character.isalpha() for character in name) or "@" in name:
        return None
    return name


def _first(name: str | None) -> str | None:
    return None if not name else name.split()[0]
