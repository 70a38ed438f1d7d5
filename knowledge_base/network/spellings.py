"""How names of places are written around their core: articles, proclitics, generic nouns, weekdays.

Standard library only, Python 3.10 or newer. Every word set is kept folded (`knowledge_base.text.fold`).
"""

from __future__ import annotations

from pathlib import Path

from knowledge_base.text import fold


def _folded(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


CONNECTORS = _folded(
    "el al l la le les ech es ez er et ed en as d de du des dyal diyal dial ديال د ال of the"
)
PREPOSITIONS = _folded(
    "f fi fe fel fl b bi l n li lel ila la3 mn men min d dyal dial a au aux vers pour de in at to from near"
    " ف في ب ل لل من الى عند د ديال حدا قرب قريب جهة نواحي جنب 7da hda 9rib qrib jihat nawahi chez"
)
DAY_WORDS = _folded("nhar nhr nehar yom youm yawm نهار يوم jour journee day")

SOUK_WORDS = _folded(
    "souk souq sou9 sok soq so9 lsou9 lsouk ssouk essouk assouk سوق السوق لسوق marche market"
)
DOUAR_WORDS = _folded("douar dwar duwar ddouar دوار الدوار لدوار")
AGENCY_WORDS = _folded("agence agences lagence wikala wakala lwikala وكالة وكالات لاجونس لاجانس agency")
QUARTER_WORDS = _folded("hay 7ay quartier arrondissement derb حي درب مقاطعة")
COMMUNE_WORDS = _folded(
    "commune jama3a jamaa lcommune ljama3a جماعة الجماعة مركز centre center ville madinat مدينة mdinat"
    " province i9lim iqlim اقليم إقليم عمالة prefecture قيادة caidat cercle دائرة village"
)
GENERIC_WORDS = SOUK_WORDS | DOUAR_WORDS | AGENCY_WORDS | QUARTER_WORDS | COMMUNE_WORDS

# ISO weekday of every spelling met in the wild, without the article.
_WEEKDAYS = {
    1: "lundi monday tnine tnin tnayn tnein ltnin letnin اثنين اتنين تنين التنين لتنين لاثنين",
    2: "mardi tuesday tleta tlata tlat tlt ttlat ttlata ثلاثاء تلاتاء تلات التلات ثلاثا تلاتا تلت",
    3: "mercredi wednesday arbaa larbaa larb3a arb3a larba3 arba3 lerb3a rb3 اربعاء لاربعا لربع لاربع",
    4: "jeudi thursday khemis khmis lkhmis lkhemis khamis khmiss 5mis l5mis خميس لخميس",
    5: "vendredi friday jemaa jmaa jomoa joumouaa jm3a jem3a ljem3a ljm3a jam3a جمعة الجمعه لجمعة جامع",
    6: "samedi saturday sebt sebet sbt ssebt sabt essebt سبت السبت لسبت",
    7: "dimanche sunday had hed 7ad 7ed l7ed l7ad lhad lhed حد الحد لحد احد الاحد",
}
_WEEKDAY_OF = {fold(word): day for day, spellings in _WEEKDAYS.items() for word in spellings.split()}

# Words a customer writes every day that lie one letter, or a few vowels, from the name of a place.
COMMON_WORDS = _folded(
    " ".join(
        line
        for line in (Path(__file__).parent / "data" / "common_words.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
)

_ARABIC_PROCLITICS = ("و", "ف", "ب", "ل", "ك", "د", "وف", "وب", "ول", "ود")
_LATIN_PROCLITICS = ("f", "b", "l", "d", "w", "n")
_LATIN_VOWELS = frozenset("aeiouy")


def weekday_of(word: str) -> int | None:
    """Return the ISO weekday (1 Monday … 7 Sunday) a folded word names in any of our languages, or None.

    ``had`` is Sunday here, and "this" in Darija: the caller must look at what stands around it.
    """
    return _WEEKDAY_OF.get(word) or _WEEKDAY_OF.get(without_article(word))


def without_article(word: str) -> str:
    """Return a folded word without the article written into it (العونات, لعونات, l3ounat → 3ounat)."""
    if word.startswith("ال") and len(word) >= 5:
        return word[2:]
    if word[:1] == "ل" and len(word) >= 5:
        return word[1:]
    if word[:2] in ("el", "al") and len(word) >= 6 and word[2] not in _LATIN_VOWELS:
        return word[2:]
    if word[:1] == "l" and len(word) >= 5 and word[1] not in _LATIN_VOWELS:
        return word[1:]
    return word


def openings(word: str) -> dict[str, bool]:
    """Return the readings of the first word of a name; True where a preposition was written into it.

    ``فالزمامرة`` reads as itself, and as ``الزمامرة`` and ``زمامرة`` behind a preposition.
    """
    readings = {word: False, without_article(word): False}
    for proclitic in _LATIN_PROCLITICS if word[:1].isascii() else _ARABIC_PROCLITICS:
        rest = word[len(proclitic) :]
        if word.startswith(proclitic) and len(rest) >= 3:
            readings.setdefault(rest, True)
            readings.setdefault(without_article(rest), True)
    return readings


def same_but_one(left: str, right: str) -> bool:
    """Tell whether one inserted, lost, changed or swapped letter separates two words (or nothing does)."""
    if left == right:
        return True
    shared = 0
    while shared < min(len(left), len(right)) and left[shared] == right[shared]:
        shared += 1
    left, right = left[shared:], right[shared:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[1:] == shorter
