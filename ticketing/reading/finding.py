"""Tickets found by something other than a message: a number, a person, a contract, a handover, a file, a tag.

Each way is a look-up of its own in an index; one condition with OR would read every ticket.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, Literal

from ticketing.reading.asked import Asked
from ticketing.reading.listing import Condition

Kind = Literal["number", "contract", "contact", "tag", "handover", "attachment"]
KINDS: Final[tuple[Kind, ...]] = ("number", "contract", "contact", "tag", "handover", "attachment")
MOST: Final = 500  # rows of one way: who looks for a first name narrows it further

# The very expressions of the trigram indexes, where a way says {person}, {name} or {file}.
_FOLDED: Final = {
    "person": "search_fold(coalesce(i.name, '') || ' ' || coalesce(i.phone, '') || ' ' || i.address)",
    "name": "search_fold(n.name)",
    "file": "search_fold(f.name)",
}
_BY_CONTACT: Final = f"""
    SELECT p.id FROM tickets p WHERE p.contact_id IN (
        (SELECT i.contact_id FROM identities i WHERE {{person}} LIMIT {MOST})
        UNION
        (SELECT n.id FROM contacts n WHERE {{name}} LIMIT {MOST}))
"""  # noqa: S608 - our own constants
_WAYS: Final[dict[Kind, str]] = {
    "number": "SELECT n.id FROM tickets n WHERE n.number = :number",
    "contract": """
        SELECT p.id FROM tickets p JOIN identities i ON i.contact_id = p.contact_id
        JOIN verified_identities v ON v.identity_id = i.id
        WHERE v.contract_id IN (
            SELECT id FROM contracts WHERE lookup_key = :contract OR meter_number = :written
            UNION SELECT contract_id FROM contract_aliases WHERE lookup_key = :contract)
    """,
    "contact": _BY_CONTACT,
    "tag": """
        SELECT g.id FROM tickets g WHERE g.tags <> '{{}}'
        AND g.tags && ARRAY(SELECT name FROM tags WHERE search_fold(name) = search_fold(:written))
    """,
    "handover": f"""
        (SELECT w.ticket_id FROM ticket_words w
         WHERE search_words(w.search_text) @@ CAST(:words AS tsquery) {{phrases}}
         ORDER BY w.ticket_id DESC LIMIT {MOST})
    """,  # noqa: S608
    "attachment": f"""
        (SELECT m.ticket_id FROM attachments f JOIN messages m ON m.id = f.message_id
         WHERE f.name IS NOT NULL AND f.message_id IS NOT NULL AND m.ticket_id IS NOT NULL
         AND {{file}} LIMIT {MOST})
    """,  # noqa: S608
}


def ways(asked: Asked, kinds: Collection[Kind] = KINDS) -> tuple[str, dict[str, Any]] | None:
    """A statement of (ticket id, kind) rows, and its values; None where nothing of this sort was asked."""
    values: dict[str, Any] = {}
    used: list[Kind] = []
    if asked.digits:
        used.append("number")
        values["number"] = asked.digits
    if asked.contract:
        used.append("contract")
        values |= {"contract": asked.contract, "written": asked.text}
    if asked.likes:
        used += ["contact", "attachment"]
        values |= {f"like{number}": pattern for number, pattern in enumerate(asked.likes)}
    if asked.terms:
        used += ["tag", "handover"]
        values |= {"written": asked.text, "words": asked.tsquery}
        values |= {f"phrase{number}": f"% {phrase} %" for number, phrase in enumerate(asked.phrases)}
    statement = " UNION ALL ".join(_way(kind, asked) for kind in used if kind in kinds)
    if not statement:
        return None
    return statement, {name: value for name, value in values.items() if f":{name}" in statement}


def _way(kind: Kind, asked: Asked) -> str:
    likes = {
        name: " AND ".join(f"{folded} LIKE :like{number}" for number in range(len(asked.likes)))
        for name, folded in _FOLDED.items()
    }
    way = _WAYS[kind].format(**likes, phrases=phrases_sql("w.search_text", asked))
    return f"SELECT id, '{kind}' AS kind FROM ({way}) AS by_{kind}(id)"  # noqa: S608 - our own words


def phrases_sql(column: str, asked: Asked) -> str:
    """What makes a phrase of words that are there anyway. Values: phrase0, phrase1 …"""
    numbers = range(len(asked.phrases))
    return "".join(f" AND ' ' || {column} || ' ' LIKE :phrase{number}" for number in numbers)


def condition(asked: Asked) -> Condition:
    """For the search box of a list: a ticket's number or a person."""
    found = ways(asked, ("number", "contact"))
    if found is None:
        return Condition("FALSE", {})
    statement, values = found
    return Condition(f"t.id IN (SELECT id FROM ({statement}) AS found)", values)  # noqa: S608
