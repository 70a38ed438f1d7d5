from __future__ import annotations

from knowledge_base.breaker import CircuitBreaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(threshold=3, pause=10.0, clock=clock)
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    return breaker


def test_opens_after_consecutive_failures_only() -> None:
    breaker = CircuitBreaker(threshold=2, pause=10.0, clock=Clock())
    for _ in range(5):
        assert breaker.allows()
        breaker.failed()
        assert breaker.allows()
        breaker.succeeded()
    breaker.failed()
    breaker.failed()
    assert not breaker.allows()


def test_lets_one_probe_through_after_the_pause() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 9.9
    assert not breaker.allows()
    clock.now += 0.2
    assert breaker.allows()
    assert not breaker.allows()


def test_a_good_probe_closes_it_and_a_bad_one_opens_it_again() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 11
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    clock.now += 11
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_a_cancelled_probe_leaves_the_place_to_another() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 11
    assert breaker.allows()
    breaker.left()
    assert breaker.allows()
