"""Which of the utility's services a message speaks of. Pure, standard library only."""

from __future__ import annotations

from bot.assistant.components.found import Found
from knowledge_base.text import Word, spans, words

WATER, ELECTRICITY, SANITATION = "water", "electricity", "sanitation"

_WORDS = {
    WATER: "ماء ما الماء الما لما lma elma almaa eau eaux leau water aman waman ma2",
    ELECTRICITY: (
        "ضو الضو لضو ضوء الضوء ضي كهرباء الكهرباء كهربا الكهربا الكهربائي الكهربائية تريسيان"
        " التريسيان تريسنتي"
        " التريسنتي التيار الكوران كوران ddo ldo daw dow electricite electrique electricity electric courant"
        " lcourant lcouran trisinti trissinti trisiti trisyan trisian kahraba lkahraba lkahrba power"
        " ddu lumiere"
    ),
    SANITATION: (
        "تطهير التطهير الصرف قادوس القادوس قوادس القوادس بالوعة البالوعة بلوعة البالوعات مجاري المجاري ريكار"
        " الريكار assainissement egout egouts legout sewage sewer drain sanitation 9adous l9adous"
        " qadous kadous"
        " balou3a lbalou3a regard usees"
    ),
}
_SERVICE_OF = {word: service for service, spellings in _WORDS.items() for word in words(spellings)}
_PROCLITICS = ("و", "ف", "ب", "ل", "د", "ك")
_AFTER_A_PARTICLE = {"do": ELECTRICITY, "dou": ELECTRICITY}  # "do you": English alone
_PARTICLES = frozenset(words("l d dyal dial had f b mn bla ديال w لا fin chi"))
_SEWAGE = (("واد", "الحار"), ("الواد", "الحار"), ("wad", "l7ar"), ("lwad", "l7ar"), ("oued", "lhar"))
_WATER_OR_NOT = "ما"  # "not", "what" too: water with its hamza or an article only


def services(text: str, language: str | None = None) -> list[Found]:
    """Return the services named in `text`, in its order; `value` is water, electricity or sanitation.

    `language` is the message's, which tells Darija's "do" (electricity) from English's and "لما" (water)
    from standard Arabic's "when".
    """
    found: list[Found] = []
    said = spans(text)
    for position, word in enumerate(said):
        if position + 1 < len(said) and (word.folded, said[position + 1].folded) in _SEWAGE:
            found.append(Found("service", SANITATION, word.start, said[position + 1].end))
            continue
        service = _service(said, position, language)
        if word.folded == _WATER_OR_NOT:
            service = WATER if "ء" in text[word.start : word.end] else None
        if service is not None:
            found.append(Found("service", service, word.start, word.end))
    return [each for each in found if not _is_waste(each, found, text)]


def _service(said: list[Word], position: int, language: str | None) -> str | None:
    word = said[position].folded
    before = said[position - 1].folded if position else ""
    if word in _AFTER_A_PARTICLE:
        is_darija = language == "ary-Latn" or before in _PARTICLES
        return _AFTER_A_PARTICLE[word] if is_darija and language != "en" else None
    if word == "لما" and language == "ar":
        return None
    return _SERVICE_OF.get(word) or next(
        (
            _SERVICE_OF[word[1:]]
            for proclitic in _PROCLITICS
            if word.startswith(proclitic) and word[1:] in _SERVICE_OF and word[1:] != _WATER_OR_NOT
        ),
        None,
    )


def _is_waste(each: Found, found: list[Found], text: str) -> bool:
    """Tell the water of "eaux usées"."""
    return (
        each.value == WATER
        and any(other.value == SANITATION and 0 <= other.start - each.end <= 1 for other in found)
        and text[each.start : each.end].lower().startswith("eaux")
    )
