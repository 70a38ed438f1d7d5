"""Actions without Rasa: what was understood is given, the records are real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from bot.actions import verification
from bot.actions.dialogue import Answer, Heard, State
from bot.actions.routing import ACTION, act
from bot.contract import Language
from tests.bot.world import World


class Dialogue:
    """Carries the state of one customer from action to action, as Rasa's slots do."""

    def __init__(self, world: World, language: Language, attested_phone: str | None) -> None:
        self.world = world
        self.language = language
        self.attested_phone = attested_phone
        self.conversation_id = uuid4()
        self.identity_id = uuid4()
        self.state = State()

    async def hears(self, intent: str, text: str = "", **understood: Any) -> Answer:
        heard = Heard(
            text=text,
            intent=intent,
            language=self.language,
            state=self.state,
            conversation_id=self.conversation_id,
            identity_id=self.identity_id,
            now=self.world.now,
            attested_phone=self.attested_phone,
            **understood,
        )
        answer = await act(ACTION, heard, self.world.services())
        self.state = answer.state
        return answer


@pytest.fixture
def dialogue(world: World) -> Callable[..., Dialogue]:
    def start(language: Language = Language.FR, attested_phone: str | None = None) -> Dialogue:
        return Dialogue(world, language, attested_phone)

    return start


@pytest.fixture
def even_duration() -> float:
    """How long a step of verification lasts at least; other tests do not wait for it."""
    return verification.EVEN_DURATION


@pytest.fixture(autouse=True)
def no_even_duration(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "even_duration" not in request.fixturenames:
        monkeypatch.setattr(verification, "EVEN_DURATION", 0.0)
