"""What the actions are given by the application: a database, a clock, and two ways to reach out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import Language
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.source import BillingSource

SendCode = Callable[[AsyncConnection, Contract, str, str, Language], Awaitable[None]]
"""Queue a one-time code: (connection, contract, telephone in E.164, code, language). No network call here."""

RecordEvent = Callable[[AsyncConnection, str, UUID, Mapping[str, Any]], Awaitable[None]]
"""Write an event: (connection, type, conversation's id, data)."""


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A ticket of the customer's as he may hear of it. `status` is "new", "open" or "closed".

    `promised_at` is when the next thing is due by the desk's own targets.
    """

    number: str
    status: str
    category: str | None
    opened_at: datetime
    closed_at: datetime | None = None
    promised_at: datetime | None = None


FindTickets = Callable[[AsyncConnection, UUID, str | None], Awaitable[Sequence[KnownTicket]]]
"""Tickets with people, newest first: (connection, identity's id, number or None for all).

Only the tickets of the identity's own contact: a number alone opens nobody else's.
"""


async def no_tickets(
    connection: AsyncConnection, identity_id: UUID, number: str | None
) -> Sequence[KnownTicket]:
    """What a desk without tickets knows."""
    return ()


@dataclass(frozen=True, slots=True)
class Services:
    """`connection()` opens a transaction that commits when its block ends well; `clock()` is aware UTC."""

    connection: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    clock: Callable[[], datetime]
    timezone: ZoneInfo
    send_code: SendCode
    record_event: RecordEvent
    billing: BillingSource
    find_tickets: FindTickets = no_tickets
    public_url: str = ""  # of this installation ("https://…"), for addresses that customers are sent
