"""How well the trained assistant understands lines it was not trained on."""

from __future__ import annotations

import csv
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


async def test_held_out_lines(http: ClientSession, rasa_url: str) -> None:
    with HELD_OUT.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["intent"] in MAIN]
    found = [await understood(http, rasa_url, row["text"]) for row in rows]
    right = [intent == row["intent"] for intent, row in zip(found, rows, strict=True)]
    wrong = [
        (row["text"], intent)
        for intent, row in zip(found, rows, strict=True)
        if intent not in (row["intent"], "nlu_fallback")
    ]
    missed = [row["text"] for good, row in zip(right, rows, strict=True) if not good]
    assert sum(right) / len(right) >= 0.92, missed
    assert len(wrong) <= 0.05 * len(rows), wrong


@pytest.mark.parametrize("text", OUT_OF_SCOPE)
async def test_what_makes_no_sense_is_refused(http: ClientSession, rasa_url: str, text: str) -> None:
    assert await understood(http, rasa_url, text) in ("nlu_fallback", "off_topic")


async def test_every_intent_in_every_style(rasa_python: Path, rasa_model: Path) -> None:
    judged = judge(read_lines(EVERY_INTENT), rasa_python, rasa_model)
    found = figures(judged, known_intents())
    assert found["unknown_intents"] == {}
    assert len(found["per_intent"]) == 26
    assert found["macro_f1"] >= 0.85, [(one.line.text, one.understood.intent) for one in confusions(judged)]
    assert found["danger_recall"] >= 0.97
