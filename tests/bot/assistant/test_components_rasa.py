"""Parts of the assistant that only its own environment can run: each case is a program run there."""

from __future__ import annotations

import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

from tests.bot.conftest import PROJECT, rasa_variables

pytestmark = [pytest.mark.rasa, pytest.mark.slow]


def run(python: Path, program: str) -> None:
    ended = subprocess.run(
        [python, "-W", "ignore", "-c", dedent(program)],
        cwd=PROJECT,
        env=rasa_variables(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]


def test_the_longest_unused_conversation_is_let_go(rasa_python: Path) -> None:
    run(
        rasa_python,
        """
        import asyncio
        from rasa.shared.core.domain import Domain
        from rasa.shared.core.events import Restarted, UserUttered
        from bot.assistant.components.tracker_store import LatestConversations

        async def main():
            store = LatestConversations(Domain.load("domain.yml"), most=2)

            async def talk(name):
                tracker = await store.get_or_create_tracker(name)
                tracker.update(UserUttered("salam"))
                await store.save(tracker)
                return tracker

            await talk("a"); await talk("b"); await talk("a"); await talk("c")
            assert set(store.store) == {"a", "c"}, store.store.keys()
            tracker = await store.retrieve("a")
            tracker.update(Restarted())
            await store.save(tracker)
            assert set(store.store) == {"c"}, store.store.keys()

        asyncio.run(main())
        """,
    )


@pytest.mark.parametrize("damage", ["empty", "missing"])
def test_a_model_that_cannot_be_read_is_not_served(rasa_python: Path, tmp_path: Path, damage: str) -> None:
    run(
        rasa_python,
        f"""
        from contextlib import contextmanager
        from pathlib import Path
        from rasa.engine.storage.resource import Resource
        from rasa.shared.exceptions import RasaException
        from bot.assistant.components.intent_classifier import MoroccanIntentClassifier

        class Storage:
            @contextmanager
            def read_from(self, resource):
                yield Path({str(tmp_path)!r})

        if {damage!r} == "empty":
            Path({str(tmp_path)!r}, "intents.skops").write_bytes(b"")
        try:
            MoroccanIntentClassifier.load({{}}, Storage(), Resource("x"), None)
        except RasaException as refusal:
            assert "cannot be read" in str(refusal), refusal
        else:
            raise AssertionError("a model that cannot be read was served")
        """,
    )


@pytest.mark.parametrize("secret", ["", "short", "${WASL_RASA_SECRET}"])
def test_the_channel_does_not_open_without_a_secret(rasa_python: Path, secret: str) -> None:
    run(
        rasa_python,
        f"""
        from rasa.shared.exceptions import RasaException
        from bot.assistant.components.platform_channel import PlatformChannel

        try:
            PlatformChannel.from_credentials({{"secret": {secret!r}}})
        except RasaException as refusal:
            assert "WASL_RASA_SECRET" in str(refusal)
        else:
            raise AssertionError("the channel opened")
        """,
    )


def test_places_provinces_and_numbers_are_found_in_both_scripts(rasa_python: Path) -> None:
    run(
        rasa_python,
        """
        from bot.assistant.components.gazetteer import Gazetteer

        finder = Gazetteer.create({}, None, None, None)

        def found(text, name):
            return [entity["value"] for entity in finder.extract(text) if entity["entity"] == name]

        assert found("الوكالة فالزمامرة", "place") == ["zemamra"]
        assert found("lagence f zmamra", "place") == ["zemamra"]
        assert found("khemis zemamra", "place") == ["souk-khemis-zemamra"]
        assert found("nhar lkhmis", "place") == []
        assert found("agences mobiles province de Settat", "province") == ["Settat"]
        assert found("إقليم سطات", "province") == ["Settat"]
        assert found("agence de Settat", "province") == []
        assert found("رقم العقد ٢٠٥٨ ٣٣١٦", "number") == ["20583316"]
        assert found("contrat 2058-33.16", "number") == ["20583316"]
        assert found("h24, 12 dh", "number") == []
        """,
    )
