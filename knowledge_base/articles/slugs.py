"""Addresses of articles: readable words of the title, in the script of the language."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 80  # characters
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "\u0640": ""})  # and tatweel
_SEPARATORS = re.compile(r"[^\w]+|_+")


def slug_of(title: str) -> str:
    """Return an address for a title: lower case, Latin letters without accents, Arabic ones without signs.

    "article" where the title has no letter and no digit.
    """
    composed = unicodedata.normalize("NFKC", title.casefold()).translate(_LIGATURES)
    kept = "".join(_bare(character) for character in composed)
    slug = _SEPARATORS.sub("-", kept).strip("-")
    if len(slug) > _LONGEST:
        slug = slug[:_LONGEST].rpartition("-")[0] or slug[:_LONGEST]
    return slug or "article"


def _bare(character: str) -> str:
    """Return a letter without its accent; hamza and madda belong to the Arabic letter that bears them."""
    if unicodedata.category(character) == "Mn":
        return ""
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else character
