"""Sending, against a server that speaks the Graph API and checks every request against Meta's description."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from channels.envelope import (
    Attachment,
    Choice,
    Content,
    DeliveryReceipt,
    DeliveryState,
    FailureReason,
    Kind,
    Location,
    OutboundMessage,
    Template,
)
from channels.errors import AccountRejected, PermanentFailure, TemporaryFailure
from channels.rendering import Undeliverable, degrade
from channels.sandbox.faults import Fault, FaultKind
from channels.sandbox.sandbox import Sandbox
from channels.sandbox.screen import WrittenFile, WrittenText
from channels.whatsapp.adapter import WhatsAppAdapter
from channels.whatsapp.codes import CODES, GraphError, error_for
from tests.channels.recorder import Recorder, serving
from tests.channels.whatsapp.conftest import settings

AMINA = "212600000001"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def outbound(content: Content, recipient: str = AMINA, **more: Any) -> OutboundMessage:
    return OutboundMessage(uuid4(), "whatsapp-main", recipient, content, "agent", **more)


def choices(count: int, title: str = "Choix") -> tuple[Choice, ...]:
    return tuple(Choice(f"c{number}", f"{title} {number}") for number in range(count))


CONTENTS = {
    "text": Content(text="Le bus passe mercredi à 9 h, https://example.org"),
    "buttons": Content(text="Eau ou électricité ?", choices=choices(3)),
    "list": Content(text="Quelle commune ?", choices=choices(10), choices_label="Communes"),
    "list without a word": Content(text="أي جماعة؟", choices=choices(4)),
    "list of long titles": Content(text="Quoi ?", choices=choices(2, "Une déclaration de fuite très longue")),
    "location": Content(kind=Kind.LOCATION, location=Location(32.626, -8.7, "Souk", "Zemamra")),
    "bare location": Content(kind=Kind.LOCATION, location=Location(32.626, -8.7)),
    "template": Content(kind=Kind.TEMPLATE, template=Template("follow_up", "fr", ("10234",))),
    "bare template": Content(kind=Kind.TEMPLATE, template=Template("hello_world", "en_US")),
    "code": Content(kind=Kind.TEMPLATE, template=Template("verification", "ar", one_time_code="481023")),
    "image": Content(
        kind=Kind.IMAGE, text="La facture", attachments=(Attachment(Kind.IMAGE, "image/png", data=PNG),)
    ),
    "audio": Content(kind=Kind.AUDIO, attachments=(Attachment(Kind.AUDIO, "audio/ogg", data=b"OggS"),)),
    "document": Content(
        kind=Kind.DOCUMENT,
        attachments=(Attachment(Kind.DOCUMENT, "application/pdf", name="facture é.pdf", data=b"%PDF-1.7"),),
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
async def test_what_we_send_arrives_on_the_telephone(
    live: WhatsAppAdapter, sandbox: Sandbox, name: str
) -> None:
    sandbox.write(sandbox.store.meet(AMINA), WrittenText(type="text", text="Salam"))
    (content,) = degrade(CONTENTS[name], live.capabilities)
    message = outbound(content, reply_to="wamid.quoted")
    sent = await live.send(message)
    (accepted,) = sandbox.store.accepted
    assert (accepted.id, accepted.customer) == (sent.external_id, AMINA)
    assert UUID(accepted.tracker or "") == message.message_id
    bubble = sandbox.store.meet(AMINA).bubbles[-1]
    assert (bubble.direction, bubble.reply_to) == ("in", "wamid.quoted")
    assert bubble.content["text" if content.text else "kind"]


async def test_a_person_without_a_number_is_answered_by_business_scoped_id(
    live: WhatsAppAdapter, sandbox: Sandbox
) -> None:
    sandbox.write(sandbox.store.meet("MA.987654321"), WrittenText(type="text", text="Salam"))
    await live.send(outbound(Content(text="Salam"), "MA.987654321"))
    (accepted,) = sandbox.store.accepted
    assert (accepted.body["recipient"], "to" in accepted.body) == ("MA.987654321", False)
    with pytest.raises(PermanentFailure) as refused:
        await live.send(outbound(CONTENTS["code"], "MA.987654321"))
    assert refused.value.failure.reason is FailureReason.RECIPIENT_INVALID


async def test_the_probe(live: WhatsAppAdapter, http: ClientSession, graph_url: str) -> None:
    async with live:
        pass
    with pytest.raises(AccountRejected):
        await WhatsAppAdapter("a", settings(graph_url=graph_url, token="wrong"), http).__aenter__()
    other = settings(graph_url=graph_url, token="sandbox-token", phone_number_id="1")
    with pytest.raises(AccountRejected):
        await WhatsAppAdapter("a", other, http).__aenter__()
    with pytest.raises(TemporaryFailure):
        await WhatsAppAdapter("a", settings(), http).__aenter__()


@pytest.mark.parametrize(
    ("kind", "error", "facts"),
    [
        (FaultKind.RATE_LIMIT, TemporaryFailure, {"maybe_sent": False, "retry_after": timedelta(seconds=5)}),
        (FaultKind.PAIR_LIMIT, TemporaryFailure, {"maybe_sent": False, "retry_after": timedelta(seconds=6)}),
        (FaultKind.SERVER_ERROR, TemporaryFailure, {"maybe_sent": False}),
        (FaultKind.GATEWAY_ERROR, TemporaryFailure, {"maybe_sent": True}),
        (FaultKind.DROP_BEFORE, TemporaryFailure, {"maybe_sent": True}),
        (FaultKind.DROP_AFTER, TemporaryFailure, {"maybe_sent": True}),
        (FaultKind.TOKEN_EXPIRED, AccountRejected, {}),
        (FaultKind.ACCOUNT_LOCKED, AccountRejected, {}),
        (FaultKind.WINDOW_CLOSED, PermanentFailure, {"reason": FailureReason.WINDOW_CLOSED}),
        (FaultKind.UNREACHABLE, PermanentFailure, {"reason": FailureReason.RECIPIENT_UNREACHABLE}),
    ],
)
async def test_each_refusal_has_its_consequence(
    live: WhatsAppAdapter, sandbox: Sandbox, kind: FaultKind, error: type[Exception], facts: dict[str, Any]
) -> None:
    sandbox.faults.pending.append(Fault(kind=kind))
    with pytest.raises(error) as refused:
        await live.send(outbound(Content(text="Salam")))
    if isinstance(refused.value, PermanentFailure):
        assert refused.value.failure.reason is facts["reason"]
        assert refused.value.failure.provider_code
    else:
        assert {name: getattr(refused.value, name) for name in facts} == facts
    # Only a lost answer leaves the message taken.
    assert len(sandbox.store.accepted) == (kind is FaultKind.DROP_AFTER)
    await live.send(outbound(Content(text="Salam")))


async def test_an_answer_that_never_comes_may_have_been_taken(
    http: ClientSession, graph_url: str, sandbox: Sandbox
) -> None:
    hasty = settings(graph_url=graph_url, token="sandbox-token", timeout=0.2)
    sandbox.faults.pending.append(Fault(kind=FaultKind.SLOW, seconds=30))
    with pytest.raises(TemporaryFailure) as late:
        await WhatsAppAdapter("a", hasty, http).send(outbound(Content(text="Salam")))
    assert late.value.maybe_sent


async def test_a_refused_connection_was_not_taken(adapter: WhatsAppAdapter) -> None:
    with pytest.raises(TemporaryFailure) as refused:
        await adapter.send(outbound(Content(text="Salam")))
    assert not refused.value.maybe_sent


async def test_a_failed_upload_sent_nothing(live: WhatsAppAdapter, sandbox: Sandbox) -> None:
    empty = Attachment(Kind.IMAGE, "image/png", data=b"")
    with pytest.raises(PermanentFailure) as refused:
        await live.send(outbound(Content(kind=Kind.IMAGE, attachments=(empty,))))
    assert refused.value.failure.reason is FailureReason.MEDIA_UNSUPPORTED
    assert not sandbox.store.accepted


@pytest.mark.parametrize(
    "content",
    [
        Content(text="x" * 5000),
        Content(kind=Kind.IMAGE, attachments=(Attachment(Kind.IMAGE, "image/heic", data=b"x"),)),
        Content(),
    ],
)
async def test_what_does_not_fit_is_refused_before_any_call(
    adapter: WhatsAppAdapter, content: Content
) -> None:
    with pytest.raises(Undeliverable):
        await adapter.send(outbound(content))


async def test_files_are_fetched_in_two_steps(
    live: WhatsAppAdapter, sandbox: Sandbox, sink: Recorder
) -> None:
    async with serving({"whatsapp-main": live}, sink) as client:
        sandbox.connect(str(client.make_url("/channels/whatsapp-main/webhook")))
        media = sandbox.store.keep("audio/ogg; codecs=opus", b"OggS" * 1000, None)
        written = WrittenFile(type="file", media_id=media.id, voice=True)
        sandbox.write(sandbox.store.meet(AMINA), written)
        await sink.until(1)
    (message,) = sink.messages
    (attachment,) = message.content.attachments
    assert attachment.reference is not None
    fetched = await live.fetch(attachment.reference)
    assert (fetched.kind, fetched.content_type) == (Kind.AUDIO, "audio/ogg; codecs=opus")
    assert fetched.data == b"OggS" * 1000
    with pytest.raises(PermanentFailure):
        await live.fetch({"media_id": "404", "kind": "image"})


async def test_a_conversation_there_and_back(live: WhatsAppAdapter, sandbox: Sandbox, sink: Recorder) -> None:
    amina = sandbox.store.meet(AMINA, "Amina")
    async with serving({"whatsapp-main": live}, sink) as client:
        sandbox.connect(str(client.make_url("/channels/whatsapp-main/webhook")))
        written = sandbox.write(amina, WrittenText(type="text", text="شحال الفاتورة؟ 👍🏽"))
        await sink.until(1)
        (message,) = sink.messages
        assert (message.external_id, message.content.text) == (written.id, "شحال الفاتورة؟ 👍🏽")
        assert (message.sender.addresses, message.sender.phone) == ((AMINA, amina.user_id), f"+{AMINA}")
        await live.typing(AMINA, message.external_id)
        assert written.state == "read"
        sent = await live.send(answer := outbound(Content(text="124,50 DH"), reply_to=message.external_id))
        await sink.until(3)
        sandbox.look(amina)
        await sink.until(4)
    receipts = [event for event in sink.events if isinstance(event, DeliveryReceipt)]
    assert [receipt.state for receipt in receipts] == [
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
        DeliveryState.READ,
    ]
    assert {(receipt.external_id, receipt.message_id) for receipt in receipts} == {
        (sent.external_id, answer.message_id)
    }


async def test_out_of_the_window_the_failure_comes_as_a_receipt(
    live: WhatsAppAdapter, sandbox: Sandbox, sink: Recorder
) -> None:
    async with serving({"whatsapp-main": live}, sink) as client:
        sandbox.connect(str(client.make_url("/channels/whatsapp-main/webhook")))
        await live.send(outbound(Content(text="Bonjour")))
        (receipt,) = await sink.until(1)
        assert isinstance(receipt, DeliveryReceipt)
        assert receipt.failure is not None
        assert receipt.failure.reason is FailureReason.WINDOW_CLOSED
        await live.send(outbound(CONTENTS["code"]))
        await sink.until(3)
    assert sandbox.store.meet(AMINA).bubbles[-1].content["code"] == "481023"


@pytest.fixture
async def odd_server() -> AsyncIterator[tuple[str, list[web.Response]]]:
    """A server that answers what the test puts into the list."""
    answers: list[web.Response] = []

    async def handle(_request: web.Request) -> web.Response:
        return answers.pop(0)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/")), answers


@pytest.mark.parametrize(
    ("status", "body", "error", "maybe_sent"),
    [
        (200, "not json", TemporaryFailure, True),
        (200, "{}", TemporaryFailure, True),
        (200, '{"messages": []}', TemporaryFailure, True),
        (429, "slow down", TemporaryFailure, False),
        (503, "<html>", TemporaryFailure, False),
        (504, "<html>", TemporaryFailure, True),
        (500, '{"error": {"code": 131016, "message": "unavailable"}}', TemporaryFailure, False),
        (500, '{"error": {"code": 777777, "message": "new"}}', TemporaryFailure, False),
        (401, "", AccountRejected, None),
        (400, '{"error": {"code": 777777, "message": "new"}}', PermanentFailure, None),
        (400, '{"error": "odd"}', PermanentFailure, None),
        (404, "[]", PermanentFailure, None),
    ],
)
async def test_odd_answers(
    http: ClientSession,
    odd_server: tuple[str, list[web.Response]],
    status: int,
    body: str,
    error: type[Exception],
    maybe_sent: bool | None,
) -> None:
    url, answers = odd_server
    answers.append(web.Response(status=status, text=body))
    with pytest.raises(error) as refused:
        await WhatsAppAdapter("a", settings(graph_url=url), http).send(outbound(Content(text="Salam")))
    assert getattr(refused.value, "maybe_sent", None) is maybe_sent


def test_retry_after_is_obeyed() -> None:
    told = GraphError(429, 130429, retry_after=timedelta(seconds=90))
    error = error_for(told, sending=True)
    assert isinstance(error, TemporaryFailure)
    assert error.retry_after == timedelta(seconds=90)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_one_consequence(code: int) -> None:
    error = error_for(GraphError(400, code, detail="what Meta says"), sending=True)
    assert isinstance(error, AccountRejected | TemporaryFailure | PermanentFailure)
    assert "what Meta says" in str(error)
    assert str(code) in str(error)


async def test_sends_run_side_by_side(live: WhatsAppAdapter, sandbox: Sandbox) -> None:
    messages = [outbound(Content(text=f"{number}"), f"2126000{number:05}") for number in range(50)]
    await asyncio.gather(*(live.send(message) for message in messages))
    assert {one.tracker for one in sandbox.store.accepted} == {
        str(message.message_id) for message in messages
    }


@pytest.mark.parametrize(
    "change",
    [
        {"phone_number_id": "+212522"},
        {"graph_version": "23"},
        {"graph_url": "graph"},
        {"token": ""},
        {"tokn": "x"},
    ],
)
def test_wrong_settings_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(**change)


def test_secrets_are_not_shown() -> None:
    assert "secret-of-tests" not in repr(settings())
    assert "token-of-tests" not in settings().model_dump_json()
