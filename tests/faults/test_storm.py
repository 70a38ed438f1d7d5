"""The plan of a storm: the same for the same seed, and all that it promises."""

from __future__ import annotations

from collections import Counter

from tests.faults.storm import AFTERTHOUGHT, BATCH, LAST_BLOW, Target, plan


def test_a_seed_repeats_its_storm() -> None:
    first = plan(seed=4, messages=500, customers=40, seconds=30)
    assert first == plan(seed=4, messages=500, customers=40, seconds=30)
    assert first != plan(seed=5, messages=500, customers=40, seconds=30)


def test_everybody_writes_and_everything_is_struck() -> None:
    storm = plan(seed=1, messages=800, customers=80, seconds=40)
    numbers = Counter(number for burst in storm.bursts for number, _ in burst.messages)
    assert storm.messages == 800
    assert len(numbers) == 80
    assert {blow.target for blow in storm.blows} == set(Target)
    assert all(0 <= blow.at <= 40 * LAST_BLOW for blow in storm.blows)
    assert all(0 <= burst.at <= 40 + max(AFTERTHOUGHT) for burst in storm.bursts)
    assert [burst.at for burst in storm.bursts] == sorted(burst.at for burst in storm.bursts)


def test_nobody_writes_both_alone_and_in_batches() -> None:
    """Two queues of the provider have no order between them."""
    storm = plan(seed=2, messages=800, customers=80, seconds=40)
    ways: dict[str, set[int]] = {}
    for burst in storm.bursts:
        for number, _ in burst.messages:
            ways.setdefault(number, set()).add(burst.per_webhook)
    assert {frozenset(way) for way in ways.values()} == {frozenset({1}), frozenset({BATCH})}
