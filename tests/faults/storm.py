"""What customers write and what is killed when, all of it decided by a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

# What the assistant answers, what it hands over, and what must reach people whatever it thinks.
ANSWERED = (
    "salam",
    "Bonjour, quels sont vos horaires ?",
    "imta katji lwikala l zemamra",
    "شحال خاصني نخلص",
    "ch7al lfactura dyali",
    "When does the mobile agency come to Zemamra?",
    "fin kayna l agence",
    "شكرا",
)
HANDED_OVER = ("bghit nhder m3a chi wahed", "Je veux parler à un conseiller", "بغيت نهضر مع شي واحد")
UNCLEAR = ("asdf qwer zxcv", "🤷", "12345")
DANGER = ("كاين خيط ديال الضو طايح فالزنقة", "Un câble électrique est tombé dans la rue")
# With their weights: a customer who is with people stays with them, so that these few go a long way.
KINDS = ((ANSWERED, 930), (HANDED_OVER, 30), (UNCLEAR, 30), (DANGER, 10))

BURST = (1, 4)  # bubbles of one thought
AFTERTHOUGHT = (0.8, 1.4)  # seconds after it, which is when the assistant is thinking
BATCHED_SHARE = 0.2  # customers whose messages arrive several to a webhook
BATCH = 5
LIFE = 0.2  # of the storm: how long one customer goes on writing


class Target(StrEnum):
    """What is struck."""

    DESK = "the desk (kill -9)"
    CONNECTIONS = "PostgreSQL's connections"
    RASA = "Rasa (kill -9)"
    POSTGRES = "PostgreSQL itself (crash)"


# Seconds between two blows to the same target, on average. The server crashes once, late.
EVERY = {Target.DESK: 6.0, Target.CONNECTIONS: 5.0, Target.RASA: 30.0}
# The last part of the storm is left to recovery. Rasa is spared at first: whoever writes while it is down is
# with people from then on, and a desk that dies is to be tested with its answers.
LAST_BLOW = 0.85
FIRST_BLOW = {Target.RASA: 0.5}


@dataclass(frozen=True, slots=True)
class Burst:
    """`at` seconds after the start, messages are written; those of one webhook together."""

    at: float
    messages: tuple[tuple[str, str], ...]  # (number, text)
    per_webhook: int = 1


@dataclass(frozen=True, slots=True)
class Blow:
    at: float
    target: Target


@dataclass(frozen=True, slots=True)
class Storm:
    seconds: float
    bursts: tuple[Burst, ...]
    blows: tuple[Blow, ...]

    @property
    def messages(self) -> int:
        return sum(len(burst.messages) for burst in self.bursts)


def number_of(customer: int) -> str:
    """A number that no demonstration record uses."""
    return f"2126990{customer:05d}"


def plan(*, seed: int, messages: int, customers: int, seconds: float) -> Storm:
    """The same storm for the same arguments."""
    random = Random(seed)
    numbers = [number_of(customer) for customer in range(customers)]
    batched = numbers[: round(customers * BATCHED_SHARE)]
    alone = numbers[len(batched) :]
    in_batches = messages * len(batched) // customers
    bursts = [*_bursts(random, alone, messages - in_batches, seconds)]
    bursts += _batches(random, batched, in_batches, seconds)
    return Storm(seconds, tuple(sorted(bursts, key=lambda burst: burst.at)), _blows(random, seconds))


def _text(random: Random) -> str:
    kind = random.choices([texts for texts, _ in KINDS], [weight for _, weight in KINDS])[0]
    return random.choice(kind)


def _bursts(random: Random, numbers: list[str], messages: int, seconds: float) -> Iterator[Burst]:
    """Customers come and go: each writes a few bursts during a part of the storm. Everybody writes."""
    begins = {number: random.uniform(0, seconds * (1 - LIFE)) for number in numbers}
    waiting = list(numbers)
    while messages > 0:
        number = waiting.pop() if waiting else random.choice(numbers)
        size = min(messages, random.randint(*BURST))
        messages -= size
        written = tuple((number, _text(random)) for _ in range(size))
        at = begins[number] + random.uniform(0, seconds * LIFE)
        thought = random.randint(1, size)
        yield Burst(at, written[:thought])
        if thought < size:
            yield Burst(at + random.uniform(*AFTERTHOUGHT), written[thought:])


def _batches(random: Random, numbers: list[str], messages: int, seconds: float) -> Iterator[Burst]:
    """Several customers' messages, mixed, in bodies of `BATCH`."""
    while messages > 0:
        size = min(messages, BATCH * random.randint(1, 3))
        messages -= size
        written = tuple((random.choice(numbers), _text(random)) for _ in range(size))
        yield Burst(random.uniform(0, seconds), written, BATCH)


def _blows(random: Random, seconds: float) -> tuple[Blow, ...]:
    last = seconds * LAST_BLOW
    blows = [Blow(random.uniform(0.5, 0.7) * seconds, Target.POSTGRES)]
    for target, every in EVERY.items():
        number = max(1, round(last / every))
        first = seconds * FIRST_BLOW.get(target, 0.0)
        blows += [Blow(random.uniform(first, last), target) for _ in range(number)]
    return tuple(sorted(blows, key=lambda blow: blow.at))
