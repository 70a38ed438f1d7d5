"""Ranked search over published articles.

BM25 over stored terms, one statement: every word of a question counts once for an article, by its best term
(stem, skeleton, concept, or a word like it where nobody ever wrote the word itself).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles.model import LANGUAGES, Article, Audience
from knowledge_base.articles.reading import by_ids
from knowledge_base.articles.terms import CONCEPT_WORTH, Slot, query_terms, question, terms_of_text

_LONGEST_QUERY: Final = 400  # characters
_MOST_SLOTS: Final = 24  # words: a letter pasted as a question is asked by its beginning
_LIKENESS: Final = 0.42  # trigram similarity from which a word may be a mistyped other one
_LIKE_WORDS: Final = 3
_LIKE_WORTH: Final = 0.75
_SHORTEST_MISTYPED: Final = 4  # letters

# Readers of Darija get Arabic.
ARTICLE_LANGUAGE: Final[Mapping[str, str]] = {
    **{language: language for language in LANGUAGES},
    "ary-Arab": "ar",
    "ary-Latn": "ar",
}

_FREQUENCIES: Final = text("""
SELECT a.term, (SELECT count(*) FROM article_terms t WHERE t.language = :language AND t.term = a.term)
    AS frequency
FROM unnest(CAST(:terms AS text[])) AS a(term)
""")
_SIZE: Final = text("SELECT count(*) FROM article_translations WHERE language = :language")

# Who may read is asked once for all, and what was matched is gathered for the best alone.
_FIND: Final = text("""
WITH asked AS (
    SELECT * FROM unnest(CAST(:slots AS int[]), CAST(:terms AS text[]), CAST(:worths AS real[]),
        CAST(:rarities AS real[])) AS a(slot, term, worth, rarity)
), found AS MATERIALIZED (
    SELECT t.article_id, a.slot, max(a.worth * a.rarity * t.weight) AS score, max(a.worth) AS worth
    FROM asked a JOIN article_terms t ON t.language = :language AND t.term = a.term
    GROUP BY t.article_id, a.slot
), visible AS MATERIALIZED (
    SELECT t.article_id FROM article_translations t JOIN articles a ON a.id = t.article_id
    WHERE t.language = :language AND t.status = ANY(CAST(:statuses AS text[]))
        AND a.audience = ANY(CAST(:audiences AS text[]))
), best AS MATERIALIZED (
    SELECT article_id, score
    FROM (SELECT article_id, sum(score) AS score FROM found GROUP BY article_id) AS scored
    JOIN visible USING (article_id)
    ORDER BY score DESC, article_id LIMIT :limit
)
SELECT b.article_id, b.score, array_agg(f.slot) AS slots, array_agg(f.worth) AS worths
FROM best b JOIN found f USING (article_id)
GROUP BY b.article_id, b.score ORDER BY b.score DESC, b.article_id
""")

_UNKNOWN: Final = text("""
SELECT u.slot, l.word, l.likeness
FROM unnest(CAST(:slots AS int[]), CAST(:words AS text[])) AS u(slot, word),
    LATERAL (SELECT w.word, similarity(w.word, u.word) AS likeness FROM article_words w
             WHERE w.language = :language AND w.word % u.word
             ORDER BY likeness DESC, w.word LIMIT :most) l
WHERE l.likeness >= :least
""")


@dataclass(frozen=True, slots=True)
class Hit:
    """An article found. `score` ranks and has no unit.

    `coverage` (0 to 1) is how much of what was asked stands in the article, `in_title` in its title and
    summary alone; a rare word weighs more than a common one.
    """

    article: Article
    language: str
    score: float
    coverage: float
    in_title: float
    matched: int  # words of the question


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[Hit, ...]
    slots: tuple[Slot, ...]  # what was looked for, for extracts


async def search(
    connection: AsyncConnection,
    query: str,
    language: str,
    *,
    audiences: Sequence[Audience] = (Audience.PUBLIC,),
    statuses: Sequence[str] = ("published",),
    limit: int = 10,
) -> Found:
    """Return the best articles of a writer's language ("ary-Arab" and "ary-Latn" read "ar"), best first.

    Words that tell nothing are left out; a question of such words alone finds nothing.
    """
    language = ARTICLE_LANGUAGE[language]
    slots = question(query[:_LONGEST_QUERY], language)[:_MOST_SLOTS]
    if not slots:
        return Found((), ())
    frequencies = await _frequencies(connection, slots, language)
    corrected = await _corrected(connection, slots, frequencies, language)
    if corrected != slots:
        slots, frequencies = corrected, await _frequencies(connection, corrected, language)
    size = int((await connection.execute(_SIZE, {"language": language})).scalar_one())
    rarities = _rarities(slots, frequencies, size)
    found = [
        (index, term, worth, rarities[index])
        for index, slot in enumerate(slots)
        for term, worth in slot.terms.items()
        if frequencies.get(term)
    ]
    if not found:
        return Found((), tuple(slots))
    rows = (
        await connection.execute(
            _FIND,
            {
                "slots": [row[0] for row in found],
                "terms": [row[1] for row in found],
                "worths": [row[2] for row in found],
                "rarities": [row[3] for row in found],
                "language": language,
                "audiences": [str(each) for each in audiences],
                "statuses": [str(each) for each in statuses],
                "limit": limit,
            },
        )
    ).all()
    articles = {each.id: each for each in await by_ids(connection, [row.article_id for row in rows])}
    hits = []
    for row in rows:
        article = articles[row.article_id]
        matched = dict(zip(row.slots, row.worths, strict=True))
        hits.append(
            Hit(
                article,
                language,
                float(row.score),
                _share(matched, rarities),
                _share(_matched_in_title(article, language, slots), rarities),
                len(matched),
            )
        )
    return Found(tuple(hits), tuple(slots))


async def _frequencies(connection: AsyncConnection, slots: Sequence[Slot], language: str) -> dict[str, int]:
    """Return how many articles have each term, those that none has left out."""
    terms = sorted({term for slot in slots for term in slot.terms})
    rows = await connection.execute(_FREQUENCIES, {"terms": terms, "language": language})
    return {row.term: row.frequency for row in rows if row.frequency}


def _rarities(slots: Sequence[Slot], frequencies: Mapping[str, int], size: int) -> dict[int, float]:
    """Return how rare each word asked for is, by all its forms together; one nobody wrote is rarest of all.

    By all its forms: the plural of a common word is not rare because few wrote the plural.
    """
    rarities = {}
    for index, slot in enumerate(slots):
        forms = [
            frequencies[term]
            for term, worth in slot.terms.items()
            if term in frequencies and worth >= CONCEPT_WORTH
        ]
        frequency = max(forms, default=0) or max(
            (frequencies[term] for term in slot.terms if term in frequencies), default=0
        )
        frequency = min(frequency, size)
        rarities[index] = log(1 + (size - frequency + 0.5) / (frequency + 0.5))
    return rarities


async def _corrected(
    connection: AsyncConnection, slots: list[Slot], frequencies: Mapping[str, int], language: str
) -> list[Slot]:
    """Add the words like it to each word that no article knows in any form."""
    unknown = [
        (index, slot.word)
        for index, slot in enumerate(slots)
        if frequencies.keys().isdisjoint(slot.terms)
        and len(slot.word) >= _SHORTEST_MISTYPED
        and not slot.word.isdigit()
    ]
    if not unknown:
        return slots
    rows = await connection.execute(
        _UNKNOWN,
        {
            "slots": [index for index, _ in unknown],
            "words": [word for _, word in unknown],
            "language": language,
            "most": _LIKE_WORDS,
            "least": _LIKENESS,
        },
    )
    corrected = list(slots)
    for row in rows:
        slot = corrected[row.slot]
        like = query_terms(row.word, language).items()
        terms = {term: worth * row.likeness * _LIKE_WORTH for term, worth in like}
        corrected[row.slot] = replace(slot, terms={**terms, **slot.terms})
    return corrected


def _matched_in_title(article: Article, language: str, slots: Sequence[Slot]) -> dict[int, float]:
    wording = article.translations[language].wording
    terms = terms_of_text(f"{wording.title} {wording.summary}", language)
    matched = {}
    for index, slot in enumerate(slots):
        worths = [worth for term, worth in slot.terms.items() if term in terms]
        if worths:
            matched[index] = max(worths)
    return matched


def _share(matched: Mapping[int, float], rarities: Mapping[int, float]) -> float:
    total = sum(rarities.values())
    found = sum(rarities[index] * min(1.0, worth) for index, worth in matched.items())
    return found / total if total else 0.0


def likely_language(query: str) -> str:
    """Return the language to search when nobody says: Arabic letters read Arabic, others French."""
    return "ar" if any("\u0600" <= letter <= "\u06ff" for letter in query) else "fr"
