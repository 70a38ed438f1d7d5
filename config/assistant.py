"""The meeting point of assistant, bills and outbox: what the assistant's actions are given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.services import KnownTicket, Services
from bot.contract import Handover, HandoverReason, Language, Reply, Turn
from bot.language import choose
from channels.envelope import Content, Kind, Template
from config.accounts import CodeDelivery
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.source import BillingSource
from ticketing.accounts import Accounts
from ticketing.announcements import template_language
from ticketing.desk import Desk, Event, Transaction, utc_now
from ticketing.known_tickets import known_tickets
from ticketing.notices import send_notice


class NoAssistant:
    """Stands where no assistant is configured: every turn goes to people, who are told why."""

    async def reply(self, turn: Turn) -> Reply:
        text = " ".join(message.text for message in turn.messages)
        return Reply(
            handover=Handover(HandoverReason.NOT_READY, detail="No assistant is configured."),
            language=Language(choose(text, turn.language)),
        )

    async def forget(self, conversation_id: UUID) -> None:
        return None

    async def ready(self) -> bool:
        return False


class CodesUnavailable(Exception):
    """No account is configured to send one-time codes from."""


class ActionServices:
    """Gives an action one transaction of the desk in which to read records, send a code and write events."""

    def __init__(
        self,
        desk: Desk,
        zone: ZoneInfo,
        accounts: Accounts,
        codes: CodeDelivery | None,
        billing: BillingSource,
    ) -> None:
        self._desk = desk
        self._zone = zone
        self._accounts = accounts
        self._codes = codes
        self._billing = billing
        self._open: dict[int, Transaction] = {}  # by id of the connection the action was given

    def services(self) -> Services:
        return Services(
            connection=self._connection,
            clock=utc_now,
            timezone=self._zone,
            send_code=self._send_code,
            record_event=self._record_event,
            billing=self._billing,
            find_tickets=find_tickets,
        )

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        async with self._desk.transaction() as transaction:
            self._open[id(transaction.connection)] = transaction
            try:
                yield transaction.connection
            finally:
                del self._open[id(transaction.connection)]

    async def _send_code(
        self, connection: AsyncConnection, contract: Contract, phone: str, code: str, language: Language
    ) -> None:
        if self._codes is None or self._codes.account not in self._accounts:
            raise CodesUnavailable("accounts.yaml names no working account under `codes`.")
        template = Template(
            self._codes.template, template_language(language), parameters=(code,), one_time_code=code
        )
        await send_notice(
            self._open[id(connection)],
            self._accounts[self._codes.account],
            phone.lstrip("+"),  # as the provider of a telephone's channel writes it
            Content(kind=Kind.TEMPLATE, text=code, template=template, extra={"secret": True}),
            language,
        )

    async def _record_event(
        self, connection: AsyncConnection, kind: str, conversation_id: UUID, data: Mapping[str, Any]
    ) -> None:
        transaction = self._open[id(connection)]
        place = await _place_of(connection, conversation_id)
        transaction.record(Event(kind, "assistant", conversation_id=conversation_id, data=data, **place))


async def find_tickets(
    connection: AsyncConnection, identity_id: UUID, number: str | None
) -> Sequence[KnownTicket]:
    """What a customer may hear of his requests."""
    return tuple(
        KnownTicket(
            row.number, row.status, row.category, row.opened_at, row.closed_at, promised_at=row.promised_at
        )
        for row in await known_tickets(connection, identity_id, number)
    )


async def _place_of(connection: AsyncConnection, conversation_id: UUID) -> dict[str, UUID]:
    """The ticket and contact a conversation belongs to now."""
    row = (
        await connection.execute(
            text(
                "SELECT c.ticket_id, i.contact_id FROM conversations c"
                " JOIN identities i ON i.id = c.identity_id WHERE c.id = :id"
            ),
            {"id": conversation_id},
        )
    ).one_or_none()
    return {} if row is None else {"ticket_id": row.ticket_id, "contact_id": row.contact_id}
