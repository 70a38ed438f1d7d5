"""What a customer agreed to hear from us, and what not (law 09-08: by purpose, and open to opposition)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.customer.contact import lock_contact, of_person, record
from ticketing.desk import Desk

Purpose = Literal["outage_notices", "satisfaction_surveys", "campaigns"]
State = Literal["granted", "refused"]
Source = Literal["message", "call", "agency", "letter", "form"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)

REFUSED: Final = "refused"  # why something was not said

# The newest word of a person on each purpose, for a channel or for all.
_CONSENTS: Final = of_person(
    "SELECT DISTINCT ON (c.purpose, c.channel) c.purpose, c.channel, c.state, c.source, c.at,"
    " c.agent_id, a.name AS agent_name FROM contact_consents c JOIN person p ON p.id = c.contact_id"
    " LEFT JOIN agents a ON a.id = c.agent_id ORDER BY c.purpose, c.channel NULLS FIRST, c.at DESC"
)
_SAVE: Final = text(
    "WITH before AS (SELECT state FROM contact_consents WHERE contact_id = :contact_id"
    "  AND purpose = :purpose AND channel IS NOT DISTINCT FROM CAST(:channel AS text))"
    " INSERT INTO contact_consents (contact_id, purpose, channel, state, source, agent_id, at)"
    " VALUES (:contact_id, :purpose, CAST(:channel AS text), :state, :source, :agent_id, :at)"
    " ON CONFLICT (contact_id, purpose, channel) DO UPDATE SET state = excluded.state,"
    "  source = excluded.source, agent_id = excluded.agent_id, at = excluded.at"
    " RETURNING (SELECT state FROM before) AS before"
)
# The newest word of a conversation's customer on a purpose, for its channel or for all.
_REFUSALS: Final = text(
    "WITH RECURSIVE asked AS (SELECT v.id, v.identity_id, i.channel, i.contact_id FROM conversations v"
    "  JOIN identities i ON i.id = v.identity_id WHERE v.id = ANY(CAST(:ids AS uuid[]))),"
    " person AS (SELECT a.id, a.channel, a.contact_id FROM asked a"
    "  UNION SELECT p.id, p.channel, c.id FROM contacts c JOIN person p ON c.merged_into_id = p.contact_id)"
    " SELECT DISTINCT ON (p.id) p.id, c.state, c.at FROM person p"
    " JOIN contact_consents c ON c.contact_id = p.contact_id AND c.purpose = :purpose"
    "  AND (c.channel IS NULL OR c.channel = p.channel) ORDER BY p.id, c.at DESC"
)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a customer said. `channel` None: for all of them."""

    purpose: Purpose
    channel: str | None
    state: State
    source: Source


async def consents_of(connection: AsyncConnection, contact_id: UUID) -> Sequence[Row[Any]]:
    """The newest word on each purpose and channel on which something was said."""
    return (await connection.execute(_CONSENTS, {"contact_id": contact_id})).all()


async def save_consent(desk: Desk, contact_id: UUID, consent: Consent, agent_id: UUID) -> None:
    """Keep what the customer said. NotFound, Conflict as `lock_contact`."""
    async with desk.transaction() as transaction:
        connection = transaction.connection
        await lock_contact(connection, contact_id)
        values = {
            "contact_id": contact_id,
            "agent_id": agent_id,
            "at": transaction.now,
            "purpose": consent.purpose,
            "channel": consent.channel,
            "state": consent.state,
            "source": consent.source,
        }
        before = (await connection.execute(_SAVE, values)).scalar_one()
        told = {
            "purpose": consent.purpose,
            "channel": consent.channel,
            "from": before,
            "to": consent.state,
            "source": consent.source,
        }
        await record(transaction, "contact.consent_changed", contact_id, agent_id, told)


async def refusals(
    connection: AsyncConnection, purpose: Purpose, conversation_ids: Sequence[UUID]
) -> dict[UUID, Any]:
    """When the customers of these conversations refused a purpose on their channel; absent: they did not."""
    if not conversation_ids:
        return {}
    values = {"ids": list(conversation_ids), "purpose": purpose}
    rows = await connection.execute(_REFUSALS, values)
    return {row.id: row.at for row in rows if row.state == "refused"}
