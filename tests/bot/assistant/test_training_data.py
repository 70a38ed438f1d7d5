"""The training data: enough of each, nothing twice, and nothing that the assistant is measured with."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.contract import Language
from knowledge_base.text import words
from tests.bot.conftest import PROJECT

MAIN = (
    "mobile_agency_schedule",
    "bill_amount",
    "human_agent",
    "greeting",
    "thanks",
    "street_danger",
    "off_topic",
)
MEASURING = [
    Path(__file__).parents[1] / "data" / name
    for name in ("held_out.tsv", "every_intent.tsv", "unseen.tsv", "strangers.tsv", "danger.tsv")
]
BESIDE_LANGUAGES = {"mix", "tzm"}  # understood, and answered in one of the languages
NOT_ASKED_FOR = {"inform", "affirm", "deny"}  # what a dialogue needs


def examples() -> Iterator[tuple[str, str, str]]:
    """Yield (style, intent, text)."""
    for path in sorted((PROJECT / "data").glob("*/*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in entry["examples"].splitlines():
                yield path.parent.name, entry["intent"], line.removeprefix("- ").strip()


def test_every_way_of_writing_has_enough_examples() -> None:
    counts = Counter((style, intent) for style, intent, _ in examples())
    assert {style for style, _ in counts} == set(Language) | BESIDE_LANGUAGES
    for language in Language:
        for intent in MAIN:
            assert counts[language, intent] >= 30, (language, intent)
    for intent in {intent for _, intent in counts} - NOT_ASKED_FOR:
        for language in (Language.ARY, Language.ARY_LATN):
            assert counts[language, intent] >= 20, (language, intent)


def test_no_text_stands_for_two_intents() -> None:
    meanings: dict[str, str] = {}
    for _, intent, text in examples():
        key = " ".join(words(text))
        assert meanings.setdefault(key, intent) == intent, text


def test_the_lines_for_measuring_are_not_trained_on() -> None:
    trained = {" ".join(words(text)) for _, _, text in examples()}
    measured: set[str] = set()
    for path in MEASURING:
        with path.open(encoding="utf-8", newline="") as lines:
            measured |= {" ".join(words(row["text"])) for row in csv.DictReader(lines, delimiter="\t")}
    assert not trained & measured


def test_domain_rules_and_examples_name_the_same_intents() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    rules = yaml.safe_load((PROJECT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    declared = {name for entry in domain["intents"] for name in entry}
    assert {rule["steps"][0]["intent"] for rule in rules} == declared
    assert {intent for _, intent, _ in examples()} == declared - {"nlu_fallback"}
