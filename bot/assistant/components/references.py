"""Telephones, numbers of tickets, readings of meters, other numbers. Pure, standard library only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.assistant.components.found import Found
from knowledge_base.check_digit import check_digit
from knowledge_base.text import words

_PHONE = re.compile(r"(?<!\d)(?:(?:\+|00)212[\s.\-]?(?:\(0\)|0)?|0)([5-8](?:[\s.\-]?\d){8})(?!\d)")
# The blanks, dashes, dots and slashes that people put between groups.
_NUMBER = re.compile(r"\d(?:[\s./\-\u00a0]?\d){2,}")
_INDEX = re.compile(r"(?<![\d.,])\d{1,7}(?:[.,]\d{1,3})?(?![\d]|[.,/\-]\d)")

_CONTRACT_WORDS = frozenset(
    words(
        "contrat lcontrat contra kontra contract العقد عقد عقدي الكونطرا كونطرا كونترا l3a9d 3a9d"
        " 3e9d police abonnement"
        " الاشتراك reference référence ref مرجع المرجع merja3 code كود الكود رمز الرمز"
    )
)
_TICKET_WORDS = frozenset(
    words(
        "ticket tickets tikit tiki تيكي تيكيت التيكي reclamation réclamation reclama chikaya chikaya"
        " chikayti شكايه"
        " شكايتي الشكايه شكوى شكوتي الشكوى الطلب طلب طلبي talab demande dossier الملف ملف complaint"
        " request case"
        " suivi ticketid التذكره تذكره"
    )
)
_INDEX_WORDS = frozenset(
    words(
        "index lindex indexe indice relevé releve autoreleve reading readings قراءة القراءة قرايه"
        " القرايه قراية"
        " لقرايه lindice 9raya l9raya kraya lkraya qraya lqraya 9iraya اندكس لاندكس الاندكس انديكس لانديكس"
        " لانديس انديس compteurindex"
    )
)
_METER_WORDS = frozenset(
    words("compteur lcompteur contour lcontour kontor lkontor الكونتور كونتور العداد عداد عدادي meter")
)
_SHOWS = frozenset(
    words(
        "affiche marque indique wasel wsel wasl kayn fih واصل وصل فيه كيقول كاين shows reads says is"
        " howa هو مسجل"
    )
)
_REACH = 5  # words between the word that tells and its number
_SHORTEST_TICKET = 6  # digits: the first ticket's serial is 10001


def phones(text: str) -> list[Found]:
    """Return Moroccan telephone numbers; `value` is E.164."""
    found = []
    for match in _PHONE.finditer(text):
        if not _told_by(_CONTRACT_WORDS, text, match.start()):
            digits = re.sub(r"\D", "", match[1])
            found.append(Found("phone", f"+212{digits}", match.start(), match.end()))
    return found


def meter_indexes(text: str) -> list[Found]:
    """Return the readings of meters: the first number behind a word like index; `value` is whole units."""
    found: list[Found] = []
    for match in _INDEX.finditer(text):
        before = _words_before(text, match.start())
        if _stands_alone(text, match) and _is_index(before) and not (found and _one_word(found, text, match)):
            digits = re.split("[.,]", match.group())[0].lstrip("0") or "0"
            found.append(Found("meter_index", digits, match.start(), match.end()))
    return found


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Tell "5541" from the digits of "3lach" and from one group of a longer number."""
    before, after = text[: match.start()], text[match.end() :]
    glued = bool(before) and (before[-1].isalnum() or before[-1] == "_")
    unit = re.match(r"(?:kwh|m3|kw|طن)\b", after.lower())
    return not glued and (unit is not None or not after[:1].isalnum()) and not re.match(r"[\s\-]\d", after)


def _is_index(before: Sequence[str]) -> bool:
    told = _last(_INDEX_WORDS, before)
    if told is None and before and (meter := _last(_METER_WORDS, before)) is not None:
        told = meter if any(word in _SHOWS for word in before[meter:]) else None
    others = [_last(listed, before) for listed in (_CONTRACT_WORDS, _TICKET_WORDS)]
    return told is not None and not any(other is not None and other > told for other in others)


def _one_word(found: Sequence[Found], text: str, match: re.Match[str]) -> bool:
    """Tell whether the word before both numbers is one: it tells of the first alone."""
    between = words(text[found[-1].end : match.start()])
    return not any(_bare(word) in _INDEX_WORDS for word in between)


def numbers(text: str) -> list[Found]:
    """Return the rest of the numbers of three digits or more, as digits; tickets by their word and"
    " check digit."""
    found = []
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        name = "ticket_number" if _is_ticket(text, match.start(), digits) else "number"
        found.append(Found(name, digits, match.start(), match.end()))
    return found


def _is_ticket(text: str, start: int, digits: str) -> bool:
    if len(digits) < _SHORTEST_TICKET or digits[0] == "0" or check_digit(digits) != 0:
        return False
    return _told_by(_TICKET_WORDS, text, start) and not _told_by(_CONTRACT_WORDS, text, start)


def _told_by(listed: frozenset[str], text: str, position: int) -> bool:
    return _last(listed, _words_before(text, position)) is not None


def _words_before(text: str, position: int) -> list[str]:
    return words(text[max(0, position - 80) : position])[-_REACH - 1 :]


def _last(listed: frozenset[str], before: Sequence[str]) -> int | None:
    return next((at for at in reversed(range(len(before))) if _bare(before[at]) in listed), None)


def _bare(word: str) -> str:
    """Return a word without what Arabic writes into its beginning."""
    for opening in ("وال", "فال", "بال", "لل", "ال", "و", "ف", "ب", "ل"):
        if word.startswith(opening) and len(word) - len(opening) >= 3:
            return word[len(opening) :]
    return word
