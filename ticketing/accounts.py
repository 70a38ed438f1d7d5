"""The configured accounts as the desk knows them: which channel, and what it can carry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Capabilities
from ticketing.desk import Desk, Event
from ticketing.errors import NotFound


@dataclass(frozen=True, slots=True)
class Account:
    """One address of ours on a channel. `key` is what URLs, messages and rows name."""

    key: str
    channel: str
    capabilities: Capabilities


Accounts = Mapping[str, Account]


async def register_accounts(connection: AsyncConnection, accounts: Iterable[Account]) -> None:
    """Make a row for every configured account; a paused one stays paused. Repeatable, run at start."""
    rows = json.dumps([{"key": account.key, "channel": account.channel} for account in accounts])
    statement = text(
        "INSERT INTO accounts (key, channel)"
        " SELECT key, channel FROM json_to_recordset(CAST(:rows AS json)) AS r(key text, channel"
        " text) ORDER BY key"
        " ON CONFLICT (key) DO UPDATE SET channel = excluded.channel WHERE accounts.channel <>"
        " excluded.channel"
    )
    await connection.execute(statement, {"rows": rows})


async def resume_account(desk: Desk, key: str, agent_id: UUID | None = None) -> None:
    """Send again on an account that its provider had rejected. NotFound when there is no such account."""
    async with desk.transaction() as transaction:
        state = (
            await transaction.connection.execute(
                text("SELECT state FROM accounts WHERE key = :key FOR UPDATE"), {"key": key}
            )
        ).scalar_one_or_none()
        if state is None:
            raise NotFound("account_unknown", f"There is no account {key}.")
        if state == "active":
            return
        await transaction.connection.execute(
            text(
                "UPDATE accounts SET state = 'active', state_reason = NULL, state_at = now() WHERE key = :key"
            ),
            {"key": key},
        )
        transaction.record(Event("account.resumed", "agent", data={"account": key}, actor_id=agent_id))
        transaction.wake("send")
