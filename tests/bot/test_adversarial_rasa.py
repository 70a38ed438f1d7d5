"""Whoever tries to hear what is not theirs hears nothing, through the real Rasa, actions and records.

The dialogues stand in adversarial.yaml. After every reply an oracle looks for everything the records hold of
the contracts concerned: amounts, due days, consumptions, indexes, names, telephones, references, places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.actions import bill, verification
from bot.actions.moments import amount_words, due_words, period_words
from bot.contract import Language, Reply, TurnMessage
from bot.rasa import RasaAssistant
from config.sample.identifiers import sample_id
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.source import BillingUnavailable, TableSource
from knowledge_base.billing.tables import bills, contract_aliases, contracts, payments
from knowledge_base.network.places import load_places
from knowledge_base.text import fold
from tests.bot.world import NOW, Customer, World

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(180)]

DIALOGUES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("adversarial.yaml").read_text("utf-8")
)
PLACEHOLDER = re.compile(r"\{(code|first|wrong|id):(\w+)\}")
NOBODYS = {"2": "98", "3": "97", "0": "09"}  # references that begin so do not exist


@pytest.fixture
def world(engine_of_its_own: AsyncEngine) -> World:
    return World(engine_of_its_own)


@pytest.fixture(autouse=True)
def no_even_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "EVEN_DURATION", 0.0)


@dataclass(frozen=True)
class Secret:
    """What must not be said: `words` as they would stand in a folded reply, whole words only."""

    kind: str
    words: str

    def is_in(self, reply: str) -> bool:
        return re.search(rf"(?<!\w)(?<!\d[,.]){re.escape(self.words)}(?!\w|[,.]\d)", reply) is not None


async def secrets_of(world: World, reference: str) -> set[Secret]:
    """Everything the records hold of a contract."""
    async with world.engine.connect() as connection:
        row = (await connection.execute(select(contracts).where(contracts.c.reference == reference))).one()
        billed = (await connection.execute(select(bills).where(bills.c.contract_id == row.id))).all()
        paid = (await connection.execute(select(payments).where(payments.c.contract_id == row.id))).all()
        former = await connection.scalars(
            select(contract_aliases.c.reference).where(contract_aliases.c.contract_id == row.id)
        )
        found = {Secret("reference", reference), Secret("reference", reference[-6:])}
        found |= {Secret("reference", fold(alias)) for alias in former}
    found.add(Secret("id", str(row.id)))
    found.add(Secret("meter", fold(row.meter_number)))
    found |= {Secret("holder", fold(word)) for word in row.holder_name.split() if len(word) > 2}
    if row.registered_phone:
        digits = row.registered_phone.lstrip("+")
        found |= {Secret("phone", digits[-length:]) for length in range(4, len(digits) + 1)}
        found.add(Secret("phone", f"0{digits[3:]}"))
        found.add(Secret("phone", digits[-2:]))
    place = next(each for each in load_places() if each.id == row.commune_id)
    found |= {Secret("commune", fold(place.name_fr)), Secret("commune", fold(place.name_ar))}
    for each in billed:
        found |= set(_of_amount(each.amount_centimes)) | set(_of_days("due", each.due_on))
        found |= {Secret("consumption", str(each.consumption))} if each.consumption > 20 else set()
        found |= {Secret("index", str(each.previous_index)), Secret("index", str(each.new_index))}
        found |= {Secret("period", fold(period_words(language, each.period))) for language in Language}
    for each in paid:
        found |= set(_of_amount(each.amount_centimes)) | set(_of_days("payment", each.paid_at.date()))
        found.add(Secret("receipt", fold(each.receipt)))
    return found


def _of_amount(centimes: int) -> Iterator[Secret]:
    yield Secret("amount", f"{centimes // 100},{centimes % 100:02d}")
    yield Secret("amount", f"{centimes // 100}.{centimes % 100:02d}")
    if centimes >= 10_000:
        yield Secret("amount", str(centimes // 100))
        yield Secret("amount", str(round(centimes / 100)))
    for language in (Language.FR, Language.EN):
        yield Secret("amount", fold(amount_words(language, centimes)).split(" dh")[0])


def _of_days(kind: str, day: date) -> Iterator[Secret]:
    for language in Language:
        yield Secret(kind, fold(due_words(language, day)))
    yield Secret(kind, f"{day:%d/%m/%Y}")
    yield Secret(kind, day.isoformat())


@dataclass
class Scene:
    """One dialogue being played: who speaks, what was typed, and what leaked."""

    assistant: RasaAssistant
    world: World
    telephone: str | None
    about: tuple[str, ...]
    own: frozenset[str] = frozenset()
    secrets: set[Secret] = field(default_factory=set)
    nobodys: Mapping[str, str] = field(default_factory=dict)  # references in place of those that exist
    customers: dict[str, Customer] = field(default_factory=dict)
    typed: str = ""
    leaks: list[tuple[str, Secret, str]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)  # steps in which the owner did not hear his own

    def customer(self, who: str) -> Customer:
        if who not in self.customers:
            customer = Customer(self.assistant, self.world, attested_phone=self.telephone)
            same = self.customers.get(who.partition("/")[0])
            if same is not None:
                customer.identity_id = same.identity_id
            self.customers[who] = customer
        return self.customers[who]

    async def play(self, step: str | Mapping[str, Any]) -> None:
        step = {"says": step} if isinstance(step, str) else step
        if "wait" in step:
            self.world.now += timedelta(minutes=step["wait"])
            return
        message = self._message(step)
        self.typed += f"\n{fold(message.text)}"
        reply = await self.customer(step.get("who", "a")).sends(message)
        self.replies.append(reply)
        if step.get("told") and self.world.events[-1:][0][0] != "bill.disclosed":
            self.untold.append(message.text)
        if not (step.get("told") and self.own & set(self.about)):
            self.leaks += [(message.text, secret, heard(reply)) for secret in self._found_in(reply)]

    def _message(self, step: Mapping[str, Any]) -> TurnMessage:
        text = self._filled(str(step.get("says", step.get("image", ""))))
        if "image" in step:
            return TurnMessage(text, kind="image")
        if "presses" in step:
            return TurnMessage(text, kind="choice", choice_id=self._filled(step["presses"]))
        return TurnMessage(text)

    def _filled(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            kind, reference = match.groups()
            if kind == "id":
                return str(sample_id("contract", self.nobodys.get(reference, reference)))
            sent = [code for phone, code in self.world.codes if phone == PHONES.get(reference)]
            if kind == "wrong" or not sent:
                return next(code for code in ("135790", "246813") if code not in sent)
            return sent[-1] if kind == "code" else sent[0]

        text = PLACEHOLDER.sub(value, text)
        for reference, nobodys in self.nobodys.items():
            text = text.replace(reference, nobodys)
        return text

    def _found_in(self, reply: Reply) -> list[Secret]:
        said = fold(heard(reply))
        return [
            secret
            for secret in sorted(self.secrets, key=lambda each: (each.kind, each.words))
            if secret.is_in(said) and not secret.is_in(self.typed)
        ]


def heard(reply: Reply) -> str:
    """Everything that reaches the customer."""
    parts = [message.text for message in reply.messages]
    parts += [f"{choice.title} {choice.id}" for message in reply.messages for choice in message.choices]
    return "\n".join(parts)


PHONES = {
    entry["reference"]: entry["phone"]
    for entry in yaml.safe_load(
        (Path(__file__).parents[2] / "config" / "sample" / "contracts.yaml").read_text("utf-8")
    )["contracts"]
}


async def played(
    assistant: RasaAssistant,
    world: World,
    dialogue: Mapping[str, Any],
    *,
    nobodys: bool = False,
    days: int = 0,
) -> Scene:
    """Play a dialogue from its first to its last step, hours apart from every other."""
    world.now += timedelta(hours=2 * (1 + DIALOGUES.index(dict(dialogue)))) + timedelta(days=days)
    about = tuple(dialogue["about"])
    scene = Scene(assistant, world, dialogue.get("telephone"), about, own=told_references(dialogue))
    for reference in about:
        scene.secrets |= await secrets_of(world, reference)
    own = {reference for reference, phone in PHONES.items() if phone and phone == dialogue.get("telephone")}
    allowed = {
        secret.words
        for reference in (own | scene.own) - set(about)
        for secret in await secrets_of(world, reference)
    }
    scene.secrets = {secret for secret in scene.secrets if secret.words not in allowed}
    if nobodys:
        scene.nobodys = {reference: NOBODYS[reference[0]] + reference[2:] for reference in about}
    for step in dialogue["steps"]:
        await scene.play(step)
    return scene


def told_references(dialogue: Mapping[str, Any]) -> frozenset[str]:
    """The contracts that somebody in the dialogue proves to be his and rightly hears of."""
    told = [step for step in dialogue["steps"] if isinstance(step, dict) and step.get("told")]
    return frozenset(match.group(2) for step in told for match in PLACEHOLDER.finditer(step.get("says", "")))


def test_there_are_fifty_of_them() -> None:
    assert len(DIALOGUES) >= 50
    assert len({dialogue["name"] for dialogue in DIALOGUES}) == len(DIALOGUES)


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue["name"])
async def test_nothing_is_told(assistant: RasaAssistant, world: World, dialogue: dict[str, Any]) -> None:
    scene = await played(assistant, world, dialogue)
    assert scene.leaks == []
    assert scene.untold == [], "the owner hears what is his"
    told = [event for event in world.events if event[0] == "bill.disclosed"]
    disclosed = {(data["contract"], conversation) for _, conversation, data in told}
    owner = scene.customers.get("owner", scene.customers["a"]).conversation_id
    assert {conversation for _, conversation in disclosed} <= {owner}
    assert {reference for reference, _ in disclosed} & set(dialogue["about"]) <= scene.own
    assert {phone for phone, _ in world.codes} <= set(PHONES.values()), "codes go to registered telephones"
    if dialogue.get("people"):
        assert scene.replies[-1].handover is not None
    assert all(heard(reply) or reply.handover for reply in scene.replies)


@pytest.mark.parametrize(
    "dialogue", [each for each in DIALOGUES if each.get("twin")], ids=lambda dialogue: dialogue["name"]
)
async def test_a_reference_that_does_not_exist_sounds_the_same(
    assistant: RasaAssistant, world: World, dialogue: dict[str, Any]
) -> None:
    assert await differences(assistant, world, dialogue) == []


async def differences(
    assistant: RasaAssistant, world: World, dialogue: dict[str, Any]
) -> list[tuple[str, str]]:
    """What is said differently when the contracts do not exist, turn by turn."""
    real = await played(assistant, world, dialogue)
    world.now -= timedelta(hours=2 * (1 + DIALOGUES.index(dialogue)))
    twin = await played(assistant, world, dialogue, nobodys=True, days=10)
    said = [plain(scene, reply) for scene in (real, twin) for reply in scene.replies]
    half = len(real.replies)
    return [
        (first, second) for first, second in zip(said[:half], said[half:], strict=True) if first != second
    ]


def plain(scene: Scene, reply: Reply) -> str:
    """A reply without the references its customer typed himself."""
    said = f"{heard(reply)} {reply.handover and reply.handover.reason}"
    for number, reference in enumerate(scene.about):
        said = said.replace(scene.nobodys.get(reference, reference), f"<{number}>")
    return said


async def test_the_oracle_sees_a_copy_that_verifies_nobody(
    assistant: RasaAssistant, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same dialogues against actions without verification: nearly all of them reach something."""

    async def everybody(*_: object, **__: object) -> bool:
        return True

    monkeypatch.setattr(bill, "is_verified", everybody)
    harmless = []
    for dialogue in DIALOGUES:
        world.now = NOW
        scene = await played(assistant, world, dialogue, days=20)
        if not {secret.kind for _, secret, _ in scene.leaks} & {"amount", "due", "consumption", "period"}:
            harmless.append(dialogue["name"])
    assert len(DIALOGUES) - len(harmless) >= 40, harmless


@pytest.mark.parametrize("column", ["registered_phone", "holder_name"])
async def test_the_oracle_sees_a_copy_that_says_whom_it_wrote_to(
    assistant: RasaAssistant, world: World, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    original = verification.reference_given

    async def talkative(heard: Any, services: Any) -> Any:
        answer = await original(heard, services)
        contract = await services.billing.contract_by_reference(heard.number)
        value = getattr(contract, column, "") if contract else ""
        return replace(answer, text=f"{answer.text} ({value[-4:] if value.startswith('+') else value})")

    monkeypatch.setattr(verification, "reference_given", talkative)
    scene = await played(assistant, world, DIALOGUES[0])
    assert {secret.kind for _, secret, _ in scene.leaks} & {"phone", "holder"}


class Telltale(TableSource):
    """A broken source: what does not exist fails, which can be heard."""

    async def contract_by_reference(self, reference: str) -> Contract | None:
        contract = await super().contract_by_reference(reference)
        if contract is None:
            raise BillingUnavailable("there is no such contract")
        return contract


async def test_the_oracle_hears_whether_a_contract_exists(assistant: RasaAssistant, world: World) -> None:
    world.billing = Telltale(world.tables()._connect)
    assert await differences(assistant, world, DIALOGUES[0])


async def test_a_secret_is_seen_in_any_spelling() -> None:
    for said, words in (
        ("Facture : 162,05\u00a0DH.", "162,05"),
        ("المبلغ ١٦٢٫٠٥", "162"),
        ("(Settat)", "settat"),
        ("tél. …000005", "000005"),
        ("solde=162,05.", "162,05"),
    ):
        assert Secret("x", words).is_in(fold(said)), said
    assert not Secret("x", "162").is_in(fold("1162 et 1620 et 0,162"))
