"""Answers from the company's published articles, with their source, for what has no action of its own.

An article is told only above a measured likeness (docs/knowledge-base.md): below it the assistant asks or
passes on, as it does without articles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import update

from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.guesses import guesses
from bot.actions.people import hand_over_to_people
from bot.actions.services import Services
from bot.actions.small_talk import off_topic, thank
from bot.actions.subject import Action
from bot.actions.understanding import not_understood
from bot.contract import HandoverReason, ReplyChoice
from bot.forms.matching import mentions
from bot.forms.wording import phrases
from bot.texts import say
from knowledge_base.articles.addresses import short_url
from knowledge_base.articles.extract import extract
from knowledge_base.articles.reading import by_number
from knowledge_base.articles.search import Found, Hit, search
from knowledge_base.articles.tables import article_translations

ARTICLES: Final = "articles"
CHOSEN: Final = "article"  # inform:article:<number>.<language>.<yes or no>

# Measured on tests/knowledge_base/data/answerable.tsv: 98 % of what no article answers is refused.
LEAST_COVERAGE: Final = 0.4
LEAST_IN_TITLE: Final = 0.3
LEAST_WORDS: Final = 2
_LONGEST_EXTRACT: Final = 420  # characters: two or three sentences
_CANDIDATES: Final = 3

# Asking what something means is no wish to have it: such a question is answered before its intent acts.
_MEANING: Final = phrases(
    """
    que veut dire | ca veut dire quoi | que signifie | c est quoi | signification | a quoi correspond |
    what does | meaning of | ما معنى | ماذا تعني | ماذا يعني | شنو معنى | شنو كتعني | شنو كيعني | اش كتعني |
    اش كيعني | ach kat3ni | ach kay3ni | chno kat3ni | chno kay3ni | chno ma3na | achno ma3na
    """
)
# Requests about the customer's own things, and what must never wait for an explanation.
_NEVER_EXPLAINED: Final = frozenset(
    {
        "street_danger",
        "human_agent",
        "insult",
        "power_cut",
        "water_cut",
        "leak",
        "sewage_overflow",
        "ticket_status",
    }
)


async def not_understood_or_article(heard: Heard, services: Services) -> Answer:
    """For a message no intent fits: an article, else the helping question."""
    # "No water at the tap", hardly understood, is no wish to read about water cuts.
    if heard.state.question is None and _NEVER_EXPLAINED.isdisjoint(guesses(heard)):
        answer = await _article_for(heard, services)
        if answer is not None:
            return answer
    return await not_understood(heard, services)


async def off_topic_or_article(heard: Heard, services: Services) -> Answer:
    """For what seems to be none of our business: an article that says otherwise, else the refusal."""
    if heard.state.question is None:
        answer = await _article_for(heard, services)
        if answer is not None:
            return answer
    return await off_topic(heard, services)


def explained_first(actions: Mapping[str, Action]) -> dict[str, Action]:
    """Return the actions by intent, with "what does … mean" answered from an article where one does."""
    return {
        intent: action if intent in _NEVER_EXPLAINED else _explained_first(action)
        for intent, action in actions.items()
    }


def _explained_first(action: Action) -> Action:
    async def explained(heard: Heard, services: Services) -> Answer:
        if heard.chosen is None and heard.state.question is None and mentions(heard.text, _MEANING):
            answer = await _article_for(heard, services)
            if answer is not None:
                return answer
        return await action(heard, services)

    return explained


async def rated(heard: Heard, services: Services) -> Answer:
    """The customer pressed whether the article answered: counted, and a "no" gets a person."""
    number, language, verdict = _pressed(heard)
    is_helpful = verdict == "yes"
    async with services.connection() as connection:
        article = await by_number(connection, number)
        if article is not None and article.is_public(language):
            columns = article_translations.c
            column = columns.helpful if is_helpful else columns.unhelpful
            await connection.execute(
                update(article_translations)
                .where(columns.article_id == article.id, columns.language == language)
                .values({column: column + 1})
            )
            data = {"number": number, "language": language, "helpful": is_helpful}
            await services.record_event(connection, "article.rated", heard.conversation_id, data)
    if is_helpful:
        return await thank(replace(heard, state=replace(heard.state, topic=None)), services)
    return hand_over_to_people(heard, HandoverReason.ASKED, "hand_over_asked")


def takes(heard: Heard) -> Action | None:
    """A bare "yes, thank you" or "no" right after an article is a verdict on it."""
    offered = [each["id"] for each in heard.state.offered]
    verdicts = {"affirm": "yes", "thanks": "yes", "deny": "no"}
    verdict = verdicts.get(heard.intent or "")
    chosen = next((each for each in offered if each.endswith(f".{verdict}")), None)
    if verdict is None or chosen is None or not chosen.startswith(f"inform:{CHOSEN}:"):
        return None
    value = chosen.removeprefix(f"inform:{CHOSEN}:")

    async def judged(heard: Heard, services: Services) -> Answer:
        return await rated(replace(heard, chosen=(CHOSEN, value)), services)

    return judged


async def _article_for(heard: Heard, services: Services) -> Answer | None:
    """Return an answer from the article that speaks of what was asked, None where none does."""
    async with services.connection() as connection:
        found = await search(connection, heard.text, heard.language, limit=_CANDIDATES)
        hit = _answering(found, heard)
        if hit is None:
            return None
        data = {
            "number": hit.article.number,
            "language": hit.language,
            "title": hit.article.translations[hit.language].wording.title,
            "coverage": round(hit.coverage, 2),
        }
        await services.record_event(connection, "article.offered", heard.conversation_id, data)
    return _told(heard, services, found, hit)


def _answering(found: Found, heard: Heard) -> Hit | None:
    """Return the best article, if it is close enough and nothing about it is out of date."""
    if not found.hits:
        return None
    hit = found.hits[0]
    is_close = (
        hit.coverage >= LEAST_COVERAGE and hit.in_title >= LEAST_IN_TITLE and hit.matched >= LEAST_WORDS
    )
    is_stale = hit.article.translations[hit.language].is_stale
    review_on = hit.article.review_on
    is_due = review_on is not None and review_on < heard.now.date()
    return hit if is_close and not is_stale and not is_due else None


def _told(heard: Heard, services: Services, found: Found, hit: Hit) -> Answer:
    article = hit.article
    translation = article.translations[hit.language]
    day = translation.updated_at.astimezone(services.timezone)
    text = say(
        heard.language,
        "article_answer",
        extract=extract(translation.wording, found.slots, hit.language, longest=_LONGEST_EXTRACT),
        title=translation.wording.title,
        date=f"{day:%d/%m/%Y}",
        url=short_url(services.public_url, hit.language, article.number),
    )
    about = f"inform:{CHOSEN}:{article.number}.{hit.language}"
    choices = (
        ReplyChoice(f"{about}.yes", say(heard.language, "choice_article_helped")),
        ReplyChoice(f"{about}.no", say(heard.language, "choice_human")),
    )
    return ask(heard, text, question=None, topic=ARTICLES, choices=choices)


def _pressed(heard: Heard) -> tuple[int, str, str]:
    """Read "12.fr.yes"; what is none of our buttons counts as nothing."""
    assert heard.chosen is not None
    number, _, rest = heard.chosen[1].partition(".")
    language, _, verdict = rest.partition(".")
    return int(number) if number.isdecimal() and len(number) < 10 else 0, language, verdict
