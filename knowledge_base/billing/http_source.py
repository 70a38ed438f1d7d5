"""Contracts, bills and payments from a billing system's REST interface.

Every look-up is a GET with one deadline over its attempts; what fails, is late or cannot be trusted is
`BillingUnavailable`. Contracts are written to our own table, because one-time codes and verified identities
refer to them; bills and payments are never kept, so that no stale amount can be told.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import BaseModel, ConfigDict, Field, field_validator
from yarl import URL

from knowledge_base.billing.bills import Bill, Payment
from knowledge_base.billing.contracts import Contract, contract_by_id, lookup_key
from knowledge_base.billing.http_mapping import AnswerShape, Malformed, Record, found, records
from knowledge_base.billing.http_records import bill_of, contract_values, payment_of
from knowledge_base.billing.source import BillingUnavailable, Connect
from knowledge_base.billing.stored_contracts import store_contracts
from knowledge_base.breaker import CircuitBreaker

log = structlog.get_logger(__name__)

_LARGEST_ANSWER = 1024 * 1024  # bytes
_MOST_CONTRACTS = 50  # of one telephone


class Call(BaseModel):
    """One question: `path` and `query` may hold {phone}, {reference} and {limit}; `found` is where in the
    answer the object or list stands. A status in `missing` means that there is none."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, Field(pattern=r"/.*")]
    query: dict[str, str] = Field(default_factory=dict)
    found: str = ""
    missing: tuple[int, ...] = (404,)


class HttpBillingSettings(BaseModel):
    """How to ask the billing system (docs/billing.md). `deadline` and `pause` are in seconds."""

    model_config = ConfigDict(extra="forbid")

    base_url: str
    token_header: str = "Authorization"  # noqa: S105 (the name of a header)
    token_prefix: str = "Bearer "  # noqa: S105 (not a secret)
    headers: dict[str, str] = Field(default_factory=dict)
    deadline: Annotated[float, Field(gt=0, le=2)] = 0.9
    attempts: Annotated[int, Field(ge=1, le=3)] = 2
    failures: Annotated[int, Field(ge=1)] = 5
    pause: Annotated[float, Field(gt=0)] = 10.0
    probe: Call
    contracts_of_phone: Call
    contract_by_reference: Call
    bills: Call
    payments: Call
    answers: AnswerShape

    @field_validator("base_url")
    @classmethod
    def encrypted(cls, url: str) -> str:
        """Bills cross a network encrypted or not at all."""
        parts = urlsplit(url)
        if not parts.hostname or parts.scheme not in {"http", "https"}:
            raise ValueError("an address like https://billing.example is expected")
        if parts.scheme != "https" and not _is_loopback(parts.hostname):
            raise ValueError("https is required outside this machine")
        return url.rstrip("/")


class _Failed(Exception):
    """An attempt failed in a way that another one may not."""


class HttpBillingSource:
    """Implements `BillingSource`. `connect` opens a transaction on our database for the contracts' rows."""

    def __init__(
        self,
        http: ClientSession,
        connect: Connect,
        settings: HttpBillingSettings,
        token: str | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._connect = connect
        self._settings = settings
        self._shape = settings.answers
        self._headers = {"Accept": "application/json", **settings.headers}
        if token is not None:
            self._headers[settings.token_header] = settings.token_prefix + token
        self._breaker = CircuitBreaker(settings.failures, settings.pause, clock)
        self.slowest_answer = settings.deadline

    async def contracts_of_phone(self, phone: str) -> Sequence[Contract]:
        content = await self._ask("contracts_of_phone", phone=phone)
        if content is None:
            return []
        with _trusted("contracts_of_phone"):
            given = records(content, "contract", self._shape.amounts)[:_MOST_CONTRACTS]
            rows = [contract_values(record, self._shape) for record in given]
            if any(row["registered_phone"] != phone for row in rows):
                raise Malformed("contract.phone: the telephone asked for is expected.")
        stored = await self._store(rows)
        return sorted(stored, key=lambda contract: (contract.status == "closed", contract.reference))

    async def contract_by_reference(self, reference: str) -> Contract | None:
        asked = "".join(character for character in reference if character.isalnum())
        return await self._contract(asked) if asked else None

    async def _contract(self, reference: str) -> Contract | None:
        content = await self._ask("contract_by_reference", reference=reference)
        if content is None:
            return None
        with _trusted("contract_by_reference"):
            row = contract_values(Record.of(content, "contract", self._shape.amounts), self._shape)
        (contract,) = await self._store([row])
        return contract

    async def contract_by_id(self, contract_id: UUID) -> Contract | None:
        async with self._connect() as connection:
            known = await contract_by_id(connection, contract_id)
        current = None if known is None else await self._contract(known.reference)
        return current if current is not None and current.id == contract_id else None

    async def bills(self, contract: Contract, *, limit: int) -> Sequence[Bill]:
        given = await self._records_of("bills", contract, "bill", limit)
        with _trusted("bills"):
            for record in given:
                _same_contract(record, self._shape.bill.contract, contract)
            bills = [bill_of(record, self._shape, contract.id) for record in given]
            if len({bill.period for bill in bills}) != len(bills):
                raise Malformed("bill.period: one bill a month is expected.")
        return sorted(bills, key=lambda bill: bill.period, reverse=True)[:limit]

    async def payments(self, contract: Contract, *, limit: int) -> Sequence[Payment]:
        given = await self._records_of("payments", contract, "payment", limit)
        with _trusted("payments"):
            for record in given:
                _same_contract(record, self._shape.payment.contract, contract)
            payments = [payment_of(record, self._shape) for record in given]
        return sorted(payments, key=lambda payment: payment.paid_at, reverse=True)[:limit]

    async def probe(self) -> str:
        status, _ = await self._get("probe", {})
        if status != HTTPStatus.OK:
            raise _unavailable("probe", f"status {status}")
        return f"{self._settings.base_url} answers"

    async def _records_of(self, call: str, contract: Contract, where: str, limit: int) -> list[Record]:
        content = await self._ask(call, reference=contract.reference, limit=str(limit))
        if content is None:
            return []
        with _trusted(call):
            return records(content, where, self._shape.amounts)

    async def _store(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Contract]:
        async with self._connect() as connection:
            return await store_contracts(connection, rows)

    async def _ask(self, name: str, **values: str) -> Any:
        """Return what stands at the call's place in the answer, None where they have nothing."""
        call: Call = getattr(self._settings, name)
        status, body = await self._get(name, values)
        if status in call.missing:
            return None
        with _trusted(name):
            content = found(_parsed(body), call.found)
            if content is None:
                raise Malformed(f"the answer: something at {call.found or 'its root'} is expected.")
            return content

    async def _get(self, name: str, values: Mapping[str, str]) -> tuple[int, bytes]:
        """Ask with every attempt there is; raises `BillingUnavailable` when none of them answers in time."""
        call: Call = getattr(self._settings, name)
        if not self._breaker.allows():
            raise BillingUnavailable(f"{name}: not asked, it failed several times in a row.")
        try:
            async with asyncio.timeout(self._settings.deadline):
                answer = await self._attempts(call, values)
        except TimeoutError:
            self._breaker.failed()
            raise _unavailable(name, f"no answer within {self._settings.deadline:g} seconds") from None
        except _Failed as reason:
            self._breaker.failed()
            raise _unavailable(name, str(reason)) from None
        except BaseException:
            self._breaker.left()
            raise
        self._breaker.succeeded()
        return answer

    async def _attempts(self, call: Call, values: Mapping[str, str]) -> tuple[int, bytes]:
        for left in range(self._settings.attempts - 1, -1, -1):
            try:
                return await self._attempt(call, values)
            except _Failed:
                if left == 0:
                    raise
        raise AssertionError("there is at least one attempt")

    async def _attempt(self, call: Call, values: Mapping[str, str]) -> tuple[int, bytes]:
        url = _address(self._settings.base_url, call, values)
        try:
            async with self._http.get(
                url,
                headers=self._headers,
                allow_redirects=False,  # another place must not be given our token
                timeout=ClientTimeout(),  # the deadline is over all attempts
            ) as response:
                if response.status not in {HTTPStatus.OK, *call.missing}:
                    raise _Failed(f"status {response.status}")
                body = await response.content.read(_LARGEST_ANSWER + 1)
                while len(body) <= _LARGEST_ANSWER and (more := await response.content.read(_LARGEST_ANSWER)):
                    body += more
        except (ClientError, OSError) as reason:
            raise _Failed(type(reason).__name__) from None
        if len(body) > _LARGEST_ANSWER:
            raise _Failed("the answer is too large")
        return response.status, body


class _trusted:  # noqa: N801 (reads as a statement)
    """Turn what is malformed inside the block into `BillingUnavailable`, logged without its content."""

    def __init__(self, call: str) -> None:
        self._call = call

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, reason: BaseException | None, trace: object) -> None:
        if isinstance(reason, Malformed):
            raise _unavailable(self._call, str(reason)) from None


def _unavailable(call: str, reason: str) -> BillingUnavailable:
    log.warning("billing.call_failed", call=call, reason=reason)
    return BillingUnavailable(f"{call}: {reason}")


def _same_contract(record: Record, place: Any, contract: Contract) -> None:
    if place is not None and lookup_key(record.needed(place)) != lookup_key(contract.reference):
        raise Malformed(f"{record.where}: the contract asked for is expected.")


def _parsed(body: bytes) -> Any:
    """Parse JSON; numbers with a point become Decimals, which no amount may be."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Malformed("the answer: JSON is expected.") from None


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _address(base_url: str, call: Call, values: Mapping[str, str]) -> URL:
    """Fill in the call's places; a value never becomes a path or a parameter of its own."""
    path = call.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", _quoted(value))
    query = {name: _filled(text, values) for name, text in call.query.items()}
    return URL(base_url + path, encoded=True).update_query(query)


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _quoted(value: str) -> str:
    """Percent-encode everything but letters and digits, the dots of "../" included."""
    return "".join(
        character
        if character.isascii() and character.isalnum()
        else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in value
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
