"""Every intent in every style, through the real assistant and the real channels.

The styles go to WhatsApp, Telegram and the web chat in turn; several dozen dialogues are held at once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from tests.journeys.conftest import Installation
from tests.journeys.talkers import Agent, OnTelegram, OnTheWeb, OnWhatsApp, Provider, Talker, ask

pytestmark = [pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(900)]

DIALOGUES = Path(__file__).parent / "data" / "dialogues.yaml"
AT_ONCE = 12
NUMBER = re.compile(r"\b\d{6,7}\b")
# Of all dialogues: what real customers would have to be asked again. Each miss is printed.
MOST_MISSES = 0.05


@dataclass(frozen=True)
class Dialogue:
    intent: str
    style: str
    line: str
    answer: str | None
    never: str | None
    then: tuple[str, ...]
    category: tuple[str, ...]
    number: bool


@dataclass
class Verdict:
    dialogue: Dialogue
    said: list[str] = field(default_factory=list)
    problem: str | None = None


def dialogues() -> Iterator[Dialogue]:
    for entry in yaml.safe_load(DIALOGUES.read_text(encoding="utf-8")):
        for style, line in entry["lines"].items():
            yield Dialogue(
                intent=entry["intent"],
                style=style,
                line=line,
                answer=entry.get("answer"),
                never=entry.get("never"),
                then=tuple(entry.get("then", ())),
                category=tuple(entry.get("category", ())),
                number=entry.get("number", False),
            )


def test_every_intent_has_a_dialogue_in_every_language() -> None:
    held = {(one.intent, one.style) for one in dialogues()}
    intents = {intent for intent, _ in held}
    assert len(intents) == 26
    assert {
        (intent, style) for intent in intents for style in ("ary-Arab", "ary-Latn", "ar", "fr", "en")
    } <= held


@pytest.fixture
async def supervisor(wasl: Installation) -> AsyncIterator[Agent]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        agent = Agent(wasl, http)
        await agent.sign_in()
        yield agent


async def test_every_intent_in_every_style_over_real_channels(wasl: Installation, supervisor: Agent) -> None:
    whatsapp = Provider(wasl, "/sandbox/api/accepted", "accepted")
    telegram = Provider(wasl, "/sandbox/telegram/api/sent", "sent")
    places = asyncio.Semaphore(AT_ONCE)

    def talker(position: int) -> Talker:
        channel = position % 3
        if channel == 0:
            return OnWhatsApp(wasl, whatsapp, f"+2126780{position:05}")
        return OnTelegram(wasl, telegram, 80_000 + position) if channel == 1 else OnTheWeb(wasl)

    async def hold(position: int, dialogue: Dialogue) -> Verdict:
        async with places:
            return await held(talker(position), dialogue, supervisor)

    verdicts = await asyncio.gather(*(hold(*pair) for pair in enumerate(dialogues())))
    missed = [verdict for verdict in verdicts if verdict.problem]
    for verdict in missed:
        print(f"{verdict.dialogue.intent} [{verdict.dialogue.style}] {verdict.problem}")
        print("   " + "\n   ".join(verdict.said))
    # What may never be said is no matter of rates.
    assert not [one for one in missed if one.problem and one.problem.startswith("said")]
    assert len(missed) <= MOST_MISSES * len(verdicts), (
        f"{len(missed)} of {len(verdicts)} dialogues went wrong"
    )


async def held(talker: Talker, dialogue: Dialogue, supervisor: Agent) -> Verdict:
    verdict = Verdict(dialogue)
    try:
        verdict.problem = await judged(talker, dialogue, supervisor, verdict.said)
    except TimeoutError:
        verdict.problem = "no answer"
    return verdict


async def judged(talker: Talker, dialogue: Dialogue, supervisor: Agent, said: list[str]) -> str | None:
    """Hold the dialogue; returns what was wrong with it."""
    needs_number = bool(dialogue.category) or dialogue.number
    answers: list[str] = []
    for text in (dialogue.line, *dialogue.then):
        answer = await ask(talker, text)
        said += [f">> {text}", answer]
        answers.append(answer)
        if dialogue.never and re.search(dialogue.never, answer):
            return f"said what it must not: {dialogue.never}"
        if needs_number and NUMBER.search(answer):
            break
    if dialogue.answer and not re.search(dialogue.answer, answers[0], re.DOTALL):
        return f"no answer like {dialogue.answer}"
    if not needs_number:
        return None
    number = NUMBER.search(answers[-1])
    if number is None:
        return "no number to quote"
    return wrong_with(await supervisor.ticket(number.group()), dialogue)


def wrong_with(ticket: dict[str, Any], dialogue: Dialogue) -> str | None:
    if ticket["owner"] != "agents":
        return "the ticket did not reach people"
    code = (ticket["category"] or {}).get("code")
    if dialogue.category and code not in dialogue.category:
        return f"category {code} instead of {'/'.join(dialogue.category)}"
    # Words of danger reach people before the assistant has read them.
    urgent = ticket["handover"]["reason"] == "danger"
    if (
        dialogue.category
        and not urgent
        and not (ticket["handover"]["summary_fr"] and ticket["handover"]["summary_ar"])
    ):
        return "no summary for the agents"
    return None
