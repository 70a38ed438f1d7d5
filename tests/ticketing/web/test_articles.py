"""Articles through the desk's address: written, published, changed by two, compared, restored, found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticketing.web.office import Office, Person

NEW = {
    "category": "payment",
    "audience": "public",
    "language": "fr",
    "title": "Où et comment payer sa facture",
    "summary": "Les moyens de payer.",
    "body": "Vous pouvez payer **en agence**, par Fatourati ou en espace de service.",
}
ARABIC = {"title": "أين وكيف أؤدي الفاتورة", "summary": "", "body": "يمكن أداء الفواتير في الوكالة."}


@pytest.fixture
async def editor(office: Office) -> Person:
    return await office.person("supervisor", "Nadia")


async def created(editor: Person, **other: Any) -> Any:
    return await editor.post("/articles", {**NEW, **other}, expect=201)


async def change(person: Person, path: str, body: Any, expect: int = 200) -> Any:
    response = await person.ask("PATCH", path, body)
    assert response.status == expect, await response.text()
    return await response.json()


def translation(article: Any, language: str = "fr") -> Any:
    return next(each for each in article["translations"] if each["language"] == language)


async def publish(editor: Person, article: Any, language: str = "fr") -> Any:
    path = f"/articles/{article['id']}/translations/{language}/status"
    version = translation(article, language)["version"]
    return await editor.post(path, {"version": version, "status": "published"})


async def test_a_new_article_is_a_draft_with_an_address_and_becomes_public(editor: Person) -> None:
    article = await created(editor)
    french = translation(article)
    assert (french["status"], french["version"], french["url"]) == ("draft", 1, None)
    assert french["slug"] == "ou-et-comment-payer-sa-facture"
    assert french["html"] == (
        "<p>Vous pouvez payer <strong>en agence</strong>, par Fatourati ou en espace de service.</p>\n"
    )
    assert await found(editor, "payer facture") == []
    article = await publish(editor, article)
    assert translation(article)["url"] == "/help/fr/articles/ou-et-comment-payer-sa-facture"
    assert translation(article)["published_at"]
    assert await found(editor, "payer facture") == [article["id"]]


async def found(person: Person, words: str, **more: str) -> list[str]:
    answer = await person.get("/articles/search", params={"q": words, **more})
    return [each["article_id"] for each in answer["results"]]


async def test_what_is_found_can_be_sent_and_an_internal_one_cannot(editor: Person) -> None:
    public = await publish(editor, await created(editor))
    internal = await publish(editor, await created(editor, audience="agents", title="Payer: consignes"))
    answer = await editor.get("/articles/search", params={"q": "payer", "language": "fr"})
    urls = {each["article_id"]: each["url"] for each in answer["results"]}
    assert urls == {public["id"]: f"/help/fr/{public['number']}", internal["id"]: None}
    assert all(each["excerpt"] and each["coverage"] > 0 for each in answer["results"])


async def test_darija_in_latin_letters_finds_the_arabic_translation(editor: Person) -> None:
    article = await created(editor)
    path = f"/articles/{article['id']}/translations/ar"
    article = await change(editor, path, {"version": 0, **ARABIC})
    article = await publish(editor, article, "ar")
    assert await found(editor, "fin nkhelles lfatoura", language="ary-Latn") == [article["id"]]
    assert await found(editor, "فين نخلص الفاتورة") == [article["id"]]


async def test_two_editors_at_once(office: Office, editor: Person) -> None:
    other = await office.person("administrator", "Amine")
    article = await created(editor)
    path = f"/articles/{article['id']}/translations/fr"
    text = {"title": "Payer", "summary": "", "source": "", "body": "Deux."}
    saved = await change(other, path, {"version": 1, **text})
    assert translation(saved)["version"] == 2
    refused = await change(editor, path, {"version": 1, **text, "body": "Trois."}, expect=409)
    assert (refused["code"], refused["fields"]) == ("article_changed", {"by": "Amine"})
    same = await change(editor, path, {"version": 2, **text})
    assert translation(same)["version"] == 2  # nothing changed: no new version


async def test_a_changed_source_makes_translations_stale_until_they_follow(editor: Person) -> None:
    article = await created(editor)
    french, arabic = (f"/articles/{article['id']}/translations/{language}" for language in ("fr", "ar"))
    await change(editor, arabic, {"version": 0, **ARABIC})
    text = {"title": NEW["title"], "summary": "", "body": "Autre chose."}
    article = await change(editor, french, {"version": 1, **text, "minor": True})
    assert translation(article, "ar")["stale"] is False
    article = await change(editor, french, {"version": 2, **text, "body": "Encore autre chose."})
    assert translation(article, "ar")["stale"] is True
    assert translation(article, "fr")["stale"] is False
    listed = await editor.get("/articles", params={"stale": "true"})
    assert [each["id"] for each in listed["articles"]] == [article["id"]]
    half = await change(editor, arabic, {"version": 1, **ARABIC, "body": "نصف", "up_to_date": False})
    assert translation(half, "ar")["stale"] is True
    done = await change(editor, arabic, {"version": 2, **ARABIC, "body": "تم"})
    assert translation(done, "ar")["stale"] is False


async def test_versions_are_kept_compared_and_restored(editor: Person) -> None:
    article = await created(editor, body="Un.\n\nDeux.")
    path = f"/articles/{article['id']}/translations/fr"
    await change(editor, path, {"version": 1, "title": NEW["title"], "summary": "", "body": "Un.\n\nTrois."})
    versions = (await editor.get(f"{path}/versions"))["versions"]
    assert [(each["version"], each["author"]) for each in versions] == [(2, "Nadia"), (1, "Nadia")]
    newest = await editor.get(f"{path}/versions/2", params={"against": "1"})
    kinds = {(each["kind"], each["text"]) for each in newest["changes"]}
    assert {("removed", "Deux."), ("added", "Trois."), ("same", "Un.")} <= kinds
    restored = await editor.post(f"{path}/restore", {"version": 2, "restore": 1})
    assert translation(restored)["body"] == "Un.\n\nDeux."
    assert translation(restored)["version"] == 3
    assert (await editor.get(f"{path}/versions"))["versions"][0]["restored_from"] == 1
    await editor.get(f"{path}/versions/9", expect=404)
    await editor.post(f"{path}/restore", {"version": 3, "restore": 9}, expect=404)


async def test_refusals(editor: Person) -> None:
    article = await created(editor)
    taken = await editor.post("/articles", NEW, expect=409)
    assert taken["code"] == "slug_taken"
    await editor.post("/articles", {**NEW, "category": "weather"}, expect=422)
    empty = await created(editor, title="Vide", body="  ")
    path = f"/articles/{empty['id']}/translations/fr/status"
    refused = await editor.post(path, {"version": 1, "status": "published"}, expect=422)
    assert refused == {
        "type": "urn:wasl:problem:incomplete",
        "title": "Incomplete",
        "status": 422,
        "detail": "Something is missing.",
        "code": "incomplete",
        "fields": {"body": "is empty"},
    }
    await change(editor, f"/articles/{article['id']}/translations/de", {"version": 0, **ARABIC}, expect=404)
    await change(editor, f"/articles/{article['id']}", {"version": 1, "source_language": "ar"}, expect=422)
    await change(editor, f"/articles/{article['id']}", {"version": 1, "category": None}, expect=422)
    await editor.get("/articles", params={"cursor": "nonsense"}, expect=422)


async def test_what_belongs_to_the_article_has_a_version_of_its_own(editor: Person) -> None:
    article = await created(editor)
    path = f"/articles/{article['id']}"
    body = {"version": 1, "review_on": "2020-01-01", "owner_id": str(editor.id), "audience": "agents"}
    changed = await change(editor, path, body)
    assert changed["owner"] == {"id": str(editor.id), "name": "Nadia"}
    assert (changed["review_due"], changed["audience"], changed["version"]) == (True, "agents", 2)
    await change(editor, path, body, expect=409)
    due = await editor.get("/articles", params={"due": "true"})
    assert [each["id"] for each in due["articles"]] == [article["id"]]


async def test_the_list_goes_on_and_finds_drafts(editor: Person) -> None:
    ids = [(await created(editor, title=f"Article {number}"))["id"] for number in range(3)]
    first = await editor.get("/articles", params={"limit": "2"})
    assert [each["id"] for each in first["articles"]] == [ids[2], ids[1]]
    rest = await editor.get("/articles", params={"limit": "2", "cursor": first["next_cursor"]})
    assert [each["id"] for each in rest["articles"]] == [ids[0]]
    assert rest["next_cursor"] is None
    drafts = await editor.get("/articles", params={"q": "espace de service"})
    assert {each["id"] for each in drafts["articles"]} == set(ids)
    assert (await editor.get("/articles", params={"status": "published"}))["articles"] == []


async def test_a_preview_carries_no_script(editor: Person) -> None:
    body = "# Titre\n\n<script>alert(1)</script> [a](javascript:alert(1)) ![x](https://x/y.png) [b](/help)"
    html = (await editor.post("/articles/preview", {"body": body, "language": "fr"}))["html"]
    assert "<script" not in html
    assert "javascript:" not in html.replace("[a](javascript:alert(1))", "")
    assert "<img" not in html
    assert '<a href="/help" rel="noopener">b</a>' in html
    assert html.startswith("<h2>Titre</h2>")


async def test_agents_read_and_do_not_write(office: Office, editor: Person) -> None:
    article = await created(editor)
    agent = await office.person("agent", "Salma")
    await agent.get(f"/articles/{article['id']}")
    await agent.post("/articles", NEW, expect=403)
