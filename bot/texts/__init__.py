"""What the assistant says, one file a language. Every file has the same keys (a test compares them)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.contract import Language

_FOLDER = Path(__file__).parent


def say(language: Language, key: str, **values: object) -> str:
    """Return a text with its placeholders filled; raises KeyError for an unknown key or a missing value."""
    text: str = texts(language)[key]
    return text.format(**values) if values else text


@cache
def texts(language: Language) -> dict[str, Any]:
    """Return every text of a language: strings, and the lists `weekdays` (Monday first) and `months`."""
    content: dict[str, Any] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return content
