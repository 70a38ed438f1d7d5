"""What the words of a question about bills say beyond its intent."""

from __future__ import annotations

from datetime import date

import pytest

from bot.actions.bill_words import (
    BREAKDOWN,
    EXPLANATION,
    PAYMENTS,
    is_bare,
    month_named,
    purpose_in,
    services_named,
    wants_other,
)
from bot.contract import Language

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "language", "services"),
    [
        ("شحال عليا فالما", Language.ARY, {"water"}),
        ("ما خلصتش", Language.ARY, set()),
        ("ch7al 3liya f do", Language.ARY_LATN, {"electricity"}),
        ("How much do I owe?", Language.EN, set()),
        ("eau et électricité", Language.FR, {"water", "electricity"}),
        ("كم فاتورة الكهرباء؟", Language.AR, {"electricity"}),
        ("ma facture", Language.FR, set()),
    ],
)
def test_services(text: str, language: Language, services: set[str]) -> None:
    assert services_named(text, language) == services


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("et l'autre ?", True),
        ("العقد الآخر", True),
        ("w lokhra", True),
        ("آخر فاتورة", False),
        ("lakher nhar", False),
        ("la dernière", False),
    ],
)
def test_the_other_one(text: str, other: bool) -> None:
    assert wants_other(text) is other


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("et l'eau ?", True),
        ("والما", True),
        ("و الما", True),
        ("الما مقطوع", False),
        ("pas d'eau chez moi", False),
        ("", False),
        ("et", False),
    ],
)
def test_a_bare_service(text: str, bare: bool) -> None:
    assert is_bare(text) is bare


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("combien je dois payer", None),
        ("combien j'ai payé le mois dernier", PAYMENTS),
        ("mes derniers paiements", PAYMENTS),
        ("est-ce que c'est payé ?", None),
        ("شحال خلصت الشهر اللي فات", PAYMENTS),
        ("شحال خاصني نخلص", None),
        ("what did I pay", None),
        ("how much have I paid", PAYMENTS),
        ("how much do I owe", None),
        ("علاش غالية", EXPLANATION),
        ("tafasil dyal lfacture", BREAKDOWN),
        ("détail de ma facture", BREAKDOWN),
    ],
)
def test_purposes(text: str, purpose: str | None) -> None:
    assert purpose_in(text) == purpose


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("la facture de juillet", date(2026, 7, 1)),
        ("facture décembre", date(2025, 12, 1)),
        ("فاتورة شتنبر", date(2026, 9, 1)),
        ("lfacture dyal ghocht", date(2026, 8, 1)),
        ("combien", None),
        ("I may pay", None),
    ],
)
def test_months(text: str, month: date | None) -> None:
    assert month_named(text, TODAY) == month
