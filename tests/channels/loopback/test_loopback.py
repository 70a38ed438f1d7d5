"""The reference channel, as the scaffold of every other channel's tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import uuid4

import pytest
from aiohttp import ClientSession

from channels.adapter import MediaSource, TypingIndicator
from channels.envelope import (
    Attachment,
    Broken,
    Content,
    DeliveryReceipt,
    DeliveryState,
    Ignored,
    InboundMessage,
    Kind,
    OutboundMessage,
    Sent,
)
from channels.errors import AccountRejected, ChannelError, PermanentFailure, TemporaryFailure
from channels.loopback.adapter import SIGNATURE_HEADER, LoopbackAdapter, signature
from channels.loopback.settings import LoopbackSettings
from channels.supervisor import AccountState, Backoff, Supervisor
from tests.channels.conformance import CHECKS, Probe
from tests.channels.recorder import Recorder

AT = "2026-11-23T10:00:00+00:00"


@pytest.fixture
def adapter(http: ClientSession) -> LoopbackAdapter:
    return LoopbackAdapter("loopback", LoopbackSettings(), http)


@pytest.fixture
async def live(adapter: LoopbackAdapter, sink: Recorder) -> AsyncIterator[Recorder]:
    async with Supervisor({"loopback": adapter}, sink):
        yield sink


def sign(raw: bytes) -> dict[str, str]:
    return {SIGNATURE_HEADER: signature("loopback", raw)}


def batch(messages: Sequence[tuple[str, str, str]], broken: int) -> bytes:
    events = [
        {"type": "message", "id": i, "from": sender, "at": AT, "text": text} for i, sender, text in messages
    ]
    events[1:1] = [{"type": "message", "id": "", "from": "x", "at": AT, "text": ""}] * broken
    return json.dumps({"events": events}).encode()


def outbound(text: str = "Salam") -> OutboundMessage:
    return OutboundMessage(uuid4(), "loopback", "amina", Content(text=text), "agent")


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Callable[[Probe], Awaitable[None]], adapter: LoopbackAdapter) -> None:
    await check(Probe(adapter, sign, batch))


async def test_a_customer_writes_and_is_answered(adapter: LoopbackAdapter, live: Recorder) -> None:
    external_id = adapter.provider.say("amina", "Fin kayn souk?", name="Amina", phone="+212600000001")
    (message,) = await live.until(1)
    assert isinstance(message, InboundMessage)
    assert (message.external_id, message.content.text) == (external_id, "Fin kayn souk?")
    assert (message.sender.addresses, message.sender.phone) == (("amina",), "+212600000001")
    answer = outbound()
    sent = await adapter.send(answer)
    assert isinstance(sent, Sent)
    assert adapter.provider.sent == [(sent.external_id, answer)]
    _, *receipts = await live.until(3)
    assert [
        r.state for r in receipts if isinstance(r, DeliveryReceipt) and r.message_id == answer.message_id
    ] == [
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
    ]


async def test_every_kind_is_read(adapter: LoopbackAdapter, live: Recorder) -> None:
    say = adapter.provider.say
    say("amina", "Oui", choice_id="yes")
    say("amina", location={"latitude": 33.5, "longitude": -7.6, "name": "Souk"})
    say("amina", "photo", files=[{"id": "f", "content_type": "image/png"}])
    say("amina", files=[{"id": "g", "content_type": "application/pdf", "name": "facture.pdf"}])
    adapter.provider.push(
        {"events": [{"type": "sunset"}, {"type": "receipt", "id": "x", "state": "lost", "at": AT}]}
    )
    events = await live.until(6)
    assert [m.content.kind for m in live.messages] == [Kind.CHOICE, Kind.LOCATION, Kind.IMAGE, Kind.DOCUMENT]
    assert [type(event) for event in events[4:]] == [Ignored, Broken]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("busy", TemporaryFailure),
        ("lost", TemporaryFailure),
        ("blocked", PermanentFailure),
        ("revoked", AccountRejected),
        ("strange", PermanentFailure),
    ],
)
async def test_refusals(adapter: LoopbackAdapter, code: str, error: type[ChannelError]) -> None:
    adapter.provider.refusals.append(code)
    with pytest.raises(error) as refused:
        await adapter.send(outbound())
    assert getattr(refused.value, "maybe_sent", False) is (code == "lost")
    await adapter.send(outbound())


async def test_what_was_not_stored_comes_again(adapter: LoopbackAdapter, sink: Recorder) -> None:
    sink.fail = OSError("no database")
    async with Supervisor({"loopback": adapter}, sink, backoff=Backoff()) as supervisor:
        adapter.provider.say("amina", "one")
        adapter.provider.say("amina", "two")
        while supervisor.health("loopback").state is not AccountState.DEGRADED:
            await asyncio.sleep(0)
        sink.fail = None
        supervisor.retry("loopback")
        await sink.until(2)
    assert [message.content.text for message in sink.messages] == ["one", "two"]


async def test_optional_abilities(adapter: LoopbackAdapter) -> None:
    assert isinstance(adapter, MediaSource)
    assert isinstance(adapter, TypingIndicator)
    adapter.provider.files["f"] = Attachment(Kind.IMAGE, "image/png", data=b"png")
    assert (await adapter.fetch({"id": "f"})).data == b"png"
    with pytest.raises(PermanentFailure):
        await adapter.fetch({"id": "gone"})
    await adapter.typing("amina", None)
    assert adapter.provider.typing == ["amina"]
