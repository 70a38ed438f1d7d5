"""The names accounts.yaml may use: the environment, and in the sandbox what the played providers supply."""

from __future__ import annotations

import os
from collections.abc import Mapping

from config.secrets import SecretStore
from config.settings import Settings

GRAPH = "/sandbox/graph"
TELEGRAM = "/sandbox/telegram"
TELEGRAM_BOT = 7000000001  # a token begins with the number of its bot


def account_environment(settings: Settings, secrets: SecretStore) -> Mapping[str, str]:
    """With the sandbox on, its addresses and secrets stand in for the providers': nothing else differs.

    A web chat needs no provider, so its secret is made here when none is given.
    """
    environment = dict(os.environ)
    environment.setdefault("WASL_WEBCHAT_SECRET", secrets.get("webchat"))
    environment.setdefault("WASL_DEMONSTRATION", "1" if settings.demonstration else "0")
    if settings.sandbox:
        environment |= {
            "WASL_WHATSAPP_BASE_URL": f"{settings.local_url}{GRAPH}",
            "WASL_WHATSAPP_TOKEN": secrets.get("sandbox-token"),
            "WASL_WHATSAPP_APP_SECRET": secrets.get("sandbox-app-secret"),
            "WASL_WHATSAPP_VERIFY_TOKEN": secrets.get("sandbox-verify-token"),
            "WASL_TELEGRAM_BASE_URL": f"{settings.local_url}{TELEGRAM}",
            "WASL_TELEGRAM_TOKEN": f"{TELEGRAM_BOT}:{secrets.get('sandbox-telegram-token')}",
            "WASL_TELEGRAM_MODE": "webhook",
            "WASL_TELEGRAM_WEBHOOK_SECRET": secrets.get("sandbox-telegram-webhook"),
            "WASL_TELEGRAM_WEBHOOK_URL": f"{settings.local_url}/channels/telegram/webhook",
        }
    return environment
