"""The played providers on our own address: who plays them and where their webhooks go."""

from __future__ import annotations

from aiohttp import web

from channels.sandbox.app import SANDBOX, sandbox_app
from channels.sandbox.settings import SandboxSettings, Suggestion
from channels.sandbox.telegram import telegram_app
from channels.sandbox.telegram_provider import TelegramSandboxSettings
from config.environment import TELEGRAM
from config.parts import Parts
from config.settings import SettingsError

MOUNT = "/sandbox"
ACCOUNT = "whatsapp-main"

# The customers of config/sample/README.md whose contracts are worth asking about.
SUGGESTIONS = (
    Suggestion(number="+212661000001", name="فاطمة الزهراء", note="3 contrats · 3 عقود"),
    Suggestion(number="+212661000002", name="Mbarek", note="1 facture à payer · فاتورة غير مؤداة"),
    Suggestion(number="+212661000003", name="Khadija", note="tout est payé · كل شيء مؤدى"),
    Suggestion(number="+212677001122", name="Omar", note="sans contrat · بدون عقد"),
)

_SANDBOX = web.AppKey("wasl_sandbox", web.Application)


def mount_sandbox(app: web.Application, parts: Parts) -> None:
    """Mount it below /sandbox; its webhooks wait for `connect_sandbox`.

    Telegram's go where the account tells it when it starts, as in the real world.
    """
    environment = parts.environment
    played = sandbox_app(
        SandboxSettings.model_validate(
            {
                "token": environment["WASL_WHATSAPP_TOKEN"],
                "app_secret": environment["WASL_WHATSAPP_APP_SECRET"],
                "verified_name": parts.settings.brand.name,
                "suggestions": SUGGESTIONS,
            }
        )
    )
    telegram = TelegramSandboxSettings.model_validate(
        {"token": environment["WASL_TELEGRAM_TOKEN"], "name": parts.settings.brand.name}
    )
    if parts.doors.mailbox is not None:
        app.router.add_get(f"{MOUNT}/mail", parts.doors.mailbox.page)
    app.add_subapp(TELEGRAM, telegram_app(telegram))
    app.add_subapp(MOUNT, played)
    app[_SANDBOX] = played


def connect_sandbox(app: web.Application, parts: Parts) -> None:
    """Let the webhooks out, now that somebody listens."""
    if _SANDBOX not in app:
        return
    if ACCOUNT not in parts.adapters:
        raise SettingsError(f"The sandbox plays the account {ACCOUNT}, which accounts.yaml does not have.")
    app[_SANDBOX][SANDBOX].connect(f"{parts.settings.local_url}/channels/{ACCOUNT}/webhook")
