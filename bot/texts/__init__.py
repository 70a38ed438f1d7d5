"""What the assistant says: a folder a language, a file a subject.

Every language has the same keys (a test compares them), and no key stands in two files.
"""

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
    content: dict[str, Any] = {}
    for path in sorted((_FOLDER / language).glob("*.yaml")):
        part: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        twice = content.keys() & part.keys()
        if twice:
            raise ValueError(
                f"{path.parent.name}/{path.name} says again what another file says: {sorted(twice)}."
            )
        content |= part
    return content
