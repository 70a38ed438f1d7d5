"""What an agent's browser fetches before the inbox can be used, on a slow line."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import Browser, Response

from tests.journeys.conftest import Installation
from tests.journeys.desk_pages import LANGUAGES, Language, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]

MOST: Final = 200_000  # bytes on the line: scripts and styles; fonts and people's words come on top


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_screen_is_small(wasl: Installation, browser: Browser, language: Language) -> None:
    async with visiting(browser, wasl.url, who="salma", locale=f"{language}-MA") as visitor:
        await visitor.speak(language)
        # What the page fetches ahead while the browser is idle is not waited for.
        await visitor.page.add_init_script("window.requestIdleCallback = () => 0")
        fetched: list[Response] = []

        def note(response: Response) -> None:
            fetched.append(response)

        visitor.page.on("response", note)
        await visitor.open("/tickets/unassigned")
        parts = [one for one in fetched if one.request.resource_type in {"script", "stylesheet"}]
        sizes = {one.url.rpartition("/")[2]: (await one.request.sizes())["responseBodySize"] for one in parts}
    assert "index" in "".join(sizes), sizes
    assert 50_000 < sum(sizes.values()) < MOST, sorted(sizes.items(), key=lambda one: -one[1])
