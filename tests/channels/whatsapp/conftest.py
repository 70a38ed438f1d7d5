"""A WhatsApp account, with secrets of its own."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from channels.whatsapp.adapter import WhatsAppAdapter
from channels.whatsapp.settings import WhatsAppSettings

NUMBER = "106540352242922"


def settings(**changes: object) -> WhatsAppSettings:
    given = {
        "phone_number_id": NUMBER,
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
