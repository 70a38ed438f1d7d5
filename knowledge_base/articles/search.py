"""Ranked search over published articles.

BM25 over stored terms, one statement: every word of a question counts once for an article, by its best term
(stem, skeleton, concept, or a word like it where nobody ever wrote the word itself).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles.model import LANGUAGES, Article, Audience
from knowledge_base.articles.reading import by_ids
from knowledge_base.articles.terms import Slot, query_terms, question, terms_of_text

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

_FIND: Final = text("""
WITH asked AS MATERIALIZED (
    SELECT a.slot, a.term, a.worth,
        (SELECT count(*) FROM article_terms t WHERE t.language = :language AND t.term = a.term) AS frequency
    FROM unnest(CAST(:slots AS int[]), CAST(:terms AS text[]), CAST(:worths AS real[]))
        AS a(slot, term, worth)
), size AS (
    SELECT greatest(count(*), 1) AS articles FROM article_translations WHERE language = :language
), rarity AS (
    SELECT slot, term, worth, ln(1 + (articles - frequency + 0.5) / (frequency + 0.5)) AS rare
    FROM asked, size WHERE frequency > 0
), visible AS (
    SELECT t.article_id FROM article_translations t JOIN articles a ON a.id = t.article_id
    WHERE t.language = :language AND t.status = ANY(CAST(:statuses AS text[]))
        AND a.audience = ANY(CAST(:audiences AS text[]))
), found AS (
    SELECT t.article_id, r.slot, max(r.worth * r.rare * t.weight) AS score, max(r.worth) AS worth
    FROM rarity r JOIN article_terms t ON t.language = :language AND t.term = r.term
    GROUP BY t.article_id, r.slot
)
SELECT article_id, sum(score) AS score, array_agg(slot) AS slots, array_agg(worth) AS worths
FROM found JOIN visible USING (article_id)
GROUP BY article_id ORDER BY sum(score) DESC, article_id LIMIT :limit
""")

_RARITY: Final = text("""
SELECT a.slot, max(ln(1 + (s.articles - f.frequency + 0.5) / (f.frequency + 0.5))) AS rare
FROM unnest(CAST(:slots AS int[]), CAST(:terms AS text[])) AS a(slot, term),
    LATERAL (SELECT count(*) AS frequency FROM article_terms t
             WHERE t.language = :language AND t.term = a.term) f,
    (SELECT greatest(count(*), 1) AS articles FROM article_translations WHERE language = :language) s
WHERE f.frequency > 0 GROUP BY a.slot
""")

_UNKNOWN: Final = text("""
SELECT u.slot, l.word, l.likeness
FROM unnest(CAST(:slots AS int[]), CAST(:words AS text[])) AS u(slot, word),
    LATERAL (SELECT w.word, similarity(w.word, u.word) AS likeness FROM article_words w
             WHERE w.language = :language AND w.word % u.word
             ORDER BY likeness DESC, w.word LIMIT :most) l
WHERE l.likeness >= :least
""")

_KNOWN: Final = text("""
SELECT a.slot FROM unnest(CAST(:slots AS int[]), CAST(:terms AS text[])) AS a(slot, term)
WHERE EXISTS (SELECT FROM article_terms t WHERE t.language = :language AND t.term = a.term)
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
    slots = await _corrected(connection, slots, language)
    rows = (
        await connection.execute(
            _FIND,
            {
                **_flat(slots),
                "language": language,
                "audiences": [str(each) for each in audiences],
                "statuses": [str(each) for each in statuses],
                "limit": limit,
            },
        )
    ).all()
    if not rows:
        return Found((), tuple(slots))
    weights = await _weights(connection, slots, language)
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
                _share(matched, weights),
                _share(_matched_in_title(article, language, slots), weights),
            )
        )
    return Found(tuple(hits), tuple(slots))


async def _corrected(connection: AsyncConnection, slots: list[Slot], language: str) -> list[Slot]:
    """Add the words like it to each word that no article knows in any form."""
    flat = _flat(slots)
    known = set(
        (
            await connection.execute(
                _KNOWN, {"slots": flat["slots"], "terms": flat["terms"], "language": language}
            )
        ).scalars()
    )
    unknown = [
        (index, slot.word)
        for index, slot in enumerate(slots)
        if index not in known and len(slot.word) >= _SHORTEST_MISTYPED and not slot.word.isdigit()
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
        like = {term: worth * row.likeness for term, worth in query_terms(row.word, language).items()}
        terms = {**{term: worth * _LIKE_WORTH for term, worth in like.items()}, **slot.terms}
        corrected[row.slot] = replace(slot, terms=terms)
    return corrected


async def _weights(connection: AsyncConnection, slots: Sequence[Slot], language: str) -> dict[int, float]:
    """Return how rare each word asked for is; one that nobody wrote is as rare as can be."""
    flat = _flat(slots)
    values = {"slots": flat["slots"], "terms": flat["terms"], "language": language}
    rare = {row.slot: float(row.rare) for row in await connection.execute(_RARITY, values)}
    rarest = max(rare.values(), default=1.0)
    return {index: rare.get(index, rarest) for index in range(len(slots))}


def _matched_in_title(article: Article, language: str, slots: Sequence[Slot]) -> dict[int, float]:
    wording = article.translations[language].wording
    terms = terms_of_text(f"{wording.title} {wording.summary}", language)
    matched = {}
    for index, slot in enumerate(slots):
        worths = [worth for term, worth in slot.terms.items() if term in terms]
        if worths:
            matched[index] = max(worths)
    return matched


def _share(matched: Mapping[int, float], weights: Mapping[int, float]) -> float:
    total = sum(weights.values())
    return sum(weights[index] * min(1.0, worth) for index, worth in matched.items()) / total if total else 0.0


def _flat(slots: Sequence[Slot]) -> dict[str, list[int] | list[str] | list[float]]:
    """Return the slots as three columns."""
    rows = [(index, term, worth) for index, slot in enumerate(slots) for term, worth in slot.terms.items()]
    return {
        "slots": [row[0] for row in rows],
        "terms": [row[1] for row in rows],
        "worths": [row[2] for row in rows],
    }


def likely_language(query: str) -> str:
    """Return the language to search when nobody says: Arabic letters read Arabic, others French."""
    return "ar" if any("\u0600" <= letter <= "\u06ff" for letter in query) else "fr"
