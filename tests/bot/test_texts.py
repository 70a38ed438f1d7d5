from __future__ import annotations

import string

import pytest

from bot.contract import Language
from bot.texts import say, texts


def placeholders(value: object) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(str(value)) if name}


@pytest.mark.parametrize("language", Language)
def test_every_language_says_the_same_things(language: Language) -> None:
    reference = texts(Language.FR)
    assert texts(language).keys() == reference.keys()
    for key, value in texts(language).items():
        if isinstance(value, str):
            assert value.strip()
            assert placeholders(value) == placeholders(reference[key]), key
        else:
            assert len(value) == len(reference[key]), key


@pytest.mark.parametrize("language", Language)
def test_texts_are_written_in_their_script(language: Language) -> None:
    arabic_letters = sum("\u0600" <= character <= "\u06ff" for character in say(language, "greeting"))
    assert (arabic_letters > 20) == (language in (Language.AR, Language.ARY))


@pytest.mark.parametrize("language", Language)
def test_button_titles_fit_the_narrowest_channel(language: Language) -> None:
    titles = [key for key in texts(language) if key.startswith(("choice_", "option_"))]
    assert len(titles) > 40
    for key in titles:
        assert len(say(language, key)) <= 20, key


@pytest.mark.parametrize("language", Language)
def test_the_safety_text_never_promises_a_team_on_its_way(language: Language) -> None:
    text = say(language, "safety_street").casefold()
    assert "15" in text
    for promise in ("on its way", "en route", "في الطريق", "فالطريق", "jaya f tri9"):
        assert promise not in text
