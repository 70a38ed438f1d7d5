"""Bills over HTTP, against a real server on loopback that misbehaves in every way we know."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from aiohttp import ClientSession, web
from pydantic import ValidationError
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge_base.billing.bills import Bill, ChargedLine, Payment
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.http_mapping import telephone
from knowledge_base.billing.http_source import HttpBillingSettings, HttpBillingSource
from knowledge_base.billing.source import BillingUnavailable
from knowledge_base.billing.tables import contracts, verified_identities
from knowledge_base.network.stored_places import seed_places

EXAMPLE = Path(__file__).parents[2] / "config" / "billing.yaml"
TOKEN = "a-token-of-the-tests"
PHONE = "+212661000001"
HOLDER = "Fatima Zahra Bennani"

CONTRACT = {
    "number": "2041-7731",
    "energy": "ELEC",
    "customer": {"name": HOLDER, "phone": "06 61 00 00 01"},
    "site": {"commune": "Zemamra", "tariff": "ONE"},
    "meter": {"serial": "E1"},
    "state": "A",
    "something": 1.5,
}
BILL = {
    "contract": "20417731",
    "month": "2026-10",
    "issued": "2026-11-05",
    "due": "2026-11-25",
    "total": "162.05",
    "units": 151,
    "paid": None,
    "days": 31,
    "index": {"from": 1000, "to": 1151, "kind": "R"},
    "lines": [{"code": "CONSO", "amount": "162.05", "units": 151, "unit_price": "1.0732"}],
}
PAYMENT = {
    "contract": "2041 7731",
    "date": "2026-10-17",
    "amount": "143.76",
    "channel": "PP",
    "location": "Wafacash",
}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class BillingSystem:
    """The other side: answers what the test says, and remembers what it was asked."""

    contracts: list[dict[str, Any]] = field(default_factory=lambda: [copy.deepcopy(CONTRACT)])
    bills: list[Any] = field(default_factory=lambda: [copy.deepcopy(BILL)])
    payments: list[Any] = field(default_factory=lambda: [copy.deepcopy(PAYMENT)])
    instead: Answer | None = None
    failing: int = 0  # so many answers are 500 first
    asked: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        self.tokens.append(request.headers.get("Authorization"))
        if self.failing:
            self.failing -= 1
            return web.json_response({"error": "internal"}, status=500)
        if self.instead is not None:
            return await self.instead(request)
        return self._found(request.path.strip("/").split("/"), request)

    def _found(self, parts: list[str], request: web.Request) -> web.Response:
        if parts == ["health"]:
            return web.json_response({"up": True})
        if parts == ["contracts"]:
            return web.json_response({"items": self.contracts})
        if parts[1].replace("-", "") != "20417731":
            return web.json_response({"error": "unknown"}, status=404)
        if len(parts) == 2:
            return web.json_response(self.contracts[0])
        return web.json_response({"items": getattr(self, parts[2])})


@pytest.fixture
async def system() -> BillingSystem:
    return BillingSystem()


@pytest.fixture
async def address(system: BillingSystem) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{path:.*}", system.answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    system.released.set()
    await runner.cleanup()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def described(address: str, **changes: Any) -> HttpBillingSettings:
    document = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    return HttpBillingSettings.model_validate({**document, "base_url": address, **changes})


@pytest.fixture
async def source(database: AsyncEngine, address: str, clock: Clock) -> AsyncIterator[HttpBillingSource]:
    async with database.begin() as connection:
        await seed_places(connection, with_demonstration=False)
    async with ClientSession() as http:
        yield HttpBillingSource(http, database.begin, described(address), TOKEN, clock=clock)


async def the_contract(source: HttpBillingSource) -> Contract:
    contract = await source.contract_by_reference("20417731")
    assert contract is not None
    return contract


async def test_contracts_bills_and_payments(source: HttpBillingSource, system: BillingSystem) -> None:
    (contract,) = await source.contracts_of_phone(PHONE)
    assert (contract.reference, contract.service, contract.zone, contract.commune_id, contract.status) == (
        "2041-7731", "electricity", "onee", "zemamra", "active",
    )  # fmt: skip
    assert (contract.registered_phone, contract.holder_name) == (PHONE, HOLDER)
    (bill,) = await source.bills(contract, limit=24)
    assert bill == Bill(
        id=None,
        contract_id=contract.id,
        period=date(2026, 10, 1),
        issued_on=date(2026, 11, 5),
        due_on=date(2026, 11, 25),
        amount_centimes=162_05,
        consumption=151,
        lines=(ChargedLine("consumption", 162_05, 151, Decimal("1.0732")),),
        paid_at=None,
        days=31,
        previous_index=1000,
        new_index=1151,
        reading="read",
    )
    assert await source.payments(contract, limit=4) == [
        Payment(datetime(2026, 10, 17, 12, tzinfo=UTC), 143_76, "partner", "Wafacash")
    ]
    assert set(system.tokens) == {f"Bearer {TOKEN}"}
    assert system.asked == [
        "/contracts?phone=%2B212661000001",
        "/contracts/2041%2D7731/bills?limit=24",
        "/contracts/2041%2D7731/payments?limit=4",
    ]
    assert (await source.probe()).endswith(" answers")


async def test_a_contract_keeps_its_id_and_follows_its_system(
    source: HttpBillingSource, system: BillingSystem, database: AsyncEngine
) -> None:
    first = await the_contract(source)
    async with database.begin() as connection:
        moment = datetime(2026, 11, 24, tzinfo=UTC)
        await connection.execute(
            insert(verified_identities).values(
                identity_id=UUID(int=7),
                contract_id=first.id,
                method="code",
                verified_at=moment,
                expires_at=moment + timedelta(hours=1),
            )
        )
    system.contracts[0]["state"] = "C"
    again = await source.contract_by_id(first.id)
    assert again is not None
    assert (again.id, again.status) == (first.id, "cut_off")
    async with database.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(verified_identities)) == 1
    system.contracts[0]["customer"]["phone"] = "+212 699 99 99 99"
    moved = await source.contract_by_id(first.id)
    assert moved is not None
    assert moved.registered_phone == "+212699999999"
    async with database.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(contracts)) == 1
        assert await connection.scalar(select(func.count()).select_from(verified_identities)) == 0


async def test_what_does_not_exist_is_nothing(source: HttpBillingSource, system: BillingSystem) -> None:
    assert await source.contract_by_reference("99999999") is None
    assert await source.contract_by_reference("--") is None
    assert await source.contract_by_id(UUID(int=9)) is None
    system.contracts = []
    assert await source.contracts_of_phone(PHONE) == []


@pytest.mark.parametrize(
    "reference", ["../../admin", "20417731/bills", "a?b=c", "%2e%2e%2f", "' OR 1=1 --", "٢٠٤١٧٧٣١"]
)
async def test_a_reference_never_becomes_another_question(
    source: HttpBillingSource, system: BillingSystem, reference: str
) -> None:
    await source.contract_by_reference(reference)
    (asked,) = system.asked
    assert asked.startswith("/contracts/")
    assert asked.count("/") == 2
    assert "?" not in asked
    assert ".." not in asked


async def answering(status: int = 200, body: bytes = b"{}", **headers: str) -> web.Response:
    return web.Response(status=status, body=body, headers=headers, content_type="application/json")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (503, b"down"),
        (401, b"{}"),
        (403, b"{}"),
        (429, b"{}"),
        (204, b""),
        (200, b""),
        (200, b"<html>maintenance</html>"),
        (200, b'{"items": '),
        (200, b'{"items": NaN}'),
        (200, b"[" * 100_000),
        (200, b'{"items": {"number": "1"}}'),
        (200, b'{"items": "20417731"}'),
        (200, b'{"items": [7]}'),
        (200, b'{"items": [null]}'),
        (200, b'{"other": []}'),
        (200, b"\xff\xfe"),
        (200, b'{"items": "' + b"x" * 1_100_000 + b'"}'),
    ],
)
async def test_what_cannot_be_trusted_is_unavailable(
    source: HttpBillingSource, system: BillingSystem, status: int, body: bytes
) -> None:
    contract = await the_contract(source)

    async def instead(request: web.Request) -> web.StreamResponse:
        return await answering(status, body)

    system.instead = instead
    for question in (source.contracts_of_phone(PHONE), source.bills(contract, limit=2)):
        with pytest.raises(BillingUnavailable) as caught:
            await question
        assert PHONE[4:] not in str(caught.value)
        assert "20417731" not in str(caught.value)


async def test_another_place_is_not_given_our_token(source: HttpBillingSource, system: BillingSystem) -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse:
        return await answering(302, b"", Location="/health")

    system.instead = elsewhere
    with pytest.raises(BillingUnavailable):
        await source.probe()
    assert set(system.asked) == {"/health"}
    assert len(system.asked) == 2, "its two attempts, and nothing followed"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("total",), 162.05),
        (("total",), 16205),
        (("total",), "162,05"),
        (("total",), "162.055"),
        (("total",), "-1.00"),
        (("total",), "1e30"),
        (("total",), "NaN"),
        (("total",), None),
        (("total",), True),
        (("units",), -1),
        (("units",), 1.5),
        (("units",), "many"),
        (("units",), None),
        (("units",), 10**12),
        (("month",), "octobre"),
        (("month",), None),
        (("due",), "2026-13-01"),
        (("due",), 25112026),
        (("contract",), "33070914"),
        (("contract",), None),
        (("index", "kind"), "Z"),
        (("index", "to"), "?"),
        (("days",), 0),
        (("carried_forward",), "perhaps"),
        (("lines",), 7),
        (("lines",), None),
        (("lines",), {"code": "CONSO"}),
        (("lines", 0), "CONSO"),
        (("lines", 0, "amount"), 162.05),
        (("lines", 0, "unit_price"), 1.0732),
    ],
)
async def test_half_a_bill_is_no_bill(
    source: HttpBillingSource, system: BillingSystem, path: tuple[Any, ...], value: Any
) -> None:
    contract = await the_contract(source)
    place: Any = system.bills[0]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(BillingUnavailable, match=r"bills: bill\b") as caught:
        await source.bills(contract, limit=2)
    assert "162" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("number",), None),
        (("number",), "--"),
        (("energy",), "GAZ"),
        (("energy",), None),
        (("customer", "name"), None),
        (("customer", "name"), "x" * 300),
        (("customer", "name"), "a\u202eb"),
        (("customer", "phone"), "0699999999"),
        (("customer", "phone"), ["0661000001"]),
        (("site", "commune"), "Atlantis"),
        (("site", "tariff"), "XYZ"),
        (("state",), "?"),
    ],
)
async def test_a_malformed_contract_is_unavailable_and_not_stored(
    source: HttpBillingSource, system: BillingSystem, database: AsyncEngine, path: tuple[str, ...], value: Any
) -> None:
    place: Any = system.contracts[0]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(BillingUnavailable) as caught:
        await source.contracts_of_phone(PHONE)
    assert HOLDER not in str(caught.value)
    async with database.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(contracts)) == 0


@pytest.mark.parametrize(
    ("name", "value"), [("amount", "0"), ("amount", "-5.00"), ("date", None), ("date", "x")]
)
async def test_a_malformed_payment_is_unavailable(
    source: HttpBillingSource, system: BillingSystem, name: str, value: Any
) -> None:
    contract = await the_contract(source)
    system.payments[0][name] = value
    with pytest.raises(BillingUnavailable):
        await source.payments(contract, limit=2)


async def test_two_bills_of_one_month_cannot_be_trusted(
    source: HttpBillingSource, system: BillingSystem
) -> None:
    contract = await the_contract(source)
    system.bills.append({**BILL, "total": "1.00"})
    with pytest.raises(BillingUnavailable):
        await source.bills(contract, limit=2)


async def test_a_slow_answer_is_unavailable(
    database: AsyncEngine, address: str, system: BillingSystem, clock: Clock
) -> None:
    async def never(request: web.Request) -> web.StreamResponse:
        await system.released.wait()
        return await answering()

    system.instead = never
    async with ClientSession() as http:
        source = HttpBillingSource(http, database.begin, described(address, deadline=0.05), clock=clock)
        with pytest.raises(BillingUnavailable, match="within"):
            await source.probe()
    assert source.slowest_answer == 0.05
    assert len(system.asked) == 1, "the deadline is for all attempts together"


async def test_a_dropped_connection_and_half_an_answer_are_unavailable(
    source: HttpBillingSource, system: BillingSystem
) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"items":')
        assert request.transport is not None
        request.transport.close()
        return response

    system.instead = half
    with pytest.raises(BillingUnavailable):
        await source.contracts_of_phone(PHONE)


async def test_nobody_there_is_unavailable(database: AsyncEngine, clock: Clock) -> None:
    async with ClientSession() as http:
        source = HttpBillingSource(http, database.begin, described("http://127.0.0.1:1"), clock=clock)
        with pytest.raises(BillingUnavailable):
            await source.contract_by_reference("20417731")


async def test_one_failure_is_tried_again(source: HttpBillingSource, system: BillingSystem) -> None:
    system.failing = 1
    assert await source.contract_by_reference("20417731") is not None
    assert len(system.asked) == 2


async def test_a_system_that_keeps_failing_is_left_alone_and_asked_again_later(
    source: HttpBillingSource, system: BillingSystem, clock: Clock
) -> None:
    system.failing = 1000
    for _ in range(5):
        with pytest.raises(BillingUnavailable):
            await source.probe()
    asked = len(system.asked)
    with pytest.raises(BillingUnavailable, match="not asked"):
        await source.probe()
    assert len(system.asked) == asked
    system.failing = 0
    clock.now += 11
    await source.probe()
    assert await source.contract_by_reference("20417731") is not None


async def test_one_malformed_contract_does_not_stop_the_others(
    source: HttpBillingSource, system: BillingSystem
) -> None:
    good = copy.deepcopy(system.contracts[0])
    system.contracts[0]["energy"] = "GAZ"
    for _ in range(10):
        with pytest.raises(BillingUnavailable, match="contract"):
            await source.contract_by_reference("20417731")
    system.contracts[0] = good
    assert await source.contract_by_reference("20417731") is not None


@pytest.mark.parametrize(
    "url", ["http://billing.example", "ftp://127.0.0.1", "billing.example", "", "http://127.0.0.1.example"]
)
def test_bills_cross_a_network_encrypted_or_not_at_all(url: str) -> None:
    with pytest.raises(ValidationError):
        described(url)


@pytest.mark.parametrize("url", ["https://billing.example/api/", "http://localhost:9", "http://[::1]:9"])
def test_addresses_that_are_good(url: str) -> None:
    assert described(url).base_url == url.rstrip("/")


async def test_amounts_in_centimes(database: AsyncEngine, address: str, system: BillingSystem) -> None:
    document = yaml.safe_load(EXAMPLE.read_text("utf-8"))["answers"] | {"amounts": "centimes"}
    async with database.begin() as connection:
        await seed_places(connection, with_demonstration=False)
    async with ClientSession() as http:
        source = HttpBillingSource(http, database.begin, described(address, answers=document))
        contract = await the_contract(source)
        system.bills[0] |= {"total": 16205, "lines": []}
        (bill,) = await source.bills(contract, limit=1)
        assert bill.amount_centimes == 162_05
        for wrong in ("162.05", 162.0, True):
            system.bills[0]["total"] = wrong
            with pytest.raises(BillingUnavailable):
                await source.bills(contract, limit=1)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0661000001", "+212661000001"),
        ("06.61.00.00.01", "+212661000001"),
        ("+212 661 000 001", "+212661000001"),
        ("00212661000001", "+212661000001"),
        ("212661000001", "+212661000001"),
        ("661000001", "+212661000001"),
        ("12", None),
        ("", None),
        ("+1234567890123456789", None),
    ],
)
def test_telephones(written: str, number: str | None) -> None:
    assert telephone(written, "212") == number
