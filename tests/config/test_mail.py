"""The desk's own mails through a real SMTP server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from config.mail import SandboxMailbox, SmtpMailer, html_of
from config.settings import MailSettings
from ticketing.people.mails import Mail, MailRefused

ARABIC = Mail(
    "amina@desk.example",
    "دعوتك إلى مكتب الزبناء",
    "مرحبا <b>أمينة</b>،\n\nافتح هذا الرابط:\n\nhttps://desk.example/password#token=abc-DEF\n\nشكرا",
    "ar",
)


class Server:
    """Keeps what it is given; refuses whom it is told to."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, SmtpMailer]]:
    handler = Server()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    settings = MailSettings(host="127.0.0.1", port=port, security="none", sender="وصل <desk@desk.example>")
    yield handler, SmtpMailer(settings)
    listening.close()
    await listening.wait_closed()


async def test_an_arabic_invitation_arrives_whole(server: tuple[Server, SmtpMailer]) -> None:
    handler, mailer = server
    await mailer.send(ARABIC)
    (envelope,) = handler.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("desk@desk.example", ["amina@desk.example"])
    content = envelope.content
    assert isinstance(content, bytes)
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Subject"] == ARABIC.subject
    assert message["From"] == "وصل <desk@desk.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == ARABIC.text
    html = rich.get_content()
    assert 'dir="rtl"' in html
    assert '<a href="https://desk.example/password#token=abc-DEF"' in html
    assert "<b>" not in html, "a name is text"


async def test_who_is_refused_for_good_and_who_for_now(server: tuple[Server, SmtpMailer]) -> None:
    handler, mailer = server
    handler.answer = "550 no such user"
    with pytest.raises(MailRefused):
        await mailer.send(ARABIC)
    handler.answer = "451 come again"
    with pytest.raises(Exception, match="451") as later:
        await mailer.send(ARABIC)
    assert not isinstance(later.value, MailRefused)


async def test_a_server_can_be_asked_whether_it_answers(server: tuple[Server, SmtpMailer]) -> None:
    handler, mailer = server
    await mailer.probe()
    assert handler.envelopes == []
    nobody = SmtpMailer(MailSettings(host="127.0.0.1", port=9, security="none", sender="a@desk.example"))
    with pytest.raises(OSError, match="127"):
        await nobody.probe()


async def test_a_name_cannot_add_headers(server: tuple[Server, SmtpMailer]) -> None:
    _, mailer = server
    with pytest.raises(ValueError, match=r"(?i)linefeed|newline|carriage"):
        await mailer.send(Mail("a@desk.example", "Hello\r\nBcc: all@desk.example", "x", "en"))


async def test_the_sandbox_shows_mails_as_text() -> None:
    mailbox = SandboxMailbox()
    await mailbox.send(Mail("<script>@x.example", "<script>alert(1)</script>", "<img onerror=x>", "en"))
    response = await mailbox.page(None)  # type: ignore[arg-type]
    assert response.text is not None
    assert "<script>" not in response.text
    assert "<img" not in response.text
    assert "<img" not in html_of(Mail("a@x.example", "s", "<img onerror=x>", "en"))
