"""Lists that grow: pages join without gap, and a cursor of another list is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticketing.web.office import Office, Person


@pytest.fixture
async def supervisor(office: Office) -> Person:
    return await office.person("supervisor", "Nadia")


async def walked(person: Person, path: str, key: str) -> list[Any]:
    """Every row of a list, two at a time."""
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await person.get(f"{path}?limit=2&cursor={cursor}")
        assert len(page[key]) <= 2
        rows += page[key]
        cursor = page["next_cursor"]
    return rows


async def test_outages(office: Office, supervisor: Person) -> None:
    for number in range(5):
        body = {"service": "water", "areas": [{"feeder": f"ST-{number}"}]}
        if number % 2:
            body["starts_at"] = "2026-11-20T08:00:00Z"  # two of one moment
        await supervisor.post("/outages", body, expect=201)
    rows = await walked(supervisor, "/outages", "outages")
    assert [row["id"] for row in rows] == [row["id"] for row in (await supervisor.get("/outages"))["outages"]]
    assert len({row["id"] for row in rows}) == 5


async def test_examples(office: Office, supervisor: Person) -> None:
    await office.run(
        "INSERT INTO training_examples (text, language, intent, created_at) SELECT 'q' || n, 'fr', 'leak',"
        " timestamptz '2026-11-01 08:00Z' + n / 2 * interval '1 hour' FROM generate_series(1, 5) n"
    )
    rows = await walked(supervisor, "/learning/examples", "examples")
    assert [row["text"] for row in rows][-1] == "q1"
    assert sorted(row["text"] for row in rows) == ["q1", "q2", "q3", "q4", "q5"]


async def test_a_cursor_of_another_list(office: Office, supervisor: Person) -> None:
    for number in range(2):
        body = {"service": "water", "areas": [{"feeder": f"ST-{number}"}]}
        await supervisor.post("/outages", body, expect=201)
    cursor = (await supervisor.get("/outages?limit=1"))["next_cursor"]
    for path in ("/learning/examples", "/articles", "/failed_events", "/network/payment_points"):
        administrator = await office.person("administrator", path[1:].replace("/", "-"))
        refused = await administrator.get(f"{path}?cursor={cursor}", expect=422)
        assert refused["fields"] == {"cursor": "unreadable"}
