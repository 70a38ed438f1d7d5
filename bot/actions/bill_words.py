"""What a question about bills says beyond its intent: which service, contract and month, and what of it."""

from __future__ import annotations

from datetime import date
from functools import cache

from bot.contract import Language
from bot.texts import texts
from knowledge_base.text import fold, words

# What is asked of a contract; the name is remembered while the customer proves who he is.
AMOUNT, BREAKDOWN, EXPLANATION, PAYMENTS, PAYMENT_CHECK = (
    "amount",
    "breakdown",
    "explanation",
    "payments",
    "payment_check",
)


def _listed(spellings: str) -> frozenset[str]:
    return frozenset(words(spellings))


_SERVICES = {
    "water": _listed("الما لما للما lma lmaa alma eau water aman waman"),
    "electricity": _listed(
        """
        الضو الضوء ضو لضو للضو الكهرباء كهرباء الكهربا التريسيان تريسيان التريسينتي do ddo daw lkahraba
        kahraba trisinti trissinti electricite electricity courant lcourant light power
        """
    ),
}
_ENGLISH_VERBS = _listed("do")  # "how much do I owe" speaks of no electricity
_OTHER = _listed(
    """
    الاخر الاخرى لاخرى الاخور لاخور لوخر لوخرى lakhor lokhra lokhor lakhra akhor okhra autre other
    """
)
# Words that say nothing of their own beside a service or "the other".
_FILLERS = _listed(
    """
    et l le la les un une de du d pour celui celle c mon ma mes facture contrat svp the one and for of
    my bill contract what about w dyal dyali l3a9d lfacture contra o wa 3la f و ديال ديالي ف على العقد
    عقد الفاتورة فاتورة بالنسبة عافاك عفاك dial 3afak please
    """
)
_PURPOSES = {
    BREAKDOWN: _listed(
        """
        detail details detaille detaillee composition breakdown itemised tafasil tafassil tafsil
        التفاصيل تفاصيل تفصيل بالتفصيل التفصيل lignes tranches tranche الاشطر اشطر
        """
    ),
    EXPLANATION: _listed(
        """
        pourquoi cher chere elevee eleve augmente augmentation why high expensive علاش لماذا غالية غالي
        طالعة طلعات مرتفعة 3lach 3lash alach ghalya ghali tal3a tel3at expliquer explication explain فسر
        تفسير شرح tefsir
        """
    ),
    PAYMENTS: _listed("paiements reglements versements payments المدفوعات الاداءات مدفوعاتي"),
}
# "Combien j'ai payé ?" asks for payments; "combien je dois payer ?" and "est-ce que c'est payé ?" do not.
_PAID = _listed("paye payes regle verse paid خلصت اديت دفعت khlest khlesst khlsst khelest khalest")
_HOW_MUCH = _listed("combien شحال كم ch7al chhal chehal much what quoi اشنو شنو chno")
_TO_PAY = _listed("dois doit reste rest خاصني باقي khassni ba9i owe")


def _said(text: str) -> set[str]:
    """Return the words of a text, without a particle written to the article: "فالما", "والضو"."""
    return {word[1:] if word[1:3] == "ال" and word[0] in "وفبك" else word for word in words(text)}


def services_named(text: str, language: Language) -> frozenset[str]:
    """Return the services that a text speaks of: {"water"}, {"electricity"}, both or none."""
    said = _said(text) - (_ENGLISH_VERBS if language is Language.EN else frozenset())
    return frozenset(service for service, spellings in _SERVICES.items() if not spellings.isdisjoint(said))


def wants_other(text: str) -> bool:
    """Tell whether "the other one" is asked for."""
    return not _OTHER.isdisjoint(_said(text))


def is_bare(text: str) -> bool:
    """Tell whether a text holds nothing but a service or "the other one": "et l'eau ?"."""
    said = _said(text)
    telling = said & (_OTHER | _SERVICES["water"] | _SERVICES["electricity"])
    return bool(telling) and said <= telling | _FILLERS


def purpose_in(text: str) -> str | None:
    """Return what of a bill the words ask for, or None."""
    said = set(words(text))
    for purpose, spellings in _PURPOSES.items():
        if not spellings.isdisjoint(said):
            return purpose
    asks_what_was_paid = not _PAID.isdisjoint(said) and not _HOW_MUCH.isdisjoint(said)
    return PAYMENTS if asks_what_was_paid and _TO_PAY.isdisjoint(said) else None


def month_named(text: str, today: date) -> date | None:
    """Return the first day of the month that a text names in any language, not a coming one, or None."""
    said = set(words(text))
    for number in range(1, 13):
        if not said.isdisjoint(_month_spellings(number)):
            year = today.year if number <= today.month else today.year - 1
            return date(year, number, 1)
    return None


@cache
def _month_spellings(number: int) -> frozenset[str]:
    return frozenset(fold(texts(language)["months"][number - 1]) for language in Language) - {"may"}
