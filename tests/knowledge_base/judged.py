"""Questions people judged: which article answers each, and how good a search is by them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import sample_id
from knowledge_base.articles.search import search

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Judged:
    language: str
    expected: str  # the article's key in the sample; "-" where none answers
    query: str


@dataclass(frozen=True)
class Quality:
    """`recall_at_3` and `mrr` (mean reciprocal rank of the first ten) over `count` questions."""

    count: int
    recall_at_3: float
    mrr: float


def read(name: str) -> list[Judged]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [Judged(**row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


async def ranks(connection: AsyncConnection, judged: Sequence[Judged]) -> dict[Judged, int | None]:
    """Return where the expected article stands, 1 for the first; None below the tenth."""
    found: dict[Judged, int | None] = {}
    for each in judged:
        hits = (await search(connection, each.query, each.language, limit=10)).hits
        ids = [hit.article.id for hit in hits]
        wanted = sample_id("article", each.expected)
        found[each] = ids.index(wanted) + 1 if wanted in ids else None
    return found


def quality(found: dict[Judged, int | None]) -> Quality:
    places = list(found.values())
    return Quality(
        len(places),
        sum(place is not None and place <= 3 for place in places) / len(places),
        sum(1 / place for place in places if place is not None) / len(places),
    )
