"""Answers from articles: with their source, only when close enough, and counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.actions.dialogue import Answer
from bot.contract import HandoverReason, Language
from bot.texts import say
from tests.bot.world import World

Start = Callable[..., Any]


def offered(answer: Answer) -> str:
    """The article's id as its first button carries it: "5.fr"."""
    assert answer.choices, answer.text
    prefix, _, value = answer.choices[0].id.partition("inform:article:")
    assert not prefix, answer.choices
    return value.removesuffix(".yes")


@pytest.fixture
async def numbers(sample_engine: AsyncEngine) -> dict[str, int]:
    async with sample_engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT t.slug, a.number FROM article_translations t JOIN articles a ON a.id = t.article_id")
        )
        return {row.slug: row.number for row in rows}


@pytest.mark.parametrize(
    ("language", "words", "slug"),
    [
        (Language.FR, "que veut dire redevance fixe sur ma facture", "comprendre-sa-facture"),
        (Language.FR, "comment saisir chikaya pour ma réclamation", "reclamation-delais-chikaya"),
        (Language.AR, "ما هو أجل معالجة الشكاية", "الشكايات-والآجال"),
        (Language.ARY, "غادي نرحل كيفاش نفسخ الكونطرا", "فسخ-العقد"),
        (Language.ARY_LATN, "ghadi nr7el kifach nfskh lcontrat", "فسخ-العقد"),
        (Language.EN, "what is the stamp duty on my bill", "understand-your-bill"),
    ],
)
async def test_what_no_intent_fits_is_answered_with_its_source(
    dialogue: Start, numbers: dict[str, int], language: Language, words: str, slug: str
) -> None:
    talk = dialogue(language)
    answer = await talk.hears("nlu_fallback", words)
    spoken = {"ary-Arab": "ar", "ary-Latn": "ar"}.get(language, language)
    assert offered(answer) == f"{numbers[slug]}.{spoken}"
    assert f"/help/{spoken}/{numbers[slug]}" in answer.text
    assert "/2026" in answer.text
    assert answer.handover is None
    assert answer.state.misunderstood == 0
    assert len(answer.text) < 900


@pytest.mark.parametrize("intent", ["nlu_fallback", "off_topic"])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.FR, "qui a gagné le match hier soir"),
        (Language.FR, "mon internet ne marche pas"),
        (Language.ARY, "شحال الثمن ديال الخروف هاد العام"),
        (Language.ARY_LATN, "bghit nchri tilifoun jdid"),
        (Language.EN, "what is the price of a train ticket"),
        (Language.FR, ""),
        (Language.AR, "مرحبا"),
    ],
)
async def test_what_no_article_answers_is_refused_as_before(
    dialogue: Start, intent: str, language: Language, words: str
) -> None:
    answer = await dialogue(language).hears(intent, words)
    key = "off_topic" if intent == "off_topic" else "not_understood"
    assert answer.text == say(language, key)


async def test_off_topic_near_our_trade_is_answered(dialogue: Start, numbers: dict[str, int]) -> None:
    answer = await dialogue().hears("off_topic", "comment résilier mon abonnement, je déménage")
    assert offered(answer) == f"{numbers['resilier-demenagement']}.fr"


async def test_asking_what_something_means_is_no_wish_to_have_it(
    dialogue: Start, numbers: dict[str, int]
) -> None:
    meaning = await dialogue().hears("bill_amount", "que veut dire redevance fixe sur la facture")
    assert offered(meaning) == f"{numbers['comprendre-sa-facture']}.fr"
    amount = await dialogue().hears("bill_amount", "combien je dois sur ma facture")
    assert amount.state.topic == "bill"


async def test_internal_and_outdated_articles_are_never_told(
    dialogue: Start, world: World, sample_engine: AsyncEngine
) -> None:
    internal = await dialogue().hears("nlu_fallback", "vérifier un client avant de parler d'un montant")
    assert internal.text == say(Language.FR, "not_understood")
    due = await dialogue().hears("nlu_fallback", "réduire la consommation d'eau et d'électricité")
    assert due.text == say(Language.FR, "not_understood")
    asked = "what is the stamp duty on my bill"
    overtake = text(
        "UPDATE article_translations SET written_for = :version WHERE slug = 'understand-your-bill'"
    )
    try:
        async with sample_engine.begin() as connection:
            await connection.execute(overtake, {"version": 0})
        stale = await dialogue(Language.EN).hears("nlu_fallback", asked)
    finally:
        async with sample_engine.begin() as connection:
            await connection.execute(overtake, {"version": 1})
    assert stale.text == say(Language.EN, "not_understood")
    world.now += timedelta(days=3650)
    late = await dialogue(Language.EN).hears("nlu_fallback", asked)
    assert late.text == say(Language.EN, "not_understood")


@pytest.fixture
async def verdicts(sample_engine: AsyncEngine) -> AsyncIterator[Callable[[], Any]]:
    async def read() -> tuple[int, int]:
        async with sample_engine.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT helpful, unhelpful FROM article_translations"
                        " WHERE slug = 'comprendre-sa-facture'"
                    )
                )
            ).one()
        return row.helpful, row.unhelpful

    yield read


ASKED = "que veut dire redevance fixe sur ma facture"


@pytest.mark.parametrize("way", ["pressed", "1", "affirm", "thanks"])
async def test_it_helped(dialogue: Start, world: World, verdicts: Callable[[], Any], way: str) -> None:
    before = await verdicts()
    talk = dialogue()
    answer = await talk.hears("nlu_fallback", ASKED)
    if way == "pressed":
        value = answer.choices[0].id.removeprefix("inform:article:")
        said = await talk.hears("inform", answer.choices[0].title, chosen=("article", value))
    else:
        said = await talk.hears(way if way != "1" else "inform", way)
    assert said.text == say(Language.FR, "thanks")
    assert said.handover is None
    assert await verdicts() == (before[0] + 1, before[1])
    assert [kind for kind, _, _ in world.events] == ["article.offered", "article.rated"]
    again = await talk.hears("thanks", "merci")
    assert again.text == say(Language.FR, "thanks")
    assert await verdicts() == (before[0] + 1, before[1])  # a second thank-you is no second verdict


@pytest.mark.parametrize("way", ["2", "deny"])
async def test_it_did_not_help_and_a_person_takes_over(
    dialogue: Start, verdicts: Callable[[], Any], way: str
) -> None:
    before = await verdicts()
    talk = dialogue()
    await talk.hears("nlu_fallback", ASKED)
    said = await talk.hears(way if way != "2" else "inform", "non" if way == "deny" else way)
    assert said.handover is not None
    assert said.handover.reason is HandoverReason.ASKED
    assert await verdicts() == (before[0], before[1] + 1)


@pytest.mark.parametrize("value", ["", "999999999.fr.yes", "1.de.yes", "x.fr.no", "1' OR 1=1.fr.yes"])
async def test_a_button_that_is_none_of_ours_counts_nothing(
    dialogue: Start, world: World, value: str
) -> None:
    answer = await dialogue().hears("inform", "", chosen=("article", value))
    assert answer.text
    assert world.events == []


@pytest.mark.parametrize("language", Language)
def test_button_titles_fit_the_narrowest_channel(language: Language) -> None:
    assert len(say(language, "choice_article_helped")) <= 20
