"""Folding of Arabic, Darija, Arabizi and French text, so that spellings of one word meet.

Standard library only, Python 3.10 or newer: the assistant imports this module in its own environment.

Three strengths, each idempotent:

- `words` and `spans` cut a text into words and never lose a letter or a digit;
- `fold` keeps a word readable and removes what writers leave out (accents, vowel signs, hamza, case);
- `skeleton` keeps the consonants alone, in one alphabet for both scripts: ``bghit`` and ``بغيت`` meet.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TATWEEL = "\u0640"

# One letter for each family that writers mix. Hamza alone is treated later: it vanishes inside a word.
_ARABIC_FAMILIES = {
    "ا": "أإآٱ",
    "ي": "ىئیےێ",
    "و": "ؤۋۆ",
    "ه": "ةھہەۀۃ",
    "ك": "گڭکݣڪ",
    "ف": "ڤڢ",
    "ق": "ڨڧ",
    "ب": "پ",
    "ج": "چ",
    "ز": "ژ",
}
_LATIN_LETTERS = {
    "œ": "oe",
    "æ": "ae",
    "ø": "o",
    "đ": "d",
    "ħ": "h",
    "ł": "l",
    "ı": "i",
}
_FOLDED_LETTERS = str.maketrans(
    {variant: letter for letter, variants in _ARABIC_FAMILIES.items() for variant in variants}
    | _LATIN_LETTERS
)

_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")
_HAMZA_RUN = re.compile("ء+")
_HAMZA_IN_WORD = re.compile(r"(?<=[^\W_])ء|ء(?=[^\W_])")


def fold(text: str) -> str:
    """Return `text` in the one spelling that search and matching compare.

    Compatibility forms, case, accents, vowel signs, tatweel, and direction marks go; the families of
    alef, ya, ta marbuta, kaf (گ ڭ) and fa (ڤ) become one letter each; hamza vanishes inside a word;
    digits of every script become 0–9; three or more of the same letter become one; blanks become one
    space. Punctuation stays.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = text.translate(_ALONE) if _EASY.fullmatch(text) else _fold_characters(text)
        if "ء" in folded:
            folded = _HAMZA_IN_WORD.sub("", _HAMZA_RUN.sub("ء", folded)).replace("ء", "ا")
    if _REPEATED_LETTER.search(folded):
        folded = _REPEATED_LETTER.sub(r"\1", folded)
    return " ".join(folded.split())


def _fold_characters(text: str) -> str:
    """Normalise each character; a second round settles the few that case folding decomposes."""
    for _ in range(2):
        text = unicodedata.normalize("NFKC", text).casefold()
    kept: list[str] = []
    for character in unicodedata.normalize("NFD", text.translate(_FOLDED_LETTERS)):
        category = unicodedata.category(character)
        if category in ("Mn", "Me", "Cf") or character == _TATWEEL:
            continue
        kept.append(str(unicodedata.decimal(character)) if category == "Nd" else character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_FOLDED_LETTERS)


# Blocks that our customers write with: nearly every message is made of their characters alone. Folding a
# character of them never depends on its neighbours (marks that compose with letters are left out), so that a
# table does the work of `_fold_characters` in one pass.
_EASY_BLOCKS = (
    range(0x20, 0x180),  # Latin
    range(0x600, 0x700),  # Arabic
    range(0x2000, 0x2070),  # punctuation, direction marks
    range(0x20A0, 0x20C0),  # currencies
    range(0x2600, 0x27C0),  # signs
    range(0x1F300, 0x1FB00),  # emoji
)
_VOWEL_SIGNS = frozenset("\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\ufe0f")


def _alone() -> dict[int, str]:
    """How each character folds that folds to letters, to one digit or sign, or to nothing."""
    table: dict[int, str] = {ord(character): character for character in "\t\n\r"}
    for character in [*(chr(code) for block in _EASY_BLOCKS for code in block), *_VOWEL_SIGNS]:
        if unicodedata.category(character)[0] == "M" and character not in _VOWEL_SIGNS:
            continue
        folded = _fold_characters(character)
        is_sign = unicodedata.category(character)[0] in "PSZC"
        if not folded or ((len(folded) == 1 or folded.isalpha()) and is_sign != folded.isalnum()):
            table[ord(character)] = folded
    return table


_ALONE = _alone()
_EASY = re.compile(f"[{re.escape(''.join(map(chr, _ALONE)))}]*")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: its folded form and where it stands (`text[start:end]`)."""

    folded: str
    start: int
    end: int


def spans(text: str) -> list[Word]:
    """Return the words of `text` in order, folded, with their positions in the original text."""
    found: list[Word] = []
    start: int | None = None
    for position, character in enumerate(text + " "):
        category = unicodedata.category(character)
        if category[0] in "LMN" or (category == "Cf" and start is not None):
            start = position if start is None else start
        elif start is not None:
            folded = fold(text[start:position])
            # A compatibility character may fold into several words: they share its place.
            found.extend(Word(part, start, position) for part in _WORD.findall(folded))
            start = None
    return found


_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the folded words of `text` in order, without punctuation."""
    if _EASY.fullmatch(text):
        return _WORD.findall(fold(text))  # no easy character joins or parts words by being folded
    return [word.folded for word in spans(text)]


# --- Consonant skeleton -----------------------------------------------------------------------------------

# Letters that one script or the other does not tell apart: ق and ك are both written k, ه and ح both h.
_ARABIC_CONSONANTS = str.maketrans(
    {"ق": "ك", "ص": "س", "ط": "ت", "ث": "ت", "ض": "د", "ذ": "د", "ظ": "د", "ه": "ح"}
)
_LATIN_CLUSTERS = (
    ("tch", "تش"),
    ("sch", "ش"),
    ("ch", "ش"),
    ("sh", "ش"),
    ("kh", "خ"),
    ("gh", "غ"),
    ("ph", "ف"),
    ("th", "ت"),
    ("dh", "د"),
    ("dj", "ج"),
    ("ck", "ك"),
    ("qu", "ك"),
)
_LATIN_CONSONANTS = str.maketrans(
    {
        "b": "ب", "p": "ب", "t": "ت", "j": "ج", "d": "د", "r": "ر", "z": "ز", "s": "س", "x": "ش",
        "f": "ف", "v": "ف", "k": "ك", "q": "ك", "g": "ك", "c": "ك", "l": "ل", "m": "م", "n": "ن",
        "h": "ح", "w": "و", "a": "ا", "e": "ا", "i": "ا", "o": "ا", "u": "ا", "y": "ي", "ɛ": "ع",
        "ɣ": "غ",
    }
)  # fmt: skip
_DIGIT_LETTERS = str.maketrans({"2": "ا", "3": "ع", "5": "خ", "6": "ت", "7": "ح", "8": "غ", "9": "ك"})

_LATIN = re.compile("[a-zɛɣ]")
_NUMBER_WITH_UNIT = re.compile(r"\d+(h|dh|dhs|mad|kwh|kw|km|m|mn|min|am|pm|er|eme|e)\d*")
_DIGIT_RUN = re.compile(r"\d+")
_SOFT_C = re.compile(r"c(?=[eiy])")
_INITIAL_W = re.compile(r"^(?:ou|aou|ow|aw|o|u)(?=.)")
_FINAL_LAH = re.compile(r"lah$")
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_ARABIC_INITIAL_W = re.compile("^ا+و")
_WITHOUT_WEAK = str.maketrans("", "", "اوي")


def skeleton(text: str) -> str:
    """Return the consonants of each word of `text`, words separated by one space.

    One alphabet serves both scripts, so that ``bghit`` = ``بغيت``, ``ch7al`` = ``chhal`` = ``شحال`` and
    ``bezzaf`` = ``bzaf`` = ``بزاف``. Vowels, و and ي count only at the beginning of a word. Numbers stay
    as they are. A word of vowels alone becomes ``ا``: no word ever vanishes.
    """
    return " ".join(word_skeleton(word) for word in words(text))


@lru_cache(maxsize=16_384)
def word_skeleton(word: str) -> str:
    """The `skeleton` of one word that is folded already."""
    if word[:1].isdecimal() and (word.isdecimal() or _NUMBER_WITH_UNIT.fullmatch(word)):
        return word
    if _LATIN.search(word):
        word = _latin_to_arabic(word)
    if len(word) > 1 and word.endswith("ه"):
        word = word[:-1]  # ta marbuta, heard as a vowel
    word = word.translate(_ARABIC_CONSONANTS)
    if word.startswith("ا"):
        word = _ARABIC_INITIAL_W.sub("و", word)
    bare = word[:1].replace("ا", "") + word[1:].translate(_WITHOUT_WEAK)
    if _DOUBLED.search(bare):
        bare = _DOUBLED.sub(r"\1", bare)
    return bare or "ا"


def _latin_to_arabic(word: str) -> str:
    """Rewrite the Latin letters of a folded word, and the digits that stand for letters, in Arabic ones."""
    if _digits_are_letters(word):
        word = word.translate(_DIGIT_LETTERS)
    word = _INITIAL_W.sub("w", _FINAL_LAH.sub("l", word))
    word = _SOFT_C.sub("s", word)
    for cluster, letter in _LATIN_CLUSTERS:
        word = word.replace(cluster, letter)
    return word.translate(_LATIN_CONSONANTS)


def _digits_are_letters(word: str) -> bool:
    """Tell ``3lach`` and ``sba77`` from ``h24`` and ``covid19``."""
    runs = _DIGIT_RUN.findall(word)
    return all(len(set(run)) == 1 and len(run) <= 2 and run[0] in "2356789" for run in runs)
