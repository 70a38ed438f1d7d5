"""Addresses of articles: readable words of the title, in the script of the language."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 80  # characters
_SEPARATORS = re.compile(r"[^\w]+|_+")


def slug_of(title: str) -> str:
    """Return an address for a title: lower case, Latin letters without accents, Arabic ones without signs.

    "article" where the title has no letter and no digit.
    """
    kept = [
        character
        for character in unicodedata.normalize("NFKD", title.casefold())
        if unicodedata.category(character) != "Mn" and character != "\u0640"
    ]
    slug = _SEPARATORS.sub("-", unicodedata.normalize("NFC", "".join(kept))).strip("-")
    if len(slug) > _LONGEST:
        slug = slug[:_LONGEST].rpartition("-")[0] or slug[:_LONGEST]
    return slug or "article"
