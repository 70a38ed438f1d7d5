"""The help centre as a browser without scripts, a feed reader and a crawler see it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

import pytest
from aiohttp import ClientResponse, FormData
from sqlalchemy import text

from knowledge_base.web.words import all_words
from tests.knowledge_base.web.conftest import Visitor

LARGEST = 30_000  # bytes of a page with its style sheet, without fonts
ATOM = "{http://www.w3.org/2005/Atom}"
FRENCH = "/help/fr/articles/payer-sa-facture"


def links(html: str) -> set[str]:
    found = re.findall(r'(?:href|src|action)="([^"]+)"', html)
    return {unescape(link).split("#")[0] for link in found if not link.startswith(("https://", "#"))}


async def crawl(visitor: Visitor, start: str) -> dict[str, tuple[ClientResponse, str]]:
    """Follow every link within our own; returns response and text by address."""
    seen: dict[str, tuple[ClientResponse, str]] = {}
    waiting = {start}
    while waiting:
        path = waiting.pop()
        response = await visitor.get(path)
        is_text = response.content_type.startswith(("text/", "application/"))
        body = await response.text() if is_text else ""
        seen[path] = (response, body)
        found = links(body) if response.content_type == "text/html" else set()
        if "Location" in response.headers:
            found.add(response.headers["Location"])
        waiting |= {link for link in found if link.startswith("/")} - seen.keys()
    return seen


@pytest.mark.slow
async def test_a_crawler_finds_every_page_and_nothing_hidden(visitor: Visitor) -> None:
    async with visitor.engine.begin() as connection:
        await connection.execute(
            text("UPDATE article_translations SET status = 'draft' WHERE slug = 'egout-bouche'")
        )
        rows = (
            await connection.execute(
                text(
                    "SELECT t.language, t.slug, t.title, a.number, t.status = 'published' AND"
                    " a.audience = 'public' AS visible FROM article_translations t"
                    " JOIN articles a ON a.id = t.article_id"
                )
            )
        ).all()
    seen = await crawl(visitor, "/help")
    broken = {path: each.status for path, (each, _) in seen.items() if each.status not in (200, 302)}
    assert not broken
    everything = "\n".join(body for _, body in seen.values())
    hidden = [row for row in rows if not row.visible]
    assert len(hidden) == 5  # two internal ones in two languages, one draft
    for row in rows:
        path = f"/help/{row.language}/articles/{quote(row.slug)}"
        if row.visible:
            assert path in seen
            continue
        assert unescape(everything).count(row.title) == 0
        await visitor.reads(path, expect=404)
        await visitor.reads(f"/help/{row.language}/{row.number}", expect=404)
        found = await visitor.reads(f"/help/{row.language}/search?q={quote(row.title)}")
        assert path not in found


@pytest.mark.slow
async def test_pages_are_light_and_safe(visitor: Visitor) -> None:
    seen = await crawl(visitor, "/help/ar")
    style = next(len(body.encode()) for path, (_, body) in seen.items() if path.endswith("help.css"))
    pages = {path: found for path, found in seen.items() if found[0].content_type == "text/html"}
    assert len(pages) > 100
    for path, (response, body) in pages.items():
        assert len(body.encode()) + style < LARGEST, path
        assert "<script" not in body
        assert 'style="' not in body
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize("path", ["", "/outages", "/mobile-agency", "/agencies", "/search?q=facture"])
async def test_every_page_says_its_language_and_keeps_to_it(
    visitor: Visitor, language: str, path: str
) -> None:
    html = await visitor.reads(f"/help/{language}{path}")
    assert f'<html lang="{language}" dir="{all_words()[language].direction}">' in html
    bare = path.split("?", maxsplit=1)[0]
    for other in ("ar", "fr", "en"):
        assert (
            f'<link rel="alternate" hreflang="{other}" href="https://help.example/help/{other}{bare}">'
            in html
        )
    assert f'<link rel="canonical" href="https://help.example/help/{language}{bare}">' in html
    assert html.count("<h1>") == 1
    assert '<a class="skip" href="#content">' in html
    assert "{" not in re.sub(r"<[^>]*>", "", html)  # no placeholder is left


async def test_an_article_tells_its_date_its_source_and_leads_to_its_translation(visitor: Visitor) -> None:
    html = await visitor.reads(FRENCH)
    assert "Où et comment payer sa facture" in html
    assert "Mis à jour le 24 novembre 2026" in html
    assert "Communication de la société" in html
    arabic = "/help/ar/articles/" + quote("أداء-الفاتورة")
    assert f'<a href="{arabic}" lang="ar"' in html
    assert "أين وكيف أؤدي الفاتورة" in await visitor.reads(arabic)


async def test_what_the_source_has_overtaken_says_so(visitor: Visitor) -> None:
    html = await visitor.reads("/help/en/articles/personal-data")
    assert all_words()["en"]("stale") in html


async def test_short_and_old_addresses_lead_on(visitor: Visitor) -> None:
    short = await visitor.get("/help/fr/1")
    assert (short.status, short.headers["Location"]) == (302, FRENCH)
    async with visitor.engine.begin() as connection:
        await connection.execute(
            text("UPDATE article_translations SET slug = 'payer' WHERE slug = 'payer-sa-facture'")
        )
    old = await visitor.get(FRENCH)
    assert (old.status, old.headers["Location"]) == (301, "/help/fr/articles/payer")


async def test_the_browsers_language_is_chosen(visitor: Visitor) -> None:
    for accepted, language in (("fr-MA,fr;q=0.9", "fr"), ("de, en;q=0.5", "en"), ("de", "ar"), ("", "ar")):
        response = await visitor.get("/help", headers={"Accept-Language": accepted})
        assert response.headers["Location"] == f"/help/{language}"


async def test_a_page_is_asked_for_again_only_when_it_changed(visitor: Visitor) -> None:
    first = await visitor.get(FRENCH)
    again = await visitor.get(FRENCH, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.text()) == (304, "")
    other = await visitor.get(FRENCH, headers={"If-None-Match": 'W/"0"'})
    assert other.status == 200
    for path in ("/help/fr/outages", "/help/fr/mobile-agency", "/help/fr"):
        assert (await visitor.get(path)).headers["Cache-Control"] == "public, max-age=5"


async def test_a_verdict_counts_once_a_browser(visitor: Visitor) -> None:
    async def verdict(value: str, **headers: str) -> int:
        url = visitor.server.make_url(FRENCH)
        body = FormData({"helpful": value})
        async with visitor.http.post(url, data=body, headers=headers, allow_redirects=False) as response:
            return response.status

    assert await verdict("yes", **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert await verdict("perhaps") == 400
    assert await verdict("yes") == 303
    assert await verdict("no") == 303
    async with visitor.engine.connect() as connection:
        counts = (
            await connection.execute(
                text("SELECT helpful, unhelpful FROM article_translations WHERE slug = 'payer-sa-facture'")
            )
        ).one()
    assert tuple(counts) == (1, 0)
    assert "Merci pour votre avis" in await visitor.reads(f"{FRENCH}?rated=1")


async def test_reads_are_counted_and_robots_are_not(visitor: Visitor) -> None:
    from knowledge_base.web.site import SITE

    await visitor.reads(FRENCH)
    await visitor.get(FRENCH, headers={"User-Agent": "Googlebot/2.1"})
    (help_app,) = visitor.server.app._subapps
    await help_app[SITE].reads.write(visitor.engine)
    async with visitor.engine.connect() as connection:
        views = await connection.scalar(
            text("SELECT views FROM article_translations WHERE slug = 'payer-sa-facture'")
        )
    assert views == 1


async def test_search_finds_through_mistakes_and_says_when_it_does_not(visitor: Visitor) -> None:
    html = await visitor.reads("/help/fr/search?q=compteur+prepaye+rechrage")
    assert "recharger-compteur" in html
    assert all_words()["fr"]("search_empty") in unescape(await visitor.reads("/help/fr/search?q=xyzzy"))
    arabic = await visitor.reads("/help/ar/search?q=" + quote("الفواتير"))
    assert quote("أداء-الفاتورة") in arabic
    script = await visitor.reads("/help/fr/search?q=" + quote('"><script>alert(1)</script>'))
    assert "<script" not in script


async def test_a_commune_is_found_in_any_spelling_and_has_a_calendar(visitor: Visitor) -> None:
    response = await visitor.get("/help/fr/mobile-agency?q=zmamra")
    assert response.status == 303
    page = await visitor.reads(response.headers["Location"])
    assert "Zemamra" in page
    calendar = next(link for link in links(page) if link.endswith(".ics"))
    response = await visitor.get(calendar)
    assert response.content_type == "text/calendar"
    assert (await response.text()).startswith("BEGIN:VCALENDAR")
    html = await visitor.reads("/help/ar/mobile-agency?q=" + quote("لا شيء"))
    assert "لم نجد" in html
    await visitor.reads("/help/fr/mobile-agency/nowhere", expect=404)


async def test_changed_stops_are_shown_and_fed(visitor: Visitor) -> None:
    feed = ET.fromstring(await visitor.reads("/help/fr/mobile-agency.atom"))
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    ids = [each.findtext(f"{ATOM}id") for each in entries]
    assert len(set(ids)) == len(ids)
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    page = await visitor.reads(unquote(link.attrib["href"].removeprefix("https://help.example")))
    assert 'class="change"' in page


async def test_a_stop_that_staff_cancel_is_told_at_once(visitor: Visitor) -> None:
    page = await visitor.reads("/help/fr/mobile-agency")
    assert 'class="visit planned"' in page
    async with visitor.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO stop_exceptions (on_date, kind, reason_key, reason_fr)"
                " VALUES ('2026-11-24', 'cancelled', 'weather', 'Crue de l''oued')"
            )
        )
    page = await visitor.reads("/help/fr/mobile-agency")
    today = page.split('<section class="day">')[1]
    assert 'class="visit planned"' not in today
    assert "Crue de l&#39;oued" in today


async def outage(visitor: Visitor, **values: object) -> None:
    fields = {
        "service": "water",
        "is_planned": False,
        "status": "in_progress",
        "cause": "pipe_burst",
        "starts_at": "2026-11-24 08:00+00",
        "estimated_at": "2026-11-24 14:00+00",
        **values,
    }
    listed = ", ".join(f"'{value}'" if value is not None else "NULL" for value in fields.values())
    async with visitor.engine.begin() as connection:
        outage_id = await connection.scalar(
            text(f"INSERT INTO outages ({', '.join(fields)}) VALUES ({listed}) RETURNING id")
        )
        await connection.execute(
            text(
                "INSERT INTO outage_areas (outage_id, kind, value, place_id)"
                " VALUES (:id, 'commune', 'zemamra', 'zemamra')"
            ),
            {"id": outage_id},
        )


async def test_outages_tell_cause_and_estimate_and_no_estimate_that_has_passed(visitor: Visitor) -> None:
    async with visitor.engine.begin() as connection:
        await connection.execute(text("DELETE FROM outages"))
    assert all_words()["fr"]("outages_none") in await visitor.reads("/help/fr/outages")
    await outage(visitor)
    await outage(visitor, service="electricity", estimated_at="2026-11-24 09:00+00")
    await outage(visitor, status="reported", cause="storm")
    page = await visitor.reads("/help/fr/outages")
    assert page.count('<li class="card') == 2  # a guess is for staff alone
    assert "rupture d&#39;une conduite" in page
    assert "14:00" in page
    assert "09:00" not in page
    assert all_words()["fr"]("phase_overdue") in page
    assert "Zemamra (toute la commune)" in page
    feed = ET.fromstring(await visitor.reads("/help/ar/outages.atom"))
    assert len(feed.findall(f"{ATOM}entry")) == 2
    assert "Coupures en cours : 2" in await visitor.reads("/help/fr")


async def test_robots_and_the_sitemap_know_what_is_public(visitor: Visitor) -> None:
    robots = await visitor.reads("/robots.txt")
    assert "Sitemap: https://help.example/help/sitemap.xml" in robots
    sitemap = await visitor.reads("/help/sitemap.xml")
    assert (
        f"<loc>https://help.example{FRENCH}</loc>" in sitemap
        or f":loc>https://help.example{FRENCH}<" in sitemap
    )
    assert "verifier-un-client" not in sitemap


def test_every_language_says_the_same_things() -> None:
    words = all_words()
    for each in words.values():
        assert each.keys() == words["fr"].keys()


async def test_a_database_that_is_away_is_a_page_too(visitor: Visitor) -> None:
    async with visitor.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE articles RENAME TO hidden"))
    response = await visitor.get(FRENCH)
    assert response.status == 503
    assert all_words()["fr"]("trouble") in unescape(await response.text())
