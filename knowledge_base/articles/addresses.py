"""Where customers read an article. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

HELP: Final = "/help"


def path_of(language: str, slug: str) -> str:
    """Return the address of an article within our own, percent-encoded."""
    return f"{HELP}/{language}/articles/{quote(slug)}"


def short_url(public_url: str, language: str, number: int) -> str:
    """Return the address to send to customers: short, and it stays when the title changes."""
    return f"{public_url.rstrip('/')}{HELP}/{language}/{number}"
