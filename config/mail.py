"""How the desk's own mails leave: by the company's mail server, or into a mailbox that the sandbox shows."""

from __future__ import annotations

import html
import re
from collections import deque
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final

import aiosmtplib
from aiohttp import web

from config.settings import MailSettings
from ticketing.desk import utc_now
from ticketing.people.mails import Mail, MailRefused

TIMEOUT: Final = 20.0  # seconds for the whole conversation with the server
KEPT: Final = 50  # mails the sandbox remembers
_LINK: Final = re.compile(r"https?://[^\s<>\"]+")


def message_of(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    """Plain text, and the same in HTML for the direction of Arabic; no picture, nothing to track."""
    name, address = parseaddr(sender)
    message = EmailMessage()
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=address.partition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
    message.set_content(mail.text)
    message.add_alternative(html_of(mail), subtype="html")
    return message


def html_of(mail: Mail) -> str:
    direction = "rtl" if mail.language == "ar" else "ltr"
    paragraphs = "".join(f"<p>{_linked(part)}</p>" for part in mail.text.split("\n\n"))
    return (
        f'<!doctype html><html lang="{mail.language}" dir="{direction}"><head><meta charset="utf-8">'
        f"<title>{html.escape(mail.subject)}</title></head><body>{paragraphs}</body></html>"
    )


def _linked(text: str) -> str:
    """Escaped, with addresses to click on."""
    parts, last = [], 0
    for found in _LINK.finditer(text):
        url = html.escape(found.group())
        parts += [html.escape(text[last : found.start()]), f'<a href="{url}" dir="ltr">{url}</a>']
        last = found.end()
    return "".join([*parts, html.escape(text[last:])])


class SmtpMailer:
    """Hands mails to the company's server (RFC 6409), encrypted unless its settings say otherwise."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, mail: Mail) -> None:
        """MailRefused when the server will never take it; any other error passes."""
        try:
            async with self._server() as server:
                await server.send_message(message_of(mail, self._settings.sender, utc_now()))
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(each.code >= 500 for each in error.recipients):
                raise MailRefused(f"no such recipient ({error.recipients[0].code})") from error
            raise
        except aiosmtplib.SMTPDataError as error:
            if error.code >= 500:
                raise MailRefused(f"refused by the server ({error.code})") from error
            raise

    async def probe(self) -> None:
        """Connect, sign in and leave. Any error says what is wrong."""
        async with self._server() as server:
            await server.noop()

    def _server(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password else None,
            timeout=TIMEOUT,
        )


class SandboxMailbox:
    """Plays the mail server: keeps the newest mails of this process and shows them on a page."""

    def __init__(self) -> None:
        self.mails: deque[tuple[datetime, Mail]] = deque(maxlen=KEPT)

    async def send(self, mail: Mail) -> None:
        self.mails.appendleft((utc_now(), mail))

    async def page(self, _request: web.Request) -> web.Response:
        """Everything that was sent, newest first."""
        shown = "".join(_article(at, mail) for at, mail in self.mails)
        body = _PAGE.replace(
            "{{mails}}", shown or "<p>No mail yet · Pas encore de courrier · لا رسائل بعد</p>"
        )
        policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return web.Response(text=body, content_type="text/html", headers=headers)


def _article(at: datetime, mail: Mail) -> str:
    direction = "rtl" if mail.language == "ar" else "ltr"
    paragraphs = "".join(f"<p>{_linked(part)}</p>" for part in mail.text.split("\n\n"))
    return (
        f'<article lang="{mail.language}" dir="{direction}"><h2>{html.escape(mail.subject)}</h2>'
        f'<p class="to" dir="ltr">{html.escape(mail.to)} · {at:%Y-%m-%d %H:%M} UTC</p>{paragraphs}</article>'
    )


_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails · Wasl</title><style>
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, "Noto Sans Arabic", sans-serif; max-width: 44rem; margin: 2rem auto;
  padding: 0 1rem; }
article { border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .75rem;
  padding: 1rem 1.25rem; margin: 1rem 0; }
h1 { font-size: 1.25rem; } h2 { font-size: 1.05rem; margin: 0; } .to { opacity: .75; margin: .25rem 0 1rem; }
a { overflow-wrap: anywhere; }
</style></head><body><h1>Mails of the desk (sandbox)</h1>{{mails}}</body></html>
"""
