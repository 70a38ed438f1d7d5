"""What a browser calls itself, in words its owner recognises."""

from __future__ import annotations

from typing import Final

# The first that fits: most browsers also claim to be others.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "Python"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str | None) -> str | None:
    """`Firefox · Windows`; None when nothing is known."""
    folded = user_agent or ""
    parts = (
        next((name for mark, name in table if mark.casefold() in folded.casefold()), None)
        for table in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(part for part in parts if part) or None
