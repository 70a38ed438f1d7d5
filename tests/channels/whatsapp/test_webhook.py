"""The webhook: what every channel must do, and Meta's own verification."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from channels.whatsapp.adapter import SIGNATURE_HEADER, WhatsAppAdapter, signed
from tests.channels.conformance import CHECKS, Probe
from tests.channels.recorder import Recorder, serving
from tests.channels.whatsapp.bodies import body, encode, text, value

VECTORS = json.loads((Path(__file__).parent / "x_hub_signature_vectors.json").read_text("utf-8"))


def sign(raw: bytes) -> dict[str, str]:
    return {SIGNATURE_HEADER: "sha256=" + hmac.new(b"secret-of-tests", raw, hashlib.sha256).hexdigest()}


def batch(messages: Sequence[tuple[str, str, str]], broken: int) -> bytes:
    parts: list[Any] = [text(*message) for message in messages]
    parts[1:1] = [{"type": "text"}] * broken
    return encode(body(value(parts)))


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Callable[[Probe], Awaitable[None]], adapter: WhatsAppAdapter) -> None:
    await check(Probe(adapter, sign, batch))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.get("why", "valid"))
def test_signature_vectors(vector: dict[str, Any]) -> None:
    assert signed(vector["secret"], vector["body"].encode(), vector["header"]) is vector["valid"]


def test_no_signature_is_no_signature() -> None:
    assert not signed("secret", b"{}", None)


async def test_meta_subscribes_the_webhook(adapter: WhatsAppAdapter, sink: Recorder) -> None:
    async with serving({adapter.account: adapter}, sink) as client:
        asked = {
            "hub.mode": "subscribe",
            "hub.verify_token": "verify-of-tests",
            "hub.challenge": "1158201444",
        }
        answer = await client.get("/channels/whatsapp-main/webhook", params=asked)
        assert (answer.status, await answer.text()) == (200, "1158201444")
        for wrong in ({"hub.verify_token": "guess"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
            answer = await client.get("/channels/whatsapp-main/webhook", params=asked | wrong)
            assert answer.status == 403
            assert "1158201444" not in await answer.text()


async def test_a_body_without_events_is_acknowledged(adapter: WhatsAppAdapter, sink: Recorder) -> None:
    raw = encode(body())
    async with serving({adapter.account: adapter}, sink) as client:
        assert (
            await client.post("/channels/whatsapp-main/webhook", data=raw, headers=sign(raw))
        ).status == 200
    assert sink.calls == 0


async def test_what_was_kept_raw_is_read_again(adapter: WhatsAppAdapter, http: ClientSession) -> None:
    (event,) = adapter.replay(body(value([text("again")])))
    assert getattr(event, "external_id", None) == "again"
