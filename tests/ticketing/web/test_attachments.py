"""Uploads and downloads: what a file is, how it is named, who may see it, how a browser may use it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import FormData

from channels.envelope import Attachment, Content, InboundMessage, Kind, Sender
from tests.ticketing.web.office import Office, Person
from ticketing.web.files import content_type_of, disposition, safe_name

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 100
VOICE = b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x13OpusHead"
PDF = b"%PDF-1.7\n" + b"x" * 5000


async def upload(
    person: Person, data: bytes, name: str = "file.png", content_type: str = "image/png", status: int = 201
) -> Any:
    form = FormData(quote_fields=False)  # as browsers name files
    form.add_field("file", io.BytesIO(data), filename=name, content_type=content_type)
    response = await person.ask("POST", "/uploads", data=form)
    assert response.status == status, await response.text()
    return await response.json()


async def test_a_file_goes_with_a_reply(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    attachment = await upload(salma, PNG, "photo du compteur.png")
    assert attachment.pop("id")
    assert attachment == {
        "kind": "image",
        "content_type": "image/png",
        "name": "photo du compteur.png",
        "size": len(PNG),
        "state": "stored",
    }
    attachment_id = (await upload(salma, PNG))["id"]
    assert (await youssef.ask("GET", f"/attachments/{attachment_id}")).status == 404, "not sent yet"
    body = {"client_id": str(uuid4()), "text": "Voici", "attachment_ids": [attachment_id]}
    answer = await salma.post(f"/tickets/{ticket_id}/reply", body, expect=201)
    files = [file for message in answer["messages"] for file in message["content"]["attachments"]]
    assert [file["id"] for file in files] == [attachment_id]
    response = await youssef.ask("GET", f"/attachments/{attachment_id}")
    assert await response.read() == PNG
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("data", "name", "declared"),
    [
        (b"<html><script>alert(1)</script>", "photo.png", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "drawing.svg", "image/svg+xml"),
        (b"MZ" + b"\x00" * 500, "invoice.pdf", "application/pdf"),
        (bytes(range(256)) * 4, "photo.png", "image/png"),
    ],
)
async def test_what_no_channel_carries(office: Office, data: bytes, name: str, declared: str) -> None:
    salma = await office.person("agent", "Salma")
    error = await upload(salma, data, name, declared, status=422)
    assert error["code"] == "media_unsupported"
    assert await office.one("SELECT count(*) FROM attachments") == 0


async def test_files_too_large(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    for size in (150_000, 250_000, 2_500_000):  # over the channel's limit, over ours, over everyone's
        error = await upload(salma, PNG + b"\x00" * size, status=413)
        assert error["code"] == "media_too_large"


async def test_forms_that_are_none(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await upload(salma, b"", status=422)
    form = FormData()
    form.add_field("other", PNG, filename="x.png")
    assert (await salma.ask("POST", "/uploads", data=form)).status == 422
    assert (await salma.ask("POST", "/uploads", {"file": "x"})).status == 400
    broken = await salma.ask(
        "POST", "/uploads", data=b"--b\r\nbroken", headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert broken.status in {400, 422}


async def received(office: Office, attachment: Attachment) -> UUID:
    message = InboundMessage(
        "chat",
        uuid4().hex,
        Sender(("0600",)),
        datetime.now(UTC),
        Content(kind=attachment.kind, attachments=(attachment,)),
    )
    await office.intake.accept([message])
    attachment_id: UUID = await office.one("SELECT id FROM attachments ORDER BY created_at DESC LIMIT 1")
    return attachment_id


async def test_a_customers_page_is_only_a_download(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    page = b"<html><script>alert(document.cookie)</script></html>"
    for content_type in ("text/html", "image/svg+xml", "text/xml", "application/javascript"):
        attachment_id = await received(
            office, Attachment(Kind.DOCUMENT, content_type, '../../"evil\r\nSet-Cookie: a=b".html', data=page)
        )
        response = await salma.ask("GET", f"/attachments/{attachment_id}")
        assert await response.read() == page
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment; ")
        assert "Set-Cookie" not in response.headers
        assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_ranges(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    bill = Attachment(Kind.DOCUMENT, "application/pdf", "facture.pdf", data=PDF)
    attachment_id = await received(office, bill)
    path = f"/attachments/{attachment_id}"
    for asked, status, part in (
        ("bytes=0-9", 206, PDF[:10]),
        ("bytes=10-", 206, PDF[10:]),
        ("bytes=-5", 206, PDF[-5:]),
        ("bytes=0-999999", 200, PDF),
        ("bytes=0-1,5-6", 200, PDF),
        ("items=0-1", 200, PDF),
    ):
        response = await salma.ask("GET", path, headers={"Range": asked})
        assert (response.status, await response.read()) == (status, part), asked
        if status == 206:
            assert response.headers["Content-Range"].endswith(f"/{len(PDF)}")
    assert (await salma.ask("GET", path, headers={"Range": "bytes=99999-"})).status == 416
    head = await salma.ask("HEAD", path)
    assert (head.status, head.headers["Content-Length"], await head.read()) == (200, str(len(PDF)), b"")


async def test_what_is_not_there(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await salma.get(f"/attachments/{uuid4()}", expect=404)
    pending = await received(office, Attachment(Kind.IMAGE, "image/png", reference={"id": "1"}))
    error = await salma.get(f"/attachments/{pending}", expect=404)
    assert error["code"] == "attachment_not_stored"
    stored = await received(office, Attachment(Kind.IMAGE, "image/png", data=PNG))
    key = await office.one("SELECT storage_key FROM attachments WHERE id = :id", id=stored)
    await office.storage.delete(key)
    await salma.get(f"/attachments/{stored}", expect=404)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("فاتورة.pdf", "فاتورة.pdf"),
        ("gpj.\u202eexe", "gpj._exe"),
        ("a\r\nb.txt", "a__b.txt"),
        ("...", None),
        ("", None),
        (None, None),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("\ud800a.txt", "a.txt"),
    ],
)
def test_names(name: str | None, kept: str | None) -> None:
    assert safe_name(name) == kept


def test_disposition_names_the_file_in_both_ways() -> None:
    value = disposition("فاتورة 1.pdf", inline=False)
    assert value.startswith("attachment; filename=\"______ 1.pdf\"; filename*=UTF-8''%D9%81")
    assert value.isascii()


@pytest.mark.parametrize(
    ("data", "name", "declared", "expected"),
    [
        (PNG, "a.jpg", "image/jpeg", "image/png"),
        (PDF, None, "", "application/pdf"),
        ("bonjour ça va".encode(), "a.txt", "text/plain", "text/plain"),
        (b"a;b\n1;2", "a.csv", "text/csv", "text/csv"),
        (bytes(range(256)), "a.png", "image/png", "application/octet-stream"),
        (
            VOICE,
            "v.ogg",
            "audio/ogg; codecs=opus",
            "audio/ogg",
        ),
    ],
)
def test_content_types(data: bytes, name: str | None, declared: str, expected: str) -> None:
    assert content_type_of(data, name, declared) == expected
