"""Stems, terms, extracts, Markdown and addresses: values in, values out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.articles.extract import cut, extract
from knowledge_base.articles.markdown import paragraphs_of, plain, render, sentences
from knowledge_base.articles.model import Wording
from knowledge_base.articles.slugs import slug_of
from knowledge_base.articles.stems import arabic_stem, stem
from knowledge_base.articles.terms import concepts, index_terms, query_terms, question, terms_of_text
from knowledge_base.text import fold

LETTERS = st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئةى abcdefghiéèàçœ0123456789'-،؟", max_size=60)


@pytest.mark.parametrize(
    "forms",
    [
        ("وكالة", "الوكالة", "والوكالات", "بالوكالة", "وكالتكم"),
        ("عداد", "العداد", "العدادات", "عدادي"),
        ("شكاية", "الشكاية", "شكايات", "شكايتي"),
        ("اشتراك", "الاشتراك", "للاشتراك"),
    ],
)
def test_forms_of_an_arabic_word_share_their_stem(forms: tuple[str, ...]) -> None:
    assert len({arabic_stem(fold(form)) for form in forms}) == 1


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("فواتير", "فاتورة"), ("وثائق", "وثيقة"), ("أقساط", "قسط"), ("أسلاك", "سلك"), ("مبالغ", "مبلغ")],
)
def test_broken_plurals_share_a_term_with_their_singular(plural: str, singular: str) -> None:
    asked = set(query_terms(fold(plural), "ar"))
    assert asked & terms_of_text(singular, "ar")
    assert asked & terms_of_text(f"ال{singular}", "ar")


def test_arabizi_shares_terms_with_arabic() -> None:
    for arabizi, arabic in (
        ("lfatoura", "الفاتورة"),
        ("ichtirak", "الاشتراك"),
        ("lwikala", "الوكالة"),
        ("ta9sit", "التقسيط"),
    ):
        assert set(query_terms(arabizi, "ar")) & terms_of_text(arabic, "ar"), arabizi


def test_a_french_word_in_arabic_letters_has_no_french_stem() -> None:
    assert stem("factures", "ar") == stem("facture", "fr")
    assert stem("bills", "en") == "bill"


def test_concepts_join_languages() -> None:
    assert set(concepts("lma")) & set(concepts(fold("الماء"))) & set(concepts("eau"))


@given(LETTERS, st.sampled_from(["ar", "fr", "en"]))
def test_a_text_is_found_by_its_own_words(text: str, language: str) -> None:
    terms = index_terms(Wording("", text, "", "", ""), language)
    for slot in question(text, language):
        assert terms.keys() & slot.terms.keys(), (text, slot)
    assert all(weight > 0 for weight in terms.values())


@given(LETTERS)
def test_stems_are_never_empty(text: str) -> None:
    for word in fold(text).split():
        assert arabic_stem(word)


BODY = """Une entrée.

## Pourquoi

La redevance fixe est due même sans consommation. Elle couvre la location du compteur. Une autre phrase.

- **Timbre** : droit pour les paiements en espèces.
- Arriérés.

| Ligne | Sens |
|---|---|
| TVA | taxe |
"""


def test_an_extract_is_the_sentences_that_answer() -> None:
    wording = Wording("", "Facture", "Le résumé.", BODY, "")
    slots = question("redevance fixe sans consommation", "fr")
    told = extract(wording, slots, "fr")
    assert told.startswith("La redevance fixe est due même sans consommation.")
    assert len(told) <= 420
    assert extract(wording, question("girafe", "fr"), "fr") == "Le résumé."
    assert extract(wording, slots, "fr", longest=30).endswith("…")
    assert "Timbre : droit" in extract(wording, question("timbre espèces", "fr"), "fr")


@given(st.text(max_size=300), st.integers(min_value=10, max_value=100))
def test_cutting_keeps_to_the_length(text: str, longest: int) -> None:
    assert len(cut(text, longest)) <= longest


def test_plain_text_has_no_marks_and_extracts_no_headings() -> None:
    assert "**" not in plain(BODY)
    assert "Pourquoi" in plain(BODY)
    assert "Pourquoi" not in paragraphs_of(BODY)
    assert "• Timbre : droit pour les paiements en espèces." in sentences(plain(BODY))


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://evil.example/pixel.png)",
        "<img src=x onerror=alert(1)>",
        '<a href="/x" onclick="alert(1)">x</a>',
        "<style>*{display:none}</style>",
        "<iframe src='https://evil.example'></iframe>",
    ],
)
def test_no_markup_of_its_own_survives(body: str) -> None:
    html = render(body)
    for tag in ("<script", "<img", "<style", "<iframe", 'href="javascript', 'href="data', '<a href="/x" on'):
        assert tag not in html


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Où et comment payer ?", "ou-et-comment-payer"),
        ("أَشْطُر الاستهلاك", "أشطر-الاستهلاك"),
        ("آجال؟", "آجال"),
        ("Œuvre & co.", "oeuvre-co"),
        ("🙂", "article"),
        ("a" * 200, "a" * 80),
    ],
)
def test_addresses(title: str, slug: str) -> None:
    assert slug_of(title) == slug
    assert slug_of(slug) == slug
