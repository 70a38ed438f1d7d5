"""What is known of a customer beside his tickets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ticketing.customer import consents
from ticketing.web.schemas.common import Answer, BothNames, Person


class ContractVerification(Answer):
    """`until`: None while the channel itself vouches for the telephone."""

    how: Literal["code", "agent", "attested"]
    at: datetime | None
    until: datetime | None
    valid: bool


class ContractLink(Answer):
    agent: Person | None
    at: datetime
    reason: str


class BillTold(Answer):
    """`period`: the first day of its month."""

    period: date
    amount_centimes: int
    due_on: date
    is_paid: bool
    paid_at: datetime | None


class BalanceTold(Answer):
    amount_centimes: int
    unpaid_bills: int
    due_on: date | None


class ContractBilling(Answer):
    state: Literal["ok", "unavailable"]
    last_bill: BillTold | None
    balance: BalanceTold | None


class CustomerContract(Answer):
    """`holder`: whole only while the verification is valid."""

    id: UUID
    reference: str
    service: str
    holder: str
    commune: BothNames | None
    zone: str
    status: str
    verification: ContractVerification | None
    link: ContractLink | None
    billing: ContractBilling


class CustomerContracts(Answer):
    """`by_phone`: whether contracts of the telephone that the channel vouches for could be asked for."""

    contracts: list[CustomerContract]
    by_phone: Literal["ok", "unavailable"]


class ZoneOutage(Answer):
    """`surely`: the whole place; else some quarters, named in `names`. `sentences`: by language."""

    id: UUID
    service: str
    is_planned: bool
    phase: str
    surely: bool
    names: BothNames
    starts_at: datetime
    estimated_at: datetime | None
    sentences: dict[str, str]


class ZoneStop(Answer):
    """`moved`: elsewhere or at other hours than usual."""

    names: BothNames
    starts_at: datetime
    ends_at: datetime
    van: str
    moved: bool
    sentences: dict[str, str]


class CustomerZone(Answer):
    commune_id: str
    names: BothNames
    source: Literal["contract", "handover"]
    outages: list[ZoneOutage]
    next_stop: ZoneStop | None


class CustomerPlaces(Answer):
    zones: list[CustomerZone]


class ContactConsent(Answer):
    """`state` is None where nothing was said."""

    purpose: consents.Purpose
    channel: str | None
    state: consents.State | None
    source: consents.Source | None
    at: datetime | None
    agent: Person | None


class ContactConsents(Answer):
    consents: list[ContactConsent]


class ContactNote(Answer):
    id: UUID
    text: str
    agent: Person | None
    created_at: datetime
    changed_at: datetime | None


class ContactNotes(Answer):
    """Newest first."""

    notes: list[ContactNote]
