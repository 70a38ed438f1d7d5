"""The first page, categories, articles, search, and the readers' verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from sqlalchemy import update

from knowledge_base.articles.addresses import HELP, path_of
from knowledge_base.articles.extract import extract
from knowledge_base.articles.markdown import minutes
from knowledge_base.articles.model import CATEGORIES, Article
from knowledge_base.articles.reading import by_number, by_slug, published
from knowledge_base.articles.search import search
from knowledge_base.articles.tables import article_translations
from knowledge_base.outages.incidents import Phase, current_outages
from knowledge_base.web.site import ARTICLE_AGE, LIVE_AGE, SITE, page, words_of

_POPULAR: Final = 5
_RELATED: Final = 4
_FOUND: Final = 20
_EXCERPT: Final = 220  # characters
_LONGEST_QUERY: Final = 400  # characters
_RATED: Final = "wasl_rated"  # a cookie of this help centre alone: which articles this browser has judged
_RATED_FOR: Final = 180 * 24 * 3600  # seconds
_ROBOTS: Final = ("bot", "crawl", "spider", "slurp", "preview")


async def home(request: web.Request) -> web.Response:
    words, site = words_of(request), request.app[SITE]
    now = site.clock()
    async with site.reading() as connection:
        articles = await published(connection, words.language)
        outages = await current_outages(connection, now)
    running = [each for each in outages if each.phase(now) is not Phase.COMING]
    return page(
        request,
        "home.html",
        path="",
        title=words("title"),
        age=LIVE_AGE,
        groups=_by_category(articles),
        popular=articles[:_POPULAR],
        running=len(running),
    )


async def category(request: web.Request) -> web.Response:
    words, key = words_of(request), request.match_info["category"]
    async with request.app[SITE].reading() as connection:
        articles = _by_category(await published(connection, words.language)).get(key)
    if not articles:
        raise web.HTTPNotFound
    name = CATEGORIES[key][words.language]
    return page(
        request, "category.html", path=f"category/{key}", title=name, age=ARTICLE_AGE, articles=articles
    )


async def article(request: web.Request) -> web.Response:
    words, site = words_of(request), request.app[SITE]
    language, slug = words.language, request.match_info["slug"]
    async with site.reading() as connection:
        found = await by_slug(connection, language, slug)
        if found is None or not found.is_public(language):
            raise web.HTTPNotFound
        translation = found.translations[language]
        if translation.wording.slug != slug:
            raise web.HTTPMovedPermanently(path_of(language, translation.wording.slug))
        others = await published(connection, language)
    if request.method == "GET" and not _is_robot(request):
        site.reads.note(found.id, language)
    related = [each for each in others if each.category == found.category and each.id != found.id]
    is_rated = "rated" in request.query
    return page(
        request,
        "article.html",
        path=f"articles/{slug}",
        title=translation.wording.title,
        age=None if is_rated else ARTICLE_AGE,
        alternates={
            each: path_of(each, other.wording.slug)
            for each, other in found.translations.items()
            if found.is_public(each)
        },
        article=found,
        translation=translation,
        minutes=minutes(translation.wording.body),
        related=related[:_RELATED],
        is_rated=is_rated,
        updated=translation.updated_at.astimezone(site.settings.timezone).date(),
    )


async def short(request: web.Request) -> web.Response:
    """The address that is sent to customers: leads to the one that is read."""
    words = words_of(request)
    async with request.app[SITE].reading() as connection:
        found = await by_number(connection, int(request.match_info["number"][:9]))
    if found is None or not found.is_public(words.language):
        raise web.HTTPNotFound
    raise web.HTTPFound(path_of(words.language, found.translations[words.language].wording.slug))


async def search_page(request: web.Request) -> web.Response:
    words = words_of(request)
    query = request.query.get("q", "").replace("\x00", "").strip()[:_LONGEST_QUERY]
    results: list[tuple[Article, str]] = []
    if query:
        async with request.app[SITE].reading() as connection:
            found = await search(connection, query, words.language, limit=_FOUND)
        for hit in found.hits:
            wording = hit.article.translations[words.language].wording
            text = extract(wording, found.slots, words.language, longest=_EXCERPT)
            results.append((hit.article, text))
    title = words("search_title", query=query) if query else words("search")
    return page(
        request, "search.html", path="search", title=title, age=ARTICLE_AGE, query=query, results=results
    )


async def rate(request: web.Request) -> web.Response:
    """Counts one verdict of a browser on an article, and goes back to it."""
    words = words_of(request)
    language, slug = words.language, request.match_info["slug"]
    if request.headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        raise web.HTTPForbidden
    verdict = (await request.post()).get("helpful")
    if verdict not in ("yes", "no"):
        raise web.HTTPBadRequest
    async with request.app[SITE].engine.begin() as connection:
        found = await by_slug(connection, language, slug)
        if found is None or not found.is_public(language):
            raise web.HTTPNotFound
        name = f"{found.number}{language}"
        rated = [each for each in request.cookies.get(_RATED, "").split(".") if each]
        if name not in rated:
            column = article_translations.c.helpful if verdict == "yes" else article_translations.c.unhelpful
            await connection.execute(
                update(article_translations)
                .where(
                    article_translations.c.article_id == found.id,
                    article_translations.c.language == language,
                )
                .values({column: column + 1})
            )
    back = f"{path_of(language, slug)}?rated=1#rating"
    response = web.Response(status=303, headers={"Location": back, "Cache-Control": "no-store"})
    kept = ".".join([*(each for each in rated if each != name), name][-100:])
    response.set_cookie(
        _RATED, kept, path=HELP, max_age=_RATED_FOR, httponly=True, samesite="Lax", secure=request.secure
    )
    return response


def _by_category(articles: list[Article]) -> Mapping[str, list[Article]]:
    """Return the articles by category in the order shown; a category without any is left out."""
    groups = {key: [each for each in articles if each.category == key] for key in CATEGORIES}
    return {key: group for key, group in groups.items() if group}


def _is_robot(request: web.Request) -> bool:
    agent = request.headers.get("User-Agent", "").lower()
    return any(word in agent for word in _ROBOTS)
