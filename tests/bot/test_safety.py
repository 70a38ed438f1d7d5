from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contract import Language
from bot.safety import detect

DATA = Path(__file__).parent / "data"


def measured() -> list[dict[str, str]]:
    """Lines of every intent; those of danger.tsv were written to try the words."""
    rows: list[dict[str, str]] = []
    for name in ("held_out.tsv", "danger.tsv"):
        with (DATA / name).open(encoding="utf-8", newline="") as lines:
            rows += csv.DictReader(lines, delimiter="\t")
    return rows


@pytest.mark.parametrize(
    "text",
    [
        "خيط طايح",
        "cable tayeh",
        "kayn cable tay7 7da dar",
        "الكونتور كيشرر",
        "fil électrique par terre",
        "FIL ELECTRIQUE PAR TERRE !!!",
        "il y a un fil qui pend",
        "بوطو غادي يطيح",
        "ضربو الضو",
        "ريكار محلول",
        "quelqu'un s'est électrocuté",
        "someone was electrocuted",
        "ريحة الحريق",
        "الخَيْطُ طـايح",
        "السلام عليكم خويا، الله يرحم الوالدين، كاين واحد الكابل طايح حدا الدار ديالنا",
        "وكاين خطر ديال الضو",
        "les fils électriques touchent l'eau",
        "a tree fell on the power line and it is sparking",
        "طفل غرق فالقادوس",
    ],
)
def test_street_danger(text: str) -> None:
    danger = detect(text)
    assert danger is not None
    assert danger.kind == "street_danger"


@pytest.mark.parametrize(
    "text",
    [
        "الوالد ديالي كيدير الدياليز والضو مقطوع",
        "ma mère est sous oxygène et il y a une coupure de courant",
        "l walida 3la l'oxygene w do m9tou3",
        "no power and my father needs his oxygen machine",
        "انقطع التيار ولدي مريض على جهاز التنفس",
        "coupure d'eau alors que je fais ma dialyse à domicile",
    ],
)
def test_medical_dependency(text: str) -> None:
    danger = detect(text)
    assert danger is not None
    assert danger.kind == "medical_dependency"


@pytest.mark.parametrize(
    "text",
    [
        "الأثمنة نار",
        "الفاتورة ديال الضو نار هاد الشهر",
        "la facture d'électricité, c'est du feu ces prix",
        "الضو مقطوع عندنا",
        "coupure de courant à Zemamra",
        "do mcha 3lina",
        "الما مقطوع",
        "fuite d'eau dans la rue",
        "le compteur est ouvert au public ?",
        "câble internet coupé",
        "rendez-vous dialyse demain",
        "mon fils est tombé malade, je veux payer la facture",
        "wach lagence m7loula",
        "tension faible",
        "taht lfacture",
        "شحال طاحت الفاتورة",
        "ma connexion est tombée",
        "طاح عليا الكريدي",
        "غرقت فالكريدي",
        "what can I do about my bill",
        "123456",
        "",
        "👍",
        "regardez si l'agence est ouverte",
        "le poteau indicateur de l'agence",
    ],
)
def test_everyday_messages_raise_no_alarm(text: str) -> None:
    assert detect(text) is None


def test_measured_dangers_are_found_and_nothing_else() -> None:
    dangers = [row["text"] for row in measured() if row["intent"] == "street_danger"]
    others = [row["text"] for row in measured() if row["intent"] != "street_danger"]
    assert len(dangers) > 50
    assert [text for text in dangers if detect(text) is None] == []
    assert [text for text in others if detect(text) is not None] == []


def test_tells_the_words_and_answers_in_the_customers_language() -> None:
    arabic = detect("عافاكم كاين كابل طايح فالطريق")
    assert arabic is not None
    assert arabic.words == "كابل طايح"
    assert arabic.language is Language.ARY
    assert "15" in arabic.safety_text
    french = detect("Bonjour, un câble est tombé rue de Fès")
    assert french is not None
    assert french.language is Language.FR
    assert french.safety_text.startswith("Éloignez-vous")


@given(st.text(max_size=500))
def test_never_fails(text: str) -> None:
    danger = detect(text)
    assert danger is None or danger.words in text


@given(
    st.sampled_from(["cable tayeh", "خيط طايح", "fil électrique par terre"]),
    st.text("ابتجد xyz,.!؟\n", max_size=80),
)
def test_words_before_a_danger_do_not_hide_it(danger: str, before: str) -> None:
    assert detect(f"{before} {danger}") is not None


def test_reads_only_the_beginning_of_a_wall_of_text() -> None:
    assert detect("a " * 100_000) is None
