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
