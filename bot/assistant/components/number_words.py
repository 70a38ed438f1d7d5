"""Numbers said in words, in the languages and scripts of our customers. Pure, standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from knowledge_base.text import words

MILLION = 1_000_000

_VALUES = {
    0: "صفر zero sifr",
    1: "واحد واحده wa7ed wahed un une one",
    2: "جوج زوج اثنان اثنين اتنين joj jouj juj deux two",
    3: "تلاته تلات ثلاثه ثلاث tlata tlat trois three",
    4: "ربعه ربع اربعه اربع reb3a rb3a reb3 arba3a quatre four",
    5: "خمسه خمس khamsa khemsa khams cinq five",
    6: "سته ست setta stta six",
    7: "سبعه سبع seb3a sb3a seb3 sept seven",
    8: "تمنيه تمانيه ثمانيه ثماني tmnya tmenya tmanya huit eight",
    9: "تسعود تسعه تسع تسعا tes3od ts3od tes3a neuf nine",
    10: "عشره عشر 3echra 3chra 3acher dix ten",
    11: "حداش احدعشر 7dach hdach onze eleven",
    12: "طناش تناش اثناعشر tnach douze twelve",
    13: "تلطاش tltach treize thirteen",
    14: "ربعطاش rb3tach quatorze fourteen",
    15: "خمسطاش خمستاش khmstach khemstach quinze fifteen",
    16: "ستاش settach stach seize sixteen",
    17: "سبعطاش sb3tach seventeen",
    18: "تمنطاش tmntach eighteen",
    19: "تسعطاش ts3tach nineteen",
    20: "عشرين عشرون 3echrin 3chrin vingt vingts twenty",
    30: "تلاتين ثلاثين ثلاثون tlatin trente thirty",
    40: "ربعين اربعين اربعون reb3in rb3in quarante forty",
    50: "خمسين خمسون khamsin khemsin cinquante fifty",
    60: "ستين ستون settin stin soixante sixty",
    70: "سبعين سبعون seb3in sb3in seventy",
    80: "تمانين ثمانين ثمانون tmanin eighty",
    90: "تسعين تسعون tes3in ts3in ninety",
    200: "ميتين مايتين مءتين مائتين مائتان ميتاين mitin miyatayn meytin",
    300: "تلتميه تلتميات ثلاثمائه ثلاثميه tltmya teltemya tltmiya",
    400: "ربعميه ربعميات اربعمائه اربعميه reb3mya rb3mya rb3miya",
    500: "خمسميه خمسميات خمسمائه khemsmya khamsmya khmsmya khmsmiya",
    600: "ستميه ستميات ستمائه settemya stmya stmiya",
    700: "سبعميه سبعميات سبعمائه sb3mya seb3mya sb3miya",
    800: "تمنميه تمنميات ثمانمائه تمانميه tmnmya tmenmya tmnmiya",
    900: "تسعميه تسعميات تسعمائه ts3mya tes3mya ts3miya",
    2_000: "الفين الفاين alfin alfayn",
}
_SCALES = {
    100: "ميه ميات مائه مايه miya mya myat miyat cent cents hundred hundreds",
    1_000: "الف الاف لاف alf alaf alef mille thousand thousands",
    MILLION: "مليون ملاين ملايين مليين million millions melyon melyoun mlyoun mlyon mlayen",
}
_HALVES = "نص نصف nes ness nss nos demi half"
_ANDS = "و w ou et and o u"


def _listed(table: dict[int, str]) -> dict[str, int]:
    return {word: value for value, spellings in table.items() for word in words(spellings)}


VALUES = _listed(_VALUES)
SCALES = _listed(_SCALES)
HALVES = frozenset(words(_HALVES))
ANDS = frozenset(words(_ANDS))
_KNOWN = frozenset({*VALUES, *SCALES, *HALVES})


def without_and(word: str) -> str:
    """Return a number word without the "and" written into it ("وخمسين"), any other word as it is."""
    return word[1:] if word[:1] in ("و", "w") and word[1:] in _KNOWN else word


def is_number_word(word: str) -> bool:
    return without_and(word) in _KNOWN


def value_of(parts: Sequence[Fraction | str]) -> Fraction | None:
    """Return what figures and folded number words say together, None where they say no number.

    "20", "الف" is 20 000; "quatre", "vingt" 80; "مليون", "نص" 1 500 000.
    """
    total, group, scale = Fraction(0), Fraction(0), 0
    said = False
    for part in parts:
        if isinstance(part, Fraction):
            if group:
                return None  # two figures side by side are no number
            group, said = part, True
        elif (word := without_and(part)) in SCALES:
            scale = SCALES[word]
            if scale == 100:
                group = (group or Fraction(1)) * scale
            else:
                total, group = total + (group or Fraction(1)) * scale, Fraction(0)
            said = True
        elif word in HALVES:
            group, said = group + (Fraction(scale, 2) if scale else Fraction(1, 2)), True
        elif word in VALUES:
            value = VALUES[word]
            group += 76 if value == 20 and group % 100 == 4 else value  # quatre-vingts
            said = True
    return total + group if said else None
