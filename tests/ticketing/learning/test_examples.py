"""Training files: what Rasa reads is what was chosen, and nothing in it is markup."""

from __future__ import annotations

import pytest
import yaml

from ticketing.learning.examples import Example, teachable, training_files


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("fin [nakhod](place) l'attestation", "fin nakhod place l'attestation"),
        ("- bghit\nattestation", "bghit attestation"),
        ("contrat •••••• svp", "contrat svp"),
        ("{\"entity\"} <b>", "\"entity\" b"),
        ("••••••", ""),
        ("# 3afak", "3afak"),
    ],
)  # fmt: skip
def test_one_line_without_markup(words: str, line: str) -> None:
    assert teachable(words) == line


def test_a_file_a_style() -> None:
    files = training_files(
        [
            Example("où est l'agence : centre", "fr", "agency_location_hours"),
            Example("et ma facture", "fr", "bill_amount"),
            Example("et ma facture", "fr", "bill_amount"),
            Example("فين الوكالة", "ary-Arab", "agency_location_hours"),
            Example("••••••", "en", "bill_amount"),
        ]
    )
    assert set(files) == {"fr", "ary-Arab"}
    content = yaml.safe_load(files["fr"])
    assert content == {
        "version": "3.1",
        "nlu": [
            {"intent": "agency_location_hours", "examples": "- où est l'agence : centre\n"},
            {"intent": "bill_amount", "examples": "- et ma facture\n"},
        ],
    }
