"""One message about an outage: what was heard, what the talk has come to, and the ways to answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.outage_talk import TOPIC, Talk
from bot.actions.outage_words import OutageWords
from bot.actions.places import name_of
from bot.actions.services import Services
from bot.contract import Language, ReplyChoice
from bot.texts import say
from knowledge_base.network.places import Place
from knowledge_base.outages.incidents import Outage, Service


@dataclass(frozen=True, slots=True)
class Turn:
    """`talk` is what will be remembered of it."""

    heard: Heard
    services: Services
    talk: Talk

    @classmethod
    def going_on(cls, heard: Heard, services: Services, outage: Outage | None = None) -> Self:
        """The talk we are in, about `outage` if given; a button pressed after another subject begins anew."""
        talk = Talk.of(heard.state) or Talk(Service.ELECTRICITY)
        if outage is not None:
            talk = replace(talk, service=outage.service, outage=outage.id)
        return cls(heard, services, talk)

    @property
    def now(self) -> datetime:
        return self.services.clock()

    @property
    def language(self) -> Language:
        return self.heard.language

    @property
    def words(self) -> OutageWords:
        return OutageWords(self.language, self.now, self.services.timezone)

    @property
    def kind(self) -> str:
        return self.words.kind(self.talk.service)

    def name(self, place: Place) -> str:
        return name_of(place, self.language)

    def about(self, *, place: str | None, outage: UUID | None) -> Self:
        return replace(self, talk=replace(self.talk, place=place, outage=outage))

    def choice(self, name: str, value: object, key: str) -> ReplyChoice:
        return ReplyChoice(f"inform:{name}:{value}", say(self.language, key))

    def say(self, text: str, *, question: str | None = None, choices: tuple[ReplyChoice, ...] = ()) -> Answer:
        answer = ask(self.heard, text, question=question, topic=TOPIC, choices=choices)
        return replace(answer, state=self.talk.remembered(answer.state))

    def ask_place(self, text: str, *, question: str, choices: tuple[ReplyChoice, ...] = ()) -> Answer:
        """Ask where it is, and count that we asked."""
        asked = replace(self.talk, asked=self.talk.asked + 1)
        return replace(self, talk=asked).say(text, question=question, choices=choices)
