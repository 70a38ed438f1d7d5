"""Questions put together by likeness: across spellings, in any order, and without what was decided."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from ticketing.learning.groups import (
    AFTER_ANSWER,
    ALIKE,
    FALLBACK,
    SAMPLES,
    Group,
    Question,
    grouped,
    trigrams,
)
from ticketing.learning.turns import likeness

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def question(text: str, language: str = "ary-Latn", kind: str = FALLBACK, minutes: int = 0) -> Question:
    return Question(text, likeness(text), language, kind, "nlu_fallback", NOW - timedelta(minutes=minutes))


def shape(groups: list[Group]) -> list[tuple[str, int, list[str]]]:
    return [(group.text, group.count, group.samples) for group in groups]


def test_spellings_of_one_question_are_one_group() -> None:
    groups = grouped(
        [
            question("wach 3andkom tatbi9 f telephone"),
            question("wach 3ndkom ttbi9 f tilifoun", kind=AFTER_ANSWER, minutes=5),
            question("wach 3andkoum tatbiq f telephon dyalkom", minutes=9),
            question("fin nakhod attestation"),
        ],
        {},
    )
    assert [group.count for group in groups] == [3, 1]
    assert dict(groups[0].kinds) == {FALLBACK: 2, AFTER_ANSWER: 1}
    assert (groups[0].first_at, groups[0].last_at) == (NOW - timedelta(minutes=9), NOW)
    assert groups[0].samples[0] == groups[0].text


def test_languages_stay_apart() -> None:
    groups = grouped([question("attestation svp", "fr"), question("attestation svp", "en")], {})
    assert [group.language for group in groups] == ["en", "fr"]


def test_any_order_makes_the_same_groups() -> None:
    texts = [f"{first} {second} {third}" for first in ("bghit", "fin", "kifach") for second in
             ("facture", "compteur", "contrat") for third in ("jdid", "9dim", "dyali", "svp")]  # fmt: skip
    questions = [question(text, minutes=number) for number, text in enumerate(texts)]
    expected = shape(grouped(questions, {}))
    for seed in range(5):
        mixed = questions[:]
        random.Random(seed).shuffle(mixed)
        assert shape(grouped(mixed, {})) == expected


def test_what_was_decided_stays_away_with_what_is_like_it() -> None:
    decided = {"ary-Latn": [likeness("wach 3andkom tatbi9 f telephone")]}
    questions = [question("wach 3ndkom ttbi9 f tilifoun dyali"), question("fin nakhod attestation")]
    assert [group.text for group in grouped(questions, decided)] == ["fin nakhod attestation"]
    assert len(grouped(questions, {"fr": decided["ary-Latn"]})) == 2


def test_words_without_letters_are_no_question() -> None:
    assert grouped([question("👍"), question("…"), question("   ")], {}) == []


def test_samples_differ_and_are_few() -> None:
    (group,) = grouped([question(f"bghit attestation{'!' * number}") for number in range(20)], {})
    assert group.count == 20
    assert len(group.samples) == len(set(group.samples)) == SAMPLES


def test_the_index_misses_nothing() -> None:
    """Every wording that joins a leader is at least as like it as comparing all with all says."""
    dice = random.Random(11)
    words = [
        "facture",
        "compteur",
        "3ndi",
        "bghit",
        "lma",
        "do",
        "mochkil",
        "agence",
        "fin",
        "ch7al",
        "attestation",
    ]
    questions = [
        question(" ".join(dice.choice(words) for _ in range(dice.randint(1, 5))), minutes=number)
        for number in range(300)
    ]
    groups = grouped(questions, {})
    leaders = [group.likeness for group in groups]
    for one in leaders:
        for other in leaders:
            mine, theirs = trigrams(one), trigrams(other)
            alike = len(mine & theirs) / len(mine | theirs)
            assert one == other or alike < ALIKE, (one, other)
    assert sum(group.count for group in groups) == 300
