"""Files are what their bytes say."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from aiohttp import FormData

from channels.envelope import Attachment, Kind
from channels.webchat.files import file_name, recognise
from channels.webchat.refused import Refused
from tests.channels.webchat.conftest import Chat, StartChat, Visitor

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(50)
SAMPLES = {
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01": (Kind.IMAGE, "image/jpeg"),
    b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x01": (Kind.IMAGE, "image/jpeg"),
    PNG: (Kind.IMAGE, "image/png"),
    b"RIFF\x24\x00\x00\x00WEBPVP8 ": (Kind.IMAGE, "image/webp"),
    b"GIF89a": (Kind.IMAGE, "image/gif"),
    b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic": (Kind.IMAGE, "image/heif"),
    b"%PDF-1.7\nx": (Kind.DOCUMENT, "application/pdf"),
    b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead": (Kind.AUDIO, "audio/ogg"),
    b"\x00\x00\x00\x20ftypM4A \x00\x00\x02\x00isomiso2": (Kind.AUDIO, "audio/mp4"),
    b"ID3\x03\x00\x00\x00\x00\x00\x0f": (Kind.AUDIO, "audio/mpeg"),
    b"#!AMR\n": (Kind.AUDIO, "audio/amr"),
    b"RIFF\x24\x00\x00\x00WAVEfmt ": (Kind.AUDIO, "audio/wav"),
    b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom": (Kind.VIDEO, "video/mp4"),
    b"\x00\x00\x00\x18ftyp3gp4\x00\x00\x00\x00isom3gp4": (Kind.VIDEO, "video/3gpp"),
    b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm": (Kind.VIDEO, "video/webm"),
}
REFUSED = [
    b"<html><script>alert(1)</script>",
    b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    b"PK\x03\x04\x14",
    b"MZ\x90",
    b"text",
    b"\x7fELF\x02\x01\x01",
    b"#!/bin/sh\n",
]


@pytest.mark.parametrize(("head", "expected"), SAMPLES.items(), ids=lambda value: str(value)[:24])
def test_accepted_formats(head: bytes, expected: tuple[Kind, str]) -> None:
    attachment = recognise(head + bytes(60), "name.exe")
    assert (attachment.kind, attachment.content_type) == expected


@pytest.mark.parametrize("data", REFUSED)
def test_refused_formats(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        recognise(data + bytes(60), "photo.jpg")
    assert refused.value.code == "media_unsupported"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\صورة.jpg", "صورة.jpg"),
        ('a"\r\nSet-Cookie: x.png', "a__Set-Cookie_ x.png"),
        ("...", None),
        ("", None),
        (None, None),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
    ],
)
def test_names_lose_what_could_hurt(given: str | None, kept: str | None) -> None:
    assert file_name(given) == kept


def form(data: bytes, client_id: str = "file-0001", name: str = "meter.png") -> FormData:
    body = FormData()
    body.add_field("client_id", client_id)
    body.add_field("file", data, filename=name, content_type="text/html")
    return body


async def upload(visitor: Visitor, body: FormData | bytes) -> tuple[int, str | None]:
    chat = visitor.chat
    async with chat.session.post(chat.url("/files"), data=body, headers=visitor.headers) as response:
        answer = await response.json()
        return response.status, answer.get("error", {}).get("code")


async def test_an_upload_is_stored_once_and_only_its_visitor_opens_it(chat: Chat, visitor: Visitor) -> None:
    assert await upload(visitor, form(PNG)) == (202, None)
    assert await upload(visitor, form(PNG)) == (202, None)
    (stored,) = chat.desk.messages
    assert stored.content.kind is Kind.IMAGE
    assert stored.content.attachments[0].data == PNG

    (message,) = await visitor.messages()
    (attachment,) = message["attachments"]
    address = chat.url(f"/attachments/{attachment['id']}")
    async with chat.session.get(address, params={"token": visitor.token}) as response:
        assert response.status == 200
        assert await response.read() == PNG
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Disposition"] == "inline; filename*=UTF-8''meter.png"
    stranger = await chat.visitor()
    for token, status in ((stranger.token, 404), ("", 401)):
        async with chat.session.get(address, params={"token": token}) as response:
            assert response.status == status


async def test_what_is_not_shown_inline_is_a_download(chat: Chat, visitor: Visitor) -> None:
    attachment_id = uuid4()
    file = Attachment(Kind.DOCUMENT, "text/html", "facture é.html", 6, data=b"<html>")
    chat.desk.files[attachment_id] = (visitor.name, file)
    async with chat.session.get(
        chat.url(f"/attachments/{attachment_id}"), params={"token": visitor.token}
    ) as response:
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith(
            "attachment; filename*=UTF-8''facture%20%C3%A9"
        )
        assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["x", "..%2f..%2fetc%2fpasswd", str(UUID(int=0))])
async def test_unknown_files_are_not_there(chat: Chat, visitor: Visitor, name: str) -> None:
    async with chat.session.get(
        chat.url(f"/attachments/{name}"), params={"token": visitor.token}
    ) as response:
        assert response.status == 404


async def test_too_large_wrong_or_empty_files_are_refused_and_nothing_is_stored(
    start_chat: StartChat,
) -> None:
    chat = await start_chat(file_bytes=1000)
    visitor = await chat.visitor()
    assert await upload(visitor, form(PNG + bytes(1000))) == (413, "file_too_large")
    assert await upload(visitor, form(PNG + bytes(200_000))) == (413, "file_too_large")
    assert await upload(visitor, form(b"<svg/>")) == (422, "media_unsupported")
    assert await upload(visitor, form(b"")) == (422, "empty")
    assert await upload(visitor, form(PNG, client_id="no")) == (422, "bad_client_id")
    assert await upload(visitor, b"not a form") == (400, "unreadable")
    assert chat.desk.messages == []


async def test_a_form_without_a_file_or_cut_short_is_refused(chat: Chat, visitor: Visitor) -> None:
    empty = FormData({"client_id": "file-0001"})
    empty.add_field("other", b"x", filename="x")
    assert await upload(visitor, empty) == (422, "empty")
    headers = visitor.headers | {"Content-Type": "multipart/form-data; boundary=b"}
    cut = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG
    async with chat.session.post(chat.url("/files"), data=cut, headers=headers) as response:
        assert response.status == 400
    assert chat.desk.messages == []


async def test_uploads_have_a_rate_of_their_own(start_chat: StartChat) -> None:
    chat = await start_chat(file_rate="2/minute")
    visitor = await chat.visitor()
    answers = [await upload(visitor, form(PNG, client_id=f"file-000{number}")) for number in range(3)]
    assert answers == [(202, None), (202, None), (429, "rate_limited")]
    assert (await visitor.send({"client_id": "text-0001", "text": "still here"}))[0] == 202
