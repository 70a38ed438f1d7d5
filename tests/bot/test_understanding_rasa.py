"""How well the trained assistant understands lines it was not trained on."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientSession

from bot.evaluation.figures import confusions, figures
from bot.evaluation.lines import read_lines
from bot.evaluation.run import judge, known_intents
from tests.bot.assistant.test_training_data import MAIN
from tests.bot.world import SECRET, SharedWorld, World

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(180)]

HELD_OUT = Path(__file__).parent / "data" / "held_out.tsv"
EVERY_INTENT = Path(__file__).parent / "data" / "every_intent.tsv"
STRANGERS = Path(__file__).parent / "data" / "strangers.tsv"
UNSEEN = Path(__file__).parent / "data" / "unseen.tsv"
OUT_OF_SCOPE = ["dsfkjh sdkfjh", "ظغض قفثن", "42 + 7 =", "lorem ipsum dolor sit amet", "🙃🙃🙃", "…"]


async def understood(http: ClientSession, rasa_url: str, text: str) -> str:
    """Return the intent the running assistant acts upon."""
    conversation = str(uuid4())
    body = {
        "sender_id": conversation,
        "text": text,
        "metadata": {"conversation_id": conversation, "identity_id": str(uuid4())},
    }
    async with http.post(
        f"{rasa_url}/webhooks/platform/webhook", json=body, headers={"X-Wasl-Secret": SECRET}
    ) as response:
        assert response.status == 200, text
        return str((await response.json())["intent"])


@pytest.fixture(autouse=True)
def plugged_in(world: World, actions_server: tuple[SharedWorld, str]) -> None:
    actions_server[0].world = world


async def test_held_out_lines(rasa_python: Path, rasa_model: Path) -> None:
    judged = judge([line for line in read_lines(HELD_OUT) if line.intent in MAIN], rasa_python, rasa_model)
    missed = [one.line.text for one in judged if not one.right]
    assert len(missed) <= 0.10 * len(judged), missed
    wrong = [(one.line.text, one.understood.intent) for one in confusions(judged)]
    assert len(wrong) <= 0.05 * len(judged), wrong


@pytest.mark.parametrize("text", OUT_OF_SCOPE)
async def test_what_makes_no_sense_is_refused(http: ClientSession, rasa_url: str, text: str) -> None:
    assert await understood(http, rasa_url, text) in ("nlu_fallback", "off_topic")


async def test_every_intent_in_every_style(rasa_python: Path, rasa_model: Path) -> None:
    judged = judge(read_lines(EVERY_INTENT), rasa_python, rasa_model)
    found = figures(judged, known_intents())
    assert found["unknown_intents"] == {}
    assert len(found["per_intent"]) == 26
    wrong = [(one.line.text, one.understood.intent) for one in confusions(judged)]
    assert found["macro_f1"] >= 0.95, wrong
    assert found["wrong_confident"] <= 0.02, wrong
    assert found["danger_recall"] >= 0.97


async def test_indirect_words_are_understood_or_asked_back(rasa_python: Path, rasa_model: Path) -> None:
    judged = judge(read_lines(UNSEEN), rasa_python, rasa_model)
    found = figures(judged, known_intents())
    wrong = [(one.line.text, one.understood.intent) for one in confusions(judged)]
    assert found["macro_f1"] >= 0.85, wrong
    assert found["wrong_confident"] <= 0.05, wrong
    assert found["danger_recall"] >= 0.97


async def test_what_strangers_write_is_understood_in_every_style(rasa_python: Path, rasa_model: Path) -> None:
    """Lines of writers who had seen none of the examples. Whoever adds examples must not read them."""
    found = figures(judge(read_lines(STRANGERS), rasa_python, rasa_model), known_intents())
    assert found["macro_f1"] >= 0.90
    assert found["wrong_confident"] <= 0.03
    assert found["danger_recall"] >= 0.97
    many = [style["macro_f1"] for style in found["per_style"].values() if style["n"] >= 40]
    assert max(many) - min(many) <= 0.10
