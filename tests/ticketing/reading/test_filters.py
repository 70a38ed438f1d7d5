"""A filter means the same in SQL, for a row in memory, and for the sets of bits that views are counted by."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge_base.text import fold
from ticketing.reading.facets import FacetIndex, question
from ticketing.reading.filters import Reader, TicketFilter, matches
from ticketing.reading.listing import list_tickets, where
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.reading.views import reader_of
from ticketing.statuses import STATUSES

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TAGS, CODES = ("vip", "Médical", "بيئة"), ("E1", "W2", "X1")


async def fill(engine: AsyncEngine, chance: random.Random) -> tuple[list[UUID], list[UUID]]:
    """Random tickets; returns agents and teams."""
    async with engine.begin() as connection:

        async def run(statement: str, **values: Any) -> Any:
            return await connection.execute(text(statement), values)

        await run(
            "INSERT INTO accounts (key, channel) VALUES"
            " ('wa', 'whatsapp'), ('wa2', 'whatsapp'), ('m', 'email')"
        )
        teams = list(
            (
                await run("INSERT INTO teams (key, names) VALUES ('a', '{}'), ('b', '{}') RETURNING id")
            ).scalars()
        )
        agents = list(
            (
                await run(
                    "INSERT INTO agents (email, name, password_hash, role) VALUES ('a@x', 'A', '-', 'agent'),"
                    " ('b@x', 'B', '-', 'agent') RETURNING id"
                )
            ).scalars()
        )
        await run(
            "INSERT INTO team_members (team_id, agent_id) VALUES (:team, :agent)",
            team=teams[0],
            agent=agents[0],
        )
        contacts = [
            (
                await run(
                    "INSERT INTO contacts (language) VALUES (:language) RETURNING id", language=language
                )
            ).scalar_one()
            for language in (None, "fr", "ar")
        ]
        for number in range(150):
            status = chance.choice(STATUSES)
            await run(
                "INSERT INTO tickets (id, contact_id, owner, status, snoozed_until, priority, team_id,"
                " assignee_id, opened_at, last_message_at, waiting_since, unread, category, tags, accounts,"
                " rating)"
                " VALUES (uuidv7(), :contact, :owner, :status, :snoozed, :priority, :team, :assignee, :at,"
                " :at, :waiting, :unread, :category, :tags, :accounts, :rating)",
                contact=chance.choice(contacts),
                owner=chance.choice(("assistant", "agents")),
                status=status,
                snoozed=NOW if status == "snoozed" else None,
                priority=chance.randint(1, 4),
                team=chance.choice((None, *teams)),
                assignee=chance.choice((None, *agents)),
                at=NOW + timedelta(minutes=number % 40),
                waiting=chance.choice((None, NOW)),
                unread=chance.choice((0, 0, 3)),
                rating=chance.choice((None, None, 1, 3, 5)),
                category=chance.choice((None, *CODES)),
                tags=chance.sample(TAGS, chance.randint(0, 2)),
                accounts=chance.sample(("wa", "wa2", "m"), chance.randint(0, 2)),
            )
        await run(
            "INSERT INTO mentions (message_id, agent_id, ticket_id, by_id)"
            " SELECT uuidv7(), :agent, id, :agent FROM tickets WHERE priority = 2",
            agent=agents[0],
        )
    return agents, teams


def asked(chance: random.Random, agents: list[UUID], teams: list[UUID]) -> TicketFilter:
    """Each field asks something now and then."""
    options: dict[str, Any] = {
        "status": lambda: chance.sample((*STATUSES, "active"), 2),
        "owner": lambda: chance.choice(("assistant", "agents")),
        "priority": lambda: chance.sample((1, 2, 3, 4), 2),
        "rating": lambda: chance.sample((1, 2, 3, 5), 2),
        "assignee": lambda: chance.sample(("me", "none", agents[1]), chance.randint(1, 2)),
        "team": lambda: chance.sample(("mine", "none", teams[1]), chance.randint(1, 2)),
        "category": lambda: chance.sample((*CODES, "none"), 2),
        "channel": lambda: [chance.choice(("whatsapp", "email", "sms"))],
        "account": lambda: [chance.choice(("wa", "m"))],
        "tag": lambda: chance.sample((*TAGS, "other"), 2),
        "language": lambda: [chance.choice(("fr", "ar", "en"))],
        "unread": lambda: chance.choice((True, False)),
        "waiting": lambda: chance.choice((True, False)),
        "mentioned": lambda: chance.choice((True, False)),
        "from": lambda: NOW + timedelta(minutes=chance.randint(0, 40)),
        "to": lambda: NOW + timedelta(minutes=chance.randint(0, 40)),
    }
    return TicketFilter.model_validate(
        {name: make() for name, make in options.items() if chance.random() < 0.2}
    )


async def test_the_three_readings_agree(database: AsyncEngine) -> None:
    chance = random.Random(20261124)
    agents, teams = await fill(database, chance)
    async with database.connect() as connection:
        ids = list((await connection.execute(text("SELECT id FROM tickets"))).scalars())
        rows: dict[UUID, Row[Any]] = await tickets_by_id(connection, ids)
        mentioned = frozenset(row.id for row in rows.values() if row.priority == 2)
        index = FacetIndex()
        for row in rows.values():
            index.put(row)
        hits = 0
        for number in range(300):
            own = await reader_of(connection, agents[0], restricted=number % 2 == 0)
            reader = Reader(
                own.agent_id, own.teams, own.restricted, mentioned, own.accounts if number % 3 else None
            )
            wanted = asked(chance, agents, teams)
            expected = {
                row.id
                for row in rows.values()
                if matches(wanted, row, reader) and (reader.restricted or not row.is_restricted)
            }
            condition, values = where([wanted], reader)
            found = await connection.execute(text(f"SELECT t.id FROM tickets t WHERE {condition}"), values)
            assert set(found.scalars()) == expected, wanted
            assert TicketFilter.model_validate(wanted.as_json()) == wanted
            if wanted.from_ is None and wanted.to is None and wanted.mentioned is None:
                active = {one for one in expected if rows[one].status not in ("solved", "closed")}
                if not wanted.status or "active" in wanted.status or wanted.statuses - {"solved", "closed"}:
                    assert index.count(question(wanted, reader)) == len(active), wanted
            hits += bool(expected)
        assert hits > 100, "nearly nothing was found: the test shows nothing"


async def test_every_order_pages_without_loss(database: AsyncEngine) -> None:
    agents, _ = await fill(database, random.Random(1))
    async with database.connect() as connection:
        reader = await reader_of(connection, agents[0], restricted=True)
        for order in ("newest", "waiting", "priority", "due", "created"):
            whole = await list_tickets(connection, [TicketFilter()], reader, order=order, limit=200)
            assert len(whole.rows) == 150
            seen: list[UUID] = []
            cursor = None
            while True:
                page = await list_tickets(
                    connection, [TicketFilter()], reader, order=order, limit=7, cursor=cursor
                )
                seen += [row.id for row in page.rows]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert seen == [row.id for row in whole.rows], order


async def test_the_index_follows_its_tickets(database: AsyncEngine) -> None:
    """After any changes it is what a fresh one would be."""
    chance = random.Random(3)
    agents, teams = await fill(database, chance)
    async with database.connect() as connection:
        ids = list((await connection.execute(text("SELECT id FROM tickets"))).scalars())
        rows = list((await tickets_by_id(connection, ids)).values())
    reader = Reader(agents[0], frozenset(teams[:1]), restricted=True)
    index = FacetIndex()
    current: dict[UUID, Any] = {}
    for _ in range(1500):
        row, other = chance.choice(rows), chance.choice(rows)
        if chance.random() < 0.2:
            index.remove(row.id)
            current.pop(row.id, None)
            continue
        changed = Changed(row, other)
        index.put(changed)
        if changed.status in ("solved", "closed"):
            current.pop(row.id, None)
        else:
            current[row.id] = changed
    fresh = FacetIndex()
    for row in current.values():
        fresh.put(row)
    assert len(index) == len(fresh) == len(current)
    for _ in range(100):
        wanted = question(asked(chance, agents, teams), reader)
        assert index.count(wanted) == fresh.count(wanted)


class Changed:
    """A ticket that became like another."""

    def __init__(self, row: Any, like: Any) -> None:
        self.id = row.id
        self._like = like

    def __getattr__(self, name: str) -> Any:
        return getattr(self._like, name)


@pytest.mark.parametrize(
    "wrong", [{"status": "open,none"}, {"priority": "5"}, {"assignee": "x"}, {"tag": "a\x00"}]
)
def test_what_is_no_filter(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TicketFilter.model_validate(wrong)


async def test_names_fold_alike(database: AsyncEngine) -> None:
    chance = random.Random(5)
    alphabet = "abcXYZ éèàçÉÀôœßñابتثجحخدذرزسشصضطظعغفقكلمنهويأإآىةئؤ٠١٢٣\u064b\u064f\u0650\u0651\u0652\u0640"
    names = ["".join(chance.choices(alphabet, k=chance.randint(1, 30))) for _ in range(500)]
    async with database.connect() as connection:
        for name in names:
            # SQL keeps blanks and letters written three times: neither parts a word.
            in_sql = await connection.scalar(text("SELECT search_fold(:name)"), {"name": name})
            assert fold(str(in_sql)) == fold(name), name
