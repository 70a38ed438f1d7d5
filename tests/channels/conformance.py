"""What every channel that receives by webhook must do: its tests describe it with a `Probe` and call each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.adapter import ChannelAdapter
from channels.envelope import Broken, InboundMessage
from tests.channels.recorder import Recorder, serving


@dataclass(frozen=True)
class Probe:
    """How to reach one channel: its adapter, how its provider signs, and how it writes a body.

    `body(messages, broken)`: text messages (external id, sender, text) and, between them, broken ones.
    """

    adapter: ChannelAdapter[Any]
    sign: Callable[[bytes], Mapping[str, str]]
    body: Callable[[Sequence[tuple[str, str, str]], int], bytes]
    signs_body: bool = True  # False: the header says who sends, not what

    @property
    def path(self) -> str:
        return f"/channels/{self.adapter.account}/webhook"


ONE = [("id-1", "212600000001", "Salam")]
BATCH = [(f"id-{number}", "212600000001", f"text {number}") for number in range(24)]


async def walks_a_batch(probe: Probe) -> None:
    sink = Recorder()
    body = probe.body(BATCH, 0)
    async with serving({probe.adapter.account: probe.adapter}, sink) as client:
        assert (await client.post(probe.path, data=body, headers=probe.sign(body))).status == 200
    assert [(m.external_id, m.content.text) for m in sink.messages] == [(i, text) for i, _, text in BATCH]
    assert sink.calls == 1  # one body, one transaction
    assert all(m.account == probe.adapter.account and m.sent_at.tzinfo is not None for m in sink.messages)


async def keeps_the_neighbours_of_a_broken_message(probe: Probe) -> None:
    sink = Recorder()
    body = probe.body(BATCH[:3], 1)
    async with serving({probe.adapter.account: probe.adapter}, sink) as client:
        assert (await client.post(probe.path, data=body, headers=probe.sign(body))).status == 200
    assert [message.external_id for message in sink.messages] == ["id-0", "id-1", "id-2"]
    (broken,) = [event for event in sink.events if isinstance(event, Broken)]
    assert broken.reason
    assert broken.raw


async def refuses_forgeries(probe: Probe) -> None:
    sink = Recorder()
    body = probe.body(ONE, 0)
    forged = {
        name: value[:-1] + ("0" if value[-1] != "0" else "1") for name, value in probe.sign(body).items()
    }
    async with serving({probe.adapter.account: probe.adapter}, sink) as client:
        for headers in (forged, {}, dict.fromkeys(forged, ""), dict.fromkeys(forged, "sha256=é")):
            answer = await client.post(probe.path, data=body, headers=headers)
            assert answer.status == 403, headers
        if probe.signs_body:
            respaced = body.replace(b":", b": ", 1)
            assert (await client.post(probe.path, data=respaced, headers=probe.sign(body))).status == 403
        assert sink.calls == 0
        assert (await client.post(probe.path, data=body, headers=probe.sign(body))).status == 200
    assert len(sink.messages) == 1


async def gives_a_replay_the_same_identity(probe: Probe) -> None:
    sink = Recorder()
    body = probe.body(ONE, 0)
    async with serving({probe.adapter.account: probe.adapter}, sink) as client:
        for _ in range(3):
            assert (await client.post(probe.path, data=body, headers=probe.sign(body))).status == 200
    assert len(sink.messages) == 3
    assert len({(message.account, message.external_id) for message in sink.messages}) == 1
    assert sink.messages[0] == sink.messages[2]


async def asks_for_a_retry_when_nothing_was_stored(probe: Probe) -> None:
    sink = Recorder()
    body = probe.body(ONE, 0)
    async with serving({probe.adapter.account: probe.adapter}, sink) as client:
        sink.fail = OSError("no database")
        assert (await client.post(probe.path, data=body, headers=probe.sign(body))).status == 503
        sink.fail = None
        assert (await client.post(probe.path, data=body, headers=probe.sign(body))).status == 200
    assert isinstance(sink.events[0], InboundMessage)


async def refuses_what_is_not_its_providers(probe: Probe) -> None:
    sink = Recorder()
    async with serving({probe.adapter.account: probe.adapter}, sink) as client:
        for body in (
            b"",
            b"not json",
            b"[]",
            b'{"a": NaN}',
            b"\xff\xfe",
            b"[" * 100_000,
            b'{"object": "page"}',
        ):
            answer = await client.post(probe.path, data=body, headers=probe.sign(body))
            assert answer.status == 400, body[:20]
            assert (await answer.json())["error"]["code"] == "anomalous_payload"
    assert sink.calls == 0


CHECKS = (
    walks_a_batch,
    keeps_the_neighbours_of_a_broken_message,
    refuses_forgeries,
    gives_a_replay_the_same_identity,
    asks_for_a_retry_when_nothing_was_stored,
    refuses_what_is_not_its_providers,
)
