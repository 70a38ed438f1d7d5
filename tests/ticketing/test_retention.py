"""What the learning loop keeps is forgotten in time, and nothing younger with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ticketing import maintenance
from ticketing.maintenance import Maintenance


async def test_old_turns_and_answers_are_forgotten(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "AT_A_TIME", 2)
    await world.execute(
        "INSERT INTO assistant_turns (conversation_id, ticket_id, contact_id, at, text, likeness, language,"
        " outcome)"
        " SELECT uuidv7(), uuidv7(), uuidv7(), now() - make_interval(days => day), '', '', 'fr', 'answered'"
        " FROM generate_series(1, 9) AS day"
    )
    await world.execute(
        "INSERT INTO past_answers (ticket_id, message_id, language, question, likeness, answer, at)"
        " SELECT uuidv7(), uuidv7(), 'fr', '', '', '', now() - make_interval(days => day)"
        " FROM generate_series(1, 9) AS day"
    )
    await Maintenance(world.engine, timedelta(days=4, hours=12)).once()
    assert await world.one("SELECT count(*) FROM assistant_turns") == 4
    assert await world.one("SELECT count(*) FROM past_answers") == 4
