"""How people get in: what seals their secrets, the identity provider, and the mails that invite them."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import ClientSession

from config.mail import SandboxMailbox, SmtpMailer
from config.secrets import SecretStore
from config.settings import OpenIdSettings, Settings
from ticketing.desk import Desk
from ticketing.people.mails import Mails
from ticketing.people.services import People
from ticketing.sealing import Sealer
from ticketing.web.auth.oidc import OidcClient, OidcSettings

CALLBACK = "/api/oidc/callback"


@dataclass(frozen=True, slots=True)
class Doors:
    """`mails` is the worker that sends, None where the desk has no way to; `mailbox` the sandbox's."""

    sealer: Sealer
    oidc: OidcClient | None
    mails: Mails | None
    mailbox: SandboxMailbox | None


def open_doors(settings: Settings, secrets: SecretStore, desk: Desk, http: ClientSession) -> Doors:
    key = settings.secret_key.get_secret_value() if settings.secret_key else secrets.get("at-rest")
    sealer = Sealer(key, *(former.get_secret_value() for former in settings.former_secret_keys))
    mailbox = SandboxMailbox() if settings.sandbox and settings.mail is None else None
    mailer = SmtpMailer(settings.mail) if settings.mail else mailbox
    mails = None
    if mailer is not None:
        people = People.build(
            desk,
            sealer,
            brand=settings.brand.name,
            short_name=settings.brand.short_name,
            desk_url=settings.url,
            sends_mail=True,
        )
        mails = Mails(desk, mailer, sealer, people.agents.reset_mail)
    oidc = None
    if settings.oidc is not None:
        oidc = OidcClient(_provider(settings.oidc), http, sealer, f"{settings.url}{CALLBACK}")
    return Doors(sealer, oidc, mails, mailbox)


def _provider(settings: OpenIdSettings) -> OidcSettings:
    secret = settings.client_secret.get_secret_value() if settings.client_secret else None
    return OidcSettings(**(settings.model_dump() | {"client_secret": secret}))
