"""Sending, against a server that speaks the Bot API and checks every call against its description."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from channels.adapter import MediaSource, Rereading, TypingIndicator
from channels.envelope import (
    Attachment,
    Choice,
    Content,
    FailureReason,
    Kind,
    Location,
    OutboundMessage,
)
from channels.errors import AccountRejected, ChannelError, PermanentFailure, TemporaryFailure
from channels.rendering import degrade
from channels.sandbox.faults import Fault, FaultKind
from channels.sandbox.telegram_chats import Chat
from channels.sandbox.telegram_provider import TelegramSandbox
from channels.telegram.adapter import TelegramAdapter
from channels.telegram.codes import WORDS, error_for
from channels.telegram.request import Answer
from tests.channels.telegram.conftest import settings

AMINA = 4567


@pytest.fixture(autouse=True)
def amina(telegram: TelegramSandbox) -> Chat:
    telegram.chats.meet(AMINA, "Amina")
    return telegram.chats.chats[AMINA]


def outbound(
    content: Content | str, recipient: str = str(AMINA), reply_to: str | None = None
) -> OutboundMessage:
    content = Content(text=content) if isinstance(content, str) else content
    return OutboundMessage(uuid4(), "telegram", recipient, content, "agent", reply_to)


def upload(
    kind: Kind, content_type: str, size: int = 100, name: str | None = None, words: str = ""
) -> Content:
    attachment = Attachment(kind, content_type, name, size, data=b"x" * size)
    return Content(kind=kind, text=words, attachments=(attachment,))


async def test_a_text_arrives_as_it_was_written(live: TelegramAdapter, amina: Chat) -> None:
    words = "السلام <b>*عليكم*</b> _x_ 💧\nhttps://example.org"
    sent = await live.send(outbound(words))
    (message,) = amina.messages.values()
    assert message["text"] == words
    assert sent.external_id == f"{AMINA}:{message['message_id']}"


async def test_what_is_quoted_is_quoted(
    live: TelegramAdapter, telegram: TelegramSandbox, amina: Chat
) -> None:
    asked = telegram.write(telegram.chats.people[AMINA], {"text": "?"})["message_id"]
    edit = f"{AMINA}:{asked}:edit:9"
    for reply_to in (f"{AMINA}:{asked}", edit):
        await live.send(outbound("!", reply_to=reply_to))
        assert list(amina.messages.values())[-1]["reply_to_message"]["message_id"] == asked
    for reply_to in ("callback:77", f"{AMINA}:99999", f"1:{asked}"):
        await live.send(outbound("!", reply_to=reply_to))
        assert "reply_to_message" not in list(amina.messages.values())[-1]


async def test_buttons_come_back_as_choices(live: TelegramAdapter, telegram: TelegramSandbox) -> None:
    choices = (Choice("/yes", "نعم"), Choice('/bill{"a":1}', "Ma facture", "mois de mai"))
    await live.send(outbound(Content(text="?", choices=choices)))
    rows = telegram.api.sent[-1].message["reply_markup"]["inline_keyboard"]
    assert [(b["text"], b["callback_data"]) for (b,) in rows] == [
        ("نعم", "/yes"),
        ("Ma facture · mois de mai", '/bill{"a":1}'),
    ]


async def test_ids_too_long_for_a_button_go_on_a_keyboard(
    live: TelegramAdapter, telegram: TelegramSandbox
) -> None:
    choices = (Choice("é" * 33, "Long"), Choice("x" * 64, "Court"))
    await live.send(outbound(Content(text="?", choices=choices)))
    markup = telegram.api.sent[-1].parameters["reply_markup"]
    assert [button["text"] for (button,) in markup["keyboard"]] == ["Long", "Court"]


@pytest.mark.parametrize(
    ("content", "method", "part"),
    [
        (upload(Kind.IMAGE, "image/png", words="Le compteur"), "sendPhoto", "photo"),
        (upload(Kind.AUDIO, "audio/ogg"), "sendVoice", "voice"),
        (upload(Kind.AUDIO, "audio/ogg; codecs=opus"), "sendVoice", "voice"),
        (upload(Kind.AUDIO, "audio/mpeg"), "sendAudio", "audio"),
        (upload(Kind.VIDEO, "video/mp4", words="Fuite"), "sendVideo", "video"),
        (upload(Kind.DOCUMENT, "application/pdf", name="فاتورة ماي.pdf"), "sendDocument", "document"),
        (upload(Kind.DOCUMENT, "text/csv"), "sendDocument", "document"),
        (upload(Kind.STICKER, "image/webp"), "sendSticker", "sticker"),
    ],
)  # fmt: skip
async def test_files(
    live: TelegramAdapter, telegram: TelegramSandbox, content: Content, method: str, part: str
) -> None:
    await live.send(outbound(content))
    (sent,) = telegram.api.sent
    attachment = content.attachments[0]
    (file,) = telegram.chats.files.values()
    assert (sent.method, part in sent.message, sent.message.get("caption", "")) == (
        method,
        True,
        content.text,
    )
    assert file.data == attachment.data
    assert file.content_type == attachment.content_type.partition(";")[0]
    if attachment.name:
        assert file.name == attachment.name


async def test_a_picture_too_large_for_one_goes_as_a_document(
    live: TelegramAdapter, telegram: TelegramSandbox
) -> None:
    await live.send(outbound(upload(Kind.IMAGE, "image/jpeg", 10_000_001)))
    assert telegram.api.sent[-1].method == "sendDocument"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (upload(Kind.VIDEO, "video/mp4", 50_000_001), FailureReason.MEDIA_TOO_LARGE),
        (upload(Kind.DOCUMENT, "application/x-msdownload"), FailureReason.MEDIA_UNSUPPORTED),
        (Content(), FailureReason.CONTENT_REJECTED),
        (upload(Kind.IMAGE, "image/png", 0), FailureReason.MEDIA_UNSUPPORTED),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_it_is_sent(
    live: TelegramAdapter, telegram: TelegramSandbox, content: Content, reason: FailureReason
) -> None:
    with pytest.raises(PermanentFailure) as refused:
        await live.send(outbound(content))
    assert refused.value.failure.reason is reason
    assert telegram.api.sent == []


async def test_places(live: TelegramAdapter, telegram: TelegramSandbox) -> None:
    await live.send(outbound(Content(kind=Kind.LOCATION, location=Location(33.5, -7.5))))
    await live.send(outbound(Content(kind=Kind.LOCATION, location=Location(33.5, -7.5, "Souk", "Derb"))))
    assert [sent.method for sent in telegram.api.sent] == ["sendLocation", "sendVenue"]
    assert telegram.api.sent[1].message["venue"]["title"] == "Souk"


async def test_the_longest_text_and_the_longest_caption_are_taken(live: TelegramAdapter) -> None:
    parts = degrade(Content(text="💧" * 5000), live.capabilities)
    assert len(parts) == 3
    for part in parts:
        await live.send(outbound(part))
    caption = upload(Kind.IMAGE, "image/png", words="م" * 1024)
    await live.send(outbound(caption))
    with pytest.raises(PermanentFailure):
        await live.send(outbound(upload(Kind.IMAGE, "image/png", words="م" * 1025)))


async def test_the_answer_goes_to_the_group_and_its_topic(
    live: TelegramAdapter, telegram: TelegramSandbox
) -> None:
    group = telegram.chats.found_group("Derb Sultan")
    sent = await live.send(outbound("Salam", f"{group.id}:{AMINA}:77"))
    assert telegram.api.sent[-1].parameters["message_thread_id"] == 77
    assert sent.external_id.startswith(f"{group.id}:")


async def test_a_group_that_has_moved_is_followed(live: TelegramAdapter, telegram: TelegramSandbox) -> None:
    old, new = telegram.chats.found_group("Derb"), telegram.chats.found_group("Derb")
    old.moved_to = new.id
    sent = await live.send(outbound("Salam", f"{old.id}:{AMINA}", reply_to=f"{old.id}:3"))
    assert sent.external_id.startswith(f"{new.id}:")
    new.moved_to = old.id
    with pytest.raises(TemporaryFailure):
        await live.send(outbound("Salam", f"{old.id}:{AMINA}"))


FAULTS: list[tuple[FaultKind, type[ChannelError], dict[str, Any]]] = [
    (FaultKind.RATE_LIMIT, TemporaryFailure, {"retry_after": timedelta(seconds=5), "maybe_sent": False}),
    (FaultKind.SERVER_ERROR, TemporaryFailure, {"maybe_sent": False}),
    (FaultKind.GATEWAY_ERROR, TemporaryFailure, {"maybe_sent": True}),
    (FaultKind.DROP_BEFORE, TemporaryFailure, {"maybe_sent": True}),
    (FaultKind.DROP_AFTER, TemporaryFailure, {"maybe_sent": True}),
    (FaultKind.TOKEN_EXPIRED, AccountRejected, {}),
    (FaultKind.UNREACHABLE, PermanentFailure, {}),
]


@pytest.mark.parametrize(("kind", "error", "attributes"), FAULTS)
async def test_faults(
    live: TelegramAdapter,
    telegram: TelegramSandbox,
    kind: FaultKind,
    error: type[ChannelError],
    attributes: dict[str, Any],
) -> None:
    telegram.faults.pending.append(Fault(kind=kind))
    with pytest.raises(error) as failed:
        await live.send(outbound("Salam"))
    assert {name: getattr(failed.value, name) for name in attributes} == attributes
    assert "sandbox-token" not in str(failed.value)
    await live.send(outbound("Salam"))


async def test_too_slow_an_answer_may_have_been_a_yes(
    http: ClientSession, base_url: str, telegram: TelegramSandbox
) -> None:
    hasty = TelegramAdapter("telegram", settings(base_url=base_url, timeout=0.05), http)
    telegram.faults.pending.append(Fault(kind=FaultKind.SLOW, seconds=2))
    with pytest.raises(TemporaryFailure) as failed:
        await hasty.send(outbound("Salam"))
    assert failed.value.maybe_sent


async def test_where_nobody_listens_nothing_was_sent(adapter: TelegramAdapter) -> None:
    with pytest.raises(TemporaryFailure) as failed:
        await adapter.send(outbound("Salam"))
    assert not failed.value.maybe_sent
    assert "sandbox-token" not in str(failed.value)


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'{"ok": true, "result": {}}', b'{"ok": true, "result": 5}']
)
async def test_a_success_without_a_message_is_not_repeated(http: ClientSession, body: bytes) -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.Response(body=body)

    app = web.Application()
    app.router.add_post("/{any:.*}", handle)
    async with TestServer(app) as server:
        odd = TelegramAdapter("telegram", settings(base_url=str(server.make_url("/"))), http)
        with pytest.raises(TemporaryFailure) as failed:
            await odd.send(outbound("Salam"))
    assert failed.value.maybe_sent


async def test_a_person_who_blocks_us_is_unreachable(
    live: TelegramAdapter, telegram: TelegramSandbox
) -> None:
    telegram.chats.people[AMINA].blocked = True
    with pytest.raises(PermanentFailure) as refused:
        await live.send(outbound("Salam"))
    assert refused.value.failure.reason is FailureReason.RECIPIENT_UNREACHABLE
    assert refused.value.failure.provider_code == "403"


@pytest.mark.parametrize("recipient", ["1", "-100", "amina", "", "4567:", "1:2:3:4", "٤٥", "9" * 30])
async def test_nobody_there(live: TelegramAdapter, recipient: str) -> None:
    with pytest.raises(PermanentFailure) as refused:
        await live.send(outbound("Salam", recipient))
    assert refused.value.failure.reason is FailureReason.RECIPIENT_INVALID


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(400, "Bad Request: chat not found"), FailureReason.RECIPIENT_INVALID),
        (Answer(403, "Forbidden: user is deactivated"), FailureReason.RECIPIENT_UNREACHABLE),
        (
            Answer(403, "Forbidden: bot can't initiate conversation with a user"),
            FailureReason.RECIPIENT_UNREACHABLE,
        ),
        (
            Answer(403, "Forbidden: bot was kicked from the supergroup chat"),
            FailureReason.RECIPIENT_UNREACHABLE,
        ),
        (Answer(403, "Forbidden: something new"), FailureReason.RECIPIENT_UNREACHABLE),
        (Answer(400, "Bad Request: message is too long"), FailureReason.CONTENT_REJECTED),
        (Answer(400, "Bad Request: BUTTON_DATA_INVALID"), FailureReason.CONTENT_REJECTED),
        (Answer(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), FailureReason.MEDIA_UNSUPPORTED),
        (Answer(400, "Bad Request: file is too big"), FailureReason.MEDIA_TOO_LARGE),
        (Answer(413, "Request Entity Too Large", decided=False), FailureReason.MEDIA_TOO_LARGE),
        (Answer(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"), FailureReason.POLICY),
        (Answer(400, "Bad Request: something new"), FailureReason.OTHER),
        (Answer(409, "Conflict: terminated by other getUpdates request"), TemporaryFailure),
        (Answer(429, "Too Many Requests", decided=False), TemporaryFailure),
        (Answer(400, "Bad Request: file is temporarily unavailable"), TemporaryFailure),
        (Answer(403, "Forbidden", decided=False), TemporaryFailure),
        (Answer(404, "Not Found", decided=False), TemporaryFailure),
        (Answer(503, "Service Unavailable", decided=False), TemporaryFailure),
        (Answer(401, "Unauthorized"), AccountRejected),
        (Answer(404, "Not Found"), AccountRejected),
    ],
)
def test_the_table(answer: Answer, expected: FailureReason | type[ChannelError]) -> None:
    error = error_for(answer, sending=True)
    if isinstance(error, PermanentFailure):
        assert error.failure.reason is expected
    else:
        assert type(error) is expected
    assert getattr(error, "maybe_sent", False) is False


def test_no_line_of_the_table_is_hidden_by_another() -> None:
    for words, meaning in WORDS:
        first = next(found for text, found in WORDS if text in words)
        assert first == meaning, words


async def test_a_file_is_fetched_in_two_steps(live: TelegramAdapter, telegram: TelegramSandbox) -> None:
    file = telegram.chats.keep("application/pdf", b"%PDF", "facture.pdf")
    reference = {"file_id": file.id, "kind": "document", "content_type": "application/pdf"}
    fetched = await live.fetch(reference)
    assert (fetched.kind, fetched.content_type, fetched.data) == (Kind.DOCUMENT, "application/pdf", b"%PDF")
    with pytest.raises(PermanentFailure):
        await live.fetch(reference | {"file_id": "gone"})
    large = telegram.chats.keep("video/mp4", b"x" * 20_000_001)
    with pytest.raises(PermanentFailure) as refused:
        await live.fetch(reference | {"file_id": large.id})
    assert refused.value.failure.reason is FailureReason.MEDIA_TOO_LARGE


async def test_a_file_that_never_ends_is_cut_off(http: ClientSession) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/getFile"):
            file = {"file_id": "x", "file_unique_id": "y", "file_path": "documents/x"}
            return web.json_response({"ok": True, "result": file})
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"x" * 2**20)
        return response

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", handle)
    async with TestServer(app) as server:
        odd = TelegramAdapter("telegram", settings(base_url=str(server.make_url("/"))), http)
        with pytest.raises(PermanentFailure) as refused:
            await odd.fetch({"file_id": "x", "kind": "document", "content_type": "text/plain"})
    assert refused.value.failure.reason is FailureReason.MEDIA_TOO_LARGE


async def test_a_path_on_our_own_disk_is_never_opened(http: ClientSession) -> None:
    async def handle(_request: web.Request) -> web.Response:
        file = {"file_id": "x", "file_unique_id": "y", "file_path": "/etc/hostname"}
        return web.json_response({"ok": True, "result": file})

    app = web.Application()
    app.router.add_post("/{any:.*}", handle)
    async with TestServer(app) as server:
        odd = TelegramAdapter("telegram", settings(base_url=str(server.make_url("/"))), http)
        with pytest.raises(ChannelError):
            await odd.fetch({"file_id": "x", "kind": "document", "content_type": "text/plain"})


async def test_typing(live: TelegramAdapter, telegram: TelegramSandbox) -> None:
    await live.typing(str(AMINA), None)
    assert telegram.api.actions == [(AMINA, "typing")]
    assert isinstance(live, MediaSource)
    assert isinstance(live, TypingIndicator)
    assert isinstance(live, Rereading)


async def test_a_wrong_token_is_the_accounts_fault(http: ClientSession, base_url: str) -> None:
    wrong = TelegramAdapter("telegram", settings(base_url=base_url, token="7000000001:wrong"), http)
    with pytest.raises(AccountRejected):
        await wrong.__aenter__()


async def test_a_hundred_sends_at_once_keep_their_names(live: TelegramAdapter, amina: Chat) -> None:
    sent = await asyncio.gather(*(live.send(outbound(str(number))) for number in range(100)))
    names = {f"{AMINA}:{number}": message["text"] for number, message in amina.messages.items()}
    assert [names[one.external_id] for one in sent] == [str(number) for number in range(100)]
