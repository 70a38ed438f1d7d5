"""Folding: spellings of one word meet, and nothing is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.text import fold, skeleton, spans, words

ARABIC = st.text(alphabet=st.sampled_from([chr(code) for code in range(0x0600, 0x0700)]))
DARIJA = st.text(alphabet=st.sampled_from("abcdefghijklmnopqrstuvwxyz23567890 'éçœɣ-\n"))
MIXED = st.one_of(st.text(), ARABIC, DARIJA, st.tuples(ARABIC, DARIJA).map("".join))


def bears_content(text: str) -> bool:
    """Does it hold a letter or a digit that is more than decoration (tatweel, a vowel sign on its own)?"""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return any(
        character.isalnum() and character != "\u0640" and unicodedata.category(character)[0] in "LN"
        for character in plain
    )


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("  ÉLECTRICITÉ \n coupée ", "electricite coupee"),
        ("Cœur", "coeur"),
        ("الأَرْبِعَاءُ", "الاربعا"),
        ("أإآٱا", "ا"),
        ("الزمامرة", "الزمامره"),
        ("مصطفى", "مصطفي"),
        ("ڭاع گاع", "كاع كاع"),
        ("ڤيلا", "فيلا"),
        ("ڭـــــارة", "كاره"),
        ("بزااااااف", "بزاف"),
        ("merciiiii", "merci"),
        ("١٢٣ ۴۵", "123 45"),
        ("1000000", "1000000"),
        ("\u200f0612\u200e", "0612"),
        ("ء", "ا"),
        ("ﻻ", "لا"),
        ("", ""),
    ],
)
def test_fold(written: str, folded: str) -> None:
    assert fold(written) == folded


# What customers type besides plain letters: emoji with their selectors, direction marks, vowel signs.
TYPED = st.text(
    st.characters(max_codepoint=0x6FF) | st.sampled_from("ءأؤـَّ\u200d\u200f\u2060\ufe0f❤🙏😭₨½…«»’_"),
    max_size=12,
)


@given(TYPED)
def test_words_are_those_of_spans_whatever_is_typed(text: str) -> None:
    assert words(text) == [word.folded for word in spans(text)]


@given(TYPED)
def test_folding_is_the_same_beside_a_character_of_another_script(text: str) -> None:
    other = "\u4e00"  # takes the text off the short way through the table
    assert fold(f"{text} {other}") == f"{fold(text)} {other}".strip()


@given(MIXED)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(MIXED)
def test_fold_never_empties_what_has_letters_or_digits(text: str) -> None:
    assert bool(fold(text)) or not bears_content(text)


@given(MIXED)
def test_spans_point_at_their_words(text: str) -> None:
    end = 0
    for word in spans(text):
        assert word.start >= end or word.start < word.end <= end  # parts of one character share its place
        assert word.folded in fold(text[word.start : word.end])
        end = max(end, word.end)


def test_words_split_at_apostrophes_and_punctuation() -> None:
    assert words("L'agence d'M'tal… فين، واش؟ 9h30/10h") == [
        "l", "agence", "d", "m", "tal", "فين", "واش", "9h30", "10h",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "spellings",
    [
        "bghit بغيت bghitt",
        "ch7al chhal chehal شحال شحل",
        "bezzaf bzaf bzzaf بزاف بزااااف",
        "fo9ach foukach fouqach فوقاش",
        "3lach 3lache علاش",
        "sba7 sbah صباح",
        "khdem 5dem خدم",
        "oulad wlad ouled أولاد اولاد ولاد",
        "lwikala الوكالة لوكالة",
        "n9der nqder nkder نقدر",
        "hada hadha هادا هذا",
        "imta ايمتا إمتى",
        "allah الله",
        "ghadi غادي",
        "xokran chokran شكران",
    ],
)
def test_spellings_share_a_skeleton(spellings: str) -> None:
    assert len({skeleton(word) for word in spellings.split()}) == 1


@pytest.mark.parametrize(
    ("left", "right"), [("lma", "do"), ("الما", "الضو"), ("khlas", "contrat"), ("فاتورة", "وكالة")]
)
def test_different_words_keep_different_skeletons(left: str, right: str) -> None:
    assert skeleton(left) != skeleton(right)


def test_numbers_are_not_letters() -> None:
    assert skeleton("9h30 2026 150kwh 3") == "9h30 2026 150kwh 3"


@given(MIXED)
def test_skeleton_is_idempotent(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@given(MIXED)
def test_skeleton_keeps_every_word(text: str) -> None:
    assert len(skeleton(text).split()) == len(words(text))


# --- Each rule, on words nobody thought of ------------------------------------------------------------------

ARABIC_WORD = st.text("ابتجحدرزسشعغفقكلمنهوي", min_size=2, max_size=9)
LATIN_WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=9)
# Letters that no neighbour changes: digraphs (ch, kh, ou …) and soft c are rules of their own.
PLAIN_CONSONANTS = "bdfklmnrtz"
PLAIN_WORD = st.text(PLAIN_CONSONANTS + "ai", min_size=1, max_size=6).map(lambda rest: f"b{rest}")


def rewritten(data: st.DataObject, word: str, variants: dict[str, str]) -> str:
    """Write each letter as itself or as one of its variants."""
    return "".join(data.draw(st.sampled_from(letter + variants.get(letter, ""))) for letter in word)


def with_inserted(data: st.DataObject, word: str, marks: str) -> str:
    """Put marks behind some of the letters."""
    return "".join(letter + data.draw(st.sampled_from(["", *marks])) for letter in word)


@given(st.data(), ARABIC_WORD)
def test_forms_of_alef_ya_waw_ha_kaf_and_fa_are_one(data: st.DataObject, word: str) -> None:
    forms = {"ا": "أإآٱ", "ي": "ىئی", "و": "ؤۋ", "ه": "ةۀ", "ك": "گڭک", "ف": "ڤ"}
    assert fold(rewritten(data, word, forms)) == fold(word)


@given(st.data(), ARABIC_WORD)
def test_vowel_signs_tatweel_and_direction_marks_do_not_count(data: st.DataObject, word: str) -> None:
    marks = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0640\u200f\u200e"
    assert fold(with_inserted(data, word, marks)) == fold(word)


@given(ARABIC_WORD, ARABIC_WORD)
def test_hamza_vanishes_inside_and_at_the_end_of_a_word(left: str, right: str) -> None:
    # The letters that meet must not become three of a kind without the hamza between them.
    if left[-1] != right[0]:
        assert fold(f"{left}ء{right}ء") == fold(left + right)


@given(st.integers(0, 10**12))
def test_digits_of_every_script_are_one(number: int) -> None:
    for zero in "٠۰０߀":
        written = "".join(chr(ord(zero) + int(digit)) for digit in str(number))
        assert fold(written) == str(number)


@given(st.data(), st.one_of(ARABIC_WORD, LATIN_WORD))
def test_a_letter_held_down_is_one_letter(data: st.DataObject, word: str) -> None:
    single = "".join(letter for letter, before in zip(word, " " + word, strict=False) if letter != before)
    held = "".join(letter * data.draw(st.sampled_from([1, 3, 4, 9])) for letter in single)
    assert fold(held) == fold(single)


@given(st.data(), LATIN_WORD)
def test_accents_and_capitals_do_not_count(data: st.DataObject, word: str) -> None:
    accents = {"a": "àâä", "e": "éèêë", "i": "îï", "o": "ôö", "u": "ùûü", "c": "ç", "n": "ñ", "y": "ÿ"}
    written = rewritten(data, word, accents)
    assert fold(written) == fold(written.upper()) == fold(word)


@pytest.mark.parametrize(
    ("digit", "letter"), [("2", "ا"), ("3", "ع"), ("5", "خ"), ("6", "ط"), ("7", "ح"), ("8", "غ"), ("9", "ق")]
)
@given(word=PLAIN_WORD, rest=PLAIN_WORD)
def test_a_digit_in_a_word_is_its_arabic_letter(digit: str, letter: str, word: str, rest: str) -> None:
    assert skeleton(f"{word}{digit}{rest}") == skeleton(f"{word}{letter}{rest}")


@pytest.mark.parametrize(
    "spellings", ["ch sh x ش", "kh 5 خ", "gh 8 غ", "q 9 ق k ك", "h 7 ح", "th t ت", "dh d د"]
)
@given(word=PLAIN_WORD, rest=PLAIN_WORD)
def test_digraphs_digits_and_letters_of_one_sound_meet(spellings: str, word: str, rest: str) -> None:
    # A word that ends in the letter itself would double it with the one tried.
    assert len({skeleton(f"{word}i{sound}a{rest}") for sound in spellings.split()}) == 1


@given(PLAIN_WORD)
def test_ou_and_w_begin_a_word_alike(word: str) -> None:
    assert skeleton(f"ou{word}") == skeleton(f"w{word}") == skeleton(f"و{word}")


@given(st.data(), PLAIN_WORD)
def test_gemination_is_not_heard(data: st.DataObject, word: str) -> None:
    doubled = "".join(letter * data.draw(st.sampled_from([1, 2])) for letter in word)
    assert skeleton(doubled) == skeleton(word)


@given(st.data(), PLAIN_WORD)
def test_vowels_inside_a_word_do_not_count(data: st.DataObject, word: str) -> None:
    bare = "".join(letter for letter in word if letter not in "ai")
    voiced = bare[0] + with_inserted(data, bare[1:], "aeiouy")
    assert skeleton(voiced) == skeleton(bare)
