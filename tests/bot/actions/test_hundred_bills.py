"""A hundred bills explained, against a calculation of its own: integers, and the prices as published.

Nothing of `knowledge_base.billing.tariff` or `.explanation` is used here: what the customer reads, in French
and in Arabic, is parsed back and compared to the centime.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from random import Random
from uuid import UUID, uuid5

import pytest
from sqlalchemy import insert, select

from bot.contract import Language
from knowledge_base.billing.tables import bills, contracts
from tests.bot.actions.conftest import Dialogue
from tests.bot.world import World

Start = Callable[..., Dialogue]

# Up to the first number of units at the first price, and so on (MAD a unit, tax included).
# Electricity: two progressive brackets to 150 kWh, then all of it at the price of the bracket reached, whose
# upper limits hold ten more. Water: progressive throughout.
ONEE = ("0.9010", "1.0732", "1.0732", "1.1676", "1.3817", "1.5958")
LYDEC_BEFORE_TAX = ("0.84", "1.02", "1.02", "1.11", "1.31", "1.51")
LIMITS = (150, 210, 310, 510)
WATER = ((6, "2.99"), (8, "3.15"), (20, "10.30"), (None, "14.08"))
EDGES = (
    0,
    1,
    99,
    100,
    101,
    124,
    149,
    150,
    151,
    160,
    161,
    200,
    209,
    210,
    211,
    309,
    310,
    311,
    509,
    510,
    511,
    999,
)
WATER_EDGES = (0, 1, 5, 6, 7, 8, 9, 19, 20, 21, 30, 35, 60)


def prices(zone: str) -> list[Fraction]:
    if zone == "onee":
        return [Fraction(price) for price in ONEE]
    return [Fraction(price) * Fraction(114, 100) for price in LYDEC_BEFORE_TAX]


def centimes(dirhams: Fraction) -> int:
    """Round to the centime, halves up."""
    return (dirhams * 200 + 1).__floor__() // 2


def portions(zone: str, service: str, units: int) -> list[tuple[int, Fraction]]:
    """Units at each price."""
    if service == "water":
        found: list[tuple[int, Fraction]] = []
        below = 0
        for upper, price in WATER:
            here = units - below if upper is None else min(units, upper) - below
            if here > 0:
                found.append((here, Fraction(price)))
            below = upper or 0
        return found
    by_bracket = prices(zone)
    if units > LIMITS[0]:
        passed = sum(1 for limit in LIMITS if units > limit)
        return [(units, by_bracket[1 + passed])]
    return [(min(units, 100), by_bracket[0])] + ([(units - 100, by_bracket[1])] if units > 100 else [])


def cost(zone: str, service: str, units: int) -> int:
    return centimes(sum((count * price for count, price in portions(zone, service, units)), Fraction(0)))


@dataclass(frozen=True)
class Case:
    number: int
    zone: str
    service: str
    now: int
    before: int
    charges: tuple[int, int]  # this month, the month before
    regularisation: int
    arrears: int

    @property
    def phone(self) -> str:
        return f"+2126590{self.number:05d}"

    @property
    def id(self) -> UUID:
        return uuid5(UUID(int=0), f"hundred-{self.number}")

    @property
    def consumption_change(self) -> int:
        return cost(self.zone, self.service, self.now) - cost(self.zone, self.service, self.before)

    @property
    def totals(self) -> tuple[int, int]:
        now = cost(self.zone, self.service, self.now) + self.charges[0] + self.regularisation + self.arrears
        return now, cost(self.zone, self.service, self.before) + self.charges[1]

    @property
    def step(self) -> tuple[int, int, int, int, Fraction] | None:
        """(limit, units beyond, cost at the limit, cost of what is beyond, price), if a limit was passed."""
        passed = [limit for limit in LIMITS if self.now > limit]
        if self.service == "water" or not passed or self.before > passed[-1]:
            return None
        at_limit = cost(self.zone, self.service, passed[-1])
        beyond = cost(self.zone, self.service, self.now) - at_limit
        price = prices(self.zone)[1 + len(passed)]
        return passed[-1], self.now - passed[-1], at_limit, beyond, price


def cases() -> Iterator[Case]:
    random = Random(2026)
    for number in range(100):
        service = "water" if number % 10 in (3, 6, 9) else "electricity"
        zone = "lydec" if service == "water" or number % 10 in (1, 4, 7) else "onee"
        edges = WATER_EDGES if service == "water" else EDGES
        now = edges[number // 2 % len(edges)]
        near = max(0, now + random.choice((-2, -1, 1, 2)))
        before = random.choice((near, near, random.randrange(151), random.randrange(max(edges))))
        has_charges = random.random() < 0.5
        yield Case(
            number=number,
            zone=zone,
            service=service,
            now=now,
            before=before,
            charges=(random.randrange(900, 3000), 1200) if has_charges else (0, 0),
            regularisation=random.choice((0, 0, 4567, -1240 if now > 30 else 0)),
            arrears=random.choice((0, 0, 0, 12354)),
        )


def lines(case: Case, units: int, charges: int, regularisation: int, arrears: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    exact, billed, first = Fraction(0), 0, 1
    for count, price in portions(case.zone, case.service, units):
        exact += count * price
        found.append(
            {
                "kind": "consumption",
                "from": first,
                "to": first + count - 1,
                "price": f"{float(price):.6f}",
                "amount_centimes": centimes(exact) - billed,
            }
        )
        billed, first = centimes(exact), first + count
    kinds = {"fixed": charges, "regularisation": regularisation, "arrears": arrears}
    found += [{"kind": kind, "amount_centimes": amount} for kind, amount in kinds.items() if amount]
    return found or [{"kind": "consumption", "from": 1, "to": 0, "price": "0", "amount_centimes": 0}]


async def write(world: World, case: Case) -> None:
    async with world.engine.begin() as connection:
        if await connection.scalar(select(contracts.c.id).where(contracts.c.id == case.id)) is not None:
            return
        await connection.execute(
            insert(contracts).values(
                id=case.id,
                reference=f"H-{case.number:05d}",
                lookup_key=f"H{case.number:05d}",
                issuer="srm-cs",
                service=case.service,
                holder_name="A hundred",
                registered_phone=case.phone,
                commune_id="zemamra",
                zone=case.zone,
                status="active",
            )
        )
        for period, units, total, parts in (
            (date(2026, 9, 1), case.before, case.totals[1], (case.charges[1], 0, 0)),
            (
                date(2026, 10, 1),
                case.now,
                case.totals[0],
                (case.charges[0], case.regularisation, case.arrears),
            ),
        ):
            await connection.execute(
                insert(bills).values(
                    contract_id=case.id,
                    period=period,
                    issued_on=period.replace(month=period.month + 1, day=5),
                    due_on=period.replace(month=period.month + 1, day=25),
                    amount_centimes=total,
                    consumption=units,
                    lines=lines(case, units, *parts),
                )
            )


A = "([\\d\u202f]+,\\d{2,4})\u00a0(?:DH|درهم)"
FRENCH = {
    "total": rf"^Facture \S+, octobre 2026 : {A}$",
    "more": rf"^{A} de plus que la facture précédente \(septembre 2026, {A}\)",
    "less": rf"^{A} de moins que la facture précédente \(septembre 2026, {A}\)",
    "same": rf"^C'est le même montant que la facture précédente \(septembre 2026, {A}\)",
    "consumption": rf"^• Consommation : (\d+) \S+ au lieu de (\d+) : ([+−]){A}$",
    "charges": rf"^• Redevances et taxes : ([+−]){A}$",
    "regularisation": rf"^• Régularisation : ([+−]){A}$",
    "arrears": rf"^• Arriérés : ([+−]){A}$",
    "step": rf"^• Palier : au-delà de (\d+) kWh, .* au prix de {A}\. À \d+ kWh, elle aurait coûté {A} ; "
    rf"le dépassement \((\d+) kWh\) coûte {A}\.$",
}
UNIT = "(?:كيلوواط ساعة|متر مكعب)"
ARABIC = {
    "total": rf"^فاتورة \S+، أكتوبر 2026: {A}$",
    "more": rf"^أكثر بـ {A} من الفاتورة السابقة \(شتنبر 2026، {A}\)",
    "less": rf"^أقل بـ {A} من الفاتورة السابقة \(شتنبر 2026، {A}\)",
    "same": rf"^هو نفس مبلغ الفاتورة السابقة \(شتنبر 2026، {A}\)",
    "consumption": rf"^• الاستهلاك: (\d+) {UNIT} بدل (\d+): (زيادة|نقصان) {A}$",
    "charges": rf"^• الإتاوات والرسوم: (زيادة|نقصان) {A}$",
    "regularisation": rf"^• تسوية: (زيادة|نقصان) {A}$",
    "arrears": rf"^• المتأخرات: (زيادة|نقصان) {A}$",
    "step": rf"^• الشطر: فوق (\d+) {UNIT} .* بسعر {A}\. عند \d+ {UNIT} كان سيكلف {A}، "
    rf"والزائد \((\d+) {UNIT}\) يكلف {A}\.$",
}
PATTERNS = {Language.FR: FRENCH, Language.AR: ARABIC}
SIGNS = {"+": 1, "−": -1, "زيادة": 1, "نقصان": -1}


def read(text: str, language: Language) -> dict[str, tuple[str, ...]]:
    """What the text says, by what it speaks of; nothing may be said twice."""
    said: dict[str, tuple[str, ...]] = {}
    for line in text.split("\n"):
        for name, pattern in PATTERNS[language].items():
            match = re.search(pattern, line)
            if match:
                assert name not in said, line
                said[name] = match.groups()
    return said


def amount(words: str) -> int:
    whole, _, rest = words.replace("\u202f", "").partition(",")
    return int(whole) * 100 + int(rest)


def signed(said: dict[str, tuple[str, ...]], name: str) -> int:
    return 0 if name not in said else SIGNS[said[name][-2]] * amount(said[name][-1])


CASES = list(cases())


def test_the_cases_reach_every_bracket_and_every_edge() -> None:
    assert len(CASES) == 100
    assert {case.now for case in CASES if case.zone == "onee"} >= {
        0,
        100,
        101,
        150,
        151,
        210,
        211,
        310,
        311,
        510,
        511,
    }
    assert {case.now for case in CASES if case.service == "water"} >= {0, 6, 7, 8, 9, 20, 21}
    assert sum(case.step is not None for case in CASES) > 15
    assert {case.step[0] for case in CASES if case.step} == set(LIMITS)
    assert any(case.totals[0] < case.totals[1] for case in CASES)


@pytest.mark.parametrize(
    ("units", "dirhams"),
    [(100, 90_10), (124, 115_86), (150, 143_76), (151, 162_05), (211, 246_36), (311, 429_71), (511, 815_45)],
)
def test_the_calculation_gives_the_published_check_values(units: int, dirhams: int) -> None:
    assert cost("onee", "electricity", units) == dirhams


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.service}-{case.zone}-{case.before}-{case.now}"
)
@pytest.mark.parametrize("language", PATTERNS)
async def test_the_explanation_is_right_to_the_centime(
    dialogue: Start, world: World, case: Case, language: Language
) -> None:
    await write(world, case)
    answer = await dialogue(language, case.phone).hears("high_bill_complaint", "")
    assert answer.handover is None
    assert answer.text is not None
    said = read(answer.text, language)
    now, before = case.totals
    assert amount(said["total"][0]) == now
    key = "more" if now > before else "less" if now < before else "same"
    assert {"more", "less", "same"} & said.keys() == {key}
    assert amount(said[key][-1]) == before
    if key != "same":
        assert amount(said[key][0]) == abs(now - before)
        parts = {
            "consumption": case.consumption_change,
            "charges": case.charges[0] - case.charges[1],
            "regularisation": case.regularisation,
            "arrears": case.arrears,
        }
        assert {name: signed(said, name) for name in parts} == parts
        assert sum(signed(said, name) for name in parts) == now - before
    if case.consumption_change and key != "same":
        assert said["consumption"][:2] == (str(case.now), str(case.before))
    step = case.step
    assert ("step" in said) == (step is not None)
    if step is not None:
        limit, price, at_limit, over, extra = said["step"]
        assert (int(limit), int(over), amount(at_limit), amount(extra)) == step[:4]
        shown = Fraction(price.replace(",", "."))
        assert shown == round(step[4], 4)


@pytest.mark.parametrize("language", PATTERNS)
async def test_the_breakdown_lists_every_bracket(dialogue: Start, world: World, language: Language) -> None:
    for case in CASES[::4]:
        await write(world, case)
        answer = await dialogue(language, case.phone).hears("inform", chosen=("bill", "breakdown"))
        assert answer.text is not None
        found = [re.findall(rf"(−|ناقص )?{A}$", line) for line in answer.text.split("\n")]
        told = [amount(each[-1][1]) * (-1 if each[-1][0] else 1) for each in found if each]
        assert told[0] == sum(told[1:]) == case.totals[0]
