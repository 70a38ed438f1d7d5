"""Old remains of composers go; words that nobody sent stay."""

from __future__ import annotations

from typing import Any

from ticketing.maintenance import Maintenance


async def test_unsent_words_stay_for_ever(world: Any) -> None:
    await world.write()
    ticket_id = await world.one("SELECT id FROM tickets")
    for name, words in (("Salma", ""), ("Nadia", "Bonjour")):
        await world.execute(
            "INSERT INTO drafts (agent_id, ticket_id, mode, reply, note, changed_at)"
            " VALUES (:agent, :ticket, 'reply', :words, '', now() - interval '1 year')",
            agent=world.agents[name],
            ticket=ticket_id,
            words=words,
        )
    for state in ("waiting", "held", "sent", "cancelled"):
        await world.execute(
            "INSERT INTO scheduled_replies (client_id, ticket_id, conversation_id, agent_id, text, send_at,"
            " seen_position, state, updated_at) VALUES (uuidv7(), :ticket, :ticket, :agent, 'x', now(), 0,"
            " :state, now() - interval '1 year')",
            ticket=ticket_id,
            agent=world.agents["Salma"],
            state=state,
        )
    await Maintenance(world.engine).once()
    assert await world.one("SELECT reply FROM drafts") == "Bonjour"
    rows = await world.rows("SELECT state FROM scheduled_replies ORDER BY state")
    assert [row[0] for row in rows] == ["held", "waiting"]
