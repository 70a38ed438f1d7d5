"""WhatsApp accounts: one that must not call out, and one whose provider is the sandbox."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from channels.whatsapp.adapter import WhatsAppAdapter
from channels.whatsapp.settings import WhatsAppSettings


def settings(**changes: object) -> WhatsAppSettings:
    given = {
        "phone_number_id": "106540352242922",
        "token": "token-of-tests",
        "app_secret": "secret-of-tests",
        "verify_token": "verify-of-tests",
        # A port nobody listens on: a test that calls out by mistake fails.
        "graph_url": "http://127.0.0.1:9",
    }
    return WhatsAppSettings.model_validate(given | changes)


@pytest.fixture
def adapter(http: ClientSession) -> WhatsAppAdapter:
    return WhatsAppAdapter("whatsapp-main", settings(), http)


@pytest.fixture
def live(http: ClientSession, graph_url: str) -> WhatsAppAdapter:
    """An account at the sandbox."""
    secrets = {"token": "sandbox-token", "app_secret": "sandbox-app-secret"}
    return WhatsAppAdapter("whatsapp-main", settings(graph_url=graph_url, **secrets), http)
