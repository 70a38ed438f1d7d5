"""The few sentences the desk itself says to customers, in the languages they write."""

from __future__ import annotations

import re

from bot.contract import Language

_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_LATIN = re.compile("[A-Za-zÀ-ÿ]")

# Darija in Latin letters is answered in Latin letters here: these are fixed sentences, not generated ones.
_HANDED_OVER = {
    Language.AR: "سيجيبكم أحد مستشارينا هنا في أقرب وقت. رقم طلبكم: {number}",
    Language.ARY: "غادي يجاوبكم واحد المستشار ديالنا هنا فأقرب وقت. الرقم ديال الطلب ديالكم: {number}",
    Language.ARY_LATN: "Ghadi yjawbkom wa7ed l moustachar dyalna hna f a9rab wa9t. "
    "Ra9m dyal talab dyalkom: {number}",
    Language.FR: "Un conseiller va vous répondre ici dès que possible. Votre numéro de demande : {number}",
    Language.EN: "An adviser will answer you here as soon as possible. Your request number: {number}",
}
_NUMBER = {
    Language.AR: "رقم طلبكم: {number}",
    Language.ARY: "الرقم ديال الطلب ديالكم: {number}",
    Language.ARY_LATN: "Ra9m dyal talab dyalkom: {number}",
    Language.FR: "Votre numéro de demande : {number}",
    Language.EN: "Your request number: {number}",
}


def handed_over(language: Language, number: str) -> str:
    """A person will answer, and under which number."""
    return _HANDED_OVER[language].format(number=number)


def your_number(language: Language, number: str) -> str:
    return _NUMBER[language].format(number=number)


def language_of(text: str, known: str | None) -> Language:
    """The language to speak when no assistant has told it: the last known one, else by the script written.

    The known language loses only to a script it cannot be written in: somebody else holds the telephone.
    """
    arabic, latin = len(_ARABIC.findall(text)), len(_LATIN.findall(text))
    by_script = Language.AR if arabic > latin else Language.FR
    if known is None or known not in set(Language):
        return by_script
    language = Language(known)
    writes_arabic = language in {Language.AR, Language.ARY}
    if arabic == latin or writes_arabic == (arabic > latin):
        return language
    return by_script
