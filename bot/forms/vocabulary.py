"""What agents call the fields of the forms and their options, by language: Arabic, French, English."""

from __future__ import annotations

from collections.abc import Mapping

from bot.contract import Language
from bot.forms.definitions import definitions
from bot.texts import say

_LANGUAGES = (Language.AR, Language.FR, Language.EN)


def labels() -> Mapping[str, Mapping[str, str]]:
    """Return the name of every field: {"leak_where": {"ar", "fr", "en"}, …}."""
    return {
        each.name: {"ar": each.label_ar, "fr": each.label_fr, "en": each.label_en}
        for each in definitions()[0].values()
    }


def options() -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return the words of every value that is one of a few: {("leak_where", "flooded"): {"ar", …}, …}."""
    chosen = {
        (each.name, option.name): f"option_{each.name}_{option.name}"
        for each in definitions()[0].values()
        for option in each.options
    }
    sent = {(name, "sent"): "fact_sent" for name in ("photo", "receipt")}
    return {
        key: {str(language): say(language, text) for language in _LANGUAGES}
        for key, text in {**chosen, **sent}.items()
    }
