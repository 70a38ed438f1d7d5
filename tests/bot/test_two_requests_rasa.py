"""Two requests in one message, in every way of writing, with the real Rasa, endpoint and records.

`NOW` is Tuesday 24 November 2026, 10:00 in Casablanca; Zemamra's souk is on Thursday.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.contract import HandoverReason
from bot.evaluation.lines import read_lines
from tests.bot.assistant.test_training_data import MEASURING, examples
from tests.bot.rasa_process import PROJECT, rasa_variables
from tests.bot.world import Customer, texts_of

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(300)]

PHONE = "+212661000002"  # one contract, one unpaid bill of 143.76 MAD
MOST_WRONG_SPLITS = 0.005
SAMPLED = 12  # every so many lines of the training data: all of them take a minute on an idle machine


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("شحال عليا فالضو و فوقاش كتجي لاكاميونة لزمامرة", "الخميس 26 نونبر"),
        ("شحال عليا هاد الشهر وفوقاش غادي تجي الوكالة المتنقلة لزمامرة", "الخميس 26 نونبر"),
        ("ch7al 3liya f do w fo9ach ghatji lwikala lmotana9ila l zemamra", "nhar lkhmis 26 nowanbir"),
        ("كم يجب أن أؤدي هذا الشهر؟ ومتى تأتي الوكالة المتنقلة إلى الزمامرة؟", "الخميس 26 نونبر"),
        ("Combien je dois payer ce mois-ci et quand passe l'agence mobile à Zemamra ?", "jeudi 26 novembre"),
        ("How much do I owe? When does the mobile agency come to Zemamra?", "Thursday 26 November"),
    ],
)
async def test_bill_and_schedule_in_one_answer(customer: Customer, text: str, stop: str) -> None:
    customer.attested_phone = PHONE
    reply = await customer.says(text)
    assert "143.76" in texts_of(reply).replace(",", ".")
    assert stop in texts_of(reply)
    assert len(reply.messages) == 1
    assert reply.handover is None


async def test_two_bubbles_and_a_greeting(customer: Customer) -> None:
    customer.attested_phone = PHONE
    reply = await customer.says(
        "salam 3likom", "ch7al 3liya had chhar", "imta ghatji lagence mobile l zemamra", "choukran"
    )
    assert "143,76" in texts_of(reply)
    assert "26 nowanbir" in texts_of(reply)
    assert len(reply.messages) == 1


async def test_one_question_at_a_time(customer: Customer) -> None:
    reply = await customer.says("combien je dois payer et quand passe l'agence mobile à Zemamra")
    assert "jeudi 26 novembre" in texts_of(reply)
    assert texts_of(reply).rstrip().endswith(("?", ".", "!"))
    assert "contrat" in texts_of(reply).split("\n\n")[-1]
    reply = await customer.says("99999999")
    assert reply.slots["question"] == "code"


async def test_a_person_wins(customer: Customer) -> None:
    customer.attested_phone = PHONE
    reply = await customer.says("combien je dois payer", "je voudrais parler à un conseiller")
    assert reply.handover is not None
    assert reply.handover.reason is HandoverReason.ASKED


async def test_danger_wins(customer: Customer) -> None:
    customer.attested_phone = PHONE
    reply = await customer.says("combien je dois payer", "un câble électrique est tombé devant l'école")
    assert reply.handover is not None
    assert reply.handover.reason is HandoverReason.DANGER


async def test_a_telephone_and_an_amount_are_no_second_request(customer: Customer) -> None:
    customer.attested_phone = PHONE
    reply = await customer.says("combien je dois payer", "0661000002")
    assert "143,76" in texts_of(reply)
    assert reply.handover is None


def test_single_requests_are_not_cut(rasa_python: Path, rasa_model: Path) -> None:
    """Over lines of every style and intent that the assistant learns from or is measured with."""
    lines = [(intent, text) for _, intent, text in examples()][::SAMPLED]
    lines += [(line.intent, line.text) for path in MEASURING for line in read_lines(path)]
    read = understood(rasa_python, rasa_model, [text for _, text in lines])
    cut = [
        (*line, answer["requests"]) for line, answer in zip(lines, read, strict=True) if answer["requests"]
    ]
    assert len(cut) <= MOST_WRONG_SPLITS * len(lines), cut


def test_pairs_of_unlike_requests_are_cut(rasa_python: Path, rasa_model: Path) -> None:
    """At least as often as was measured: a message that is not cut is answered for its clearer half."""
    halves = {
        "fr": [
            "quel est le montant de ma facture",
            "quand passe l'agence mobile",
            "il y a une fuite d'eau ici",
        ],
        "ary-Latn": ["ch7al 3liya f do", "imta tji lagence mobile", "kayn tasarob dyal lma f zen9a"],
        "ary-Arab": ["شحال عليا فالضو", "فوقاش كتجي الوكالة المتنقلة", "كاين تسريب ديال الما فالزنقة"],
        "en": [
            "how much is my bill",
            "when does the mobile agency come",
            "there is a water leak in the street",
        ],
    }
    joints = {"fr": " et ", "ary-Latn": " w ", "ary-Arab": " و ", "en": " and "}
    texts = [
        one + joint + other
        for style, of_style in halves.items()
        for one in of_style
        for other in of_style
        for joint in (joints[style], "\n", ". ")
        if one != other
    ]
    read = understood(rasa_python, rasa_model, texts)
    whole = [text for text, answer in zip(texts, read, strict=True) if len(answer["requests"]) != 2]
    assert len(whole) <= 0.1 * len(texts), whole


def understood(python: Path, model: Path, texts: list[str]) -> list[dict[str, Any]]:
    ended = subprocess.run(
        [python, "-W", "ignore", "-m", "bot.assistant.understand", model],
        input="".join(json.dumps(text) + "\n" for text in texts),
        cwd=PROJECT.parents[1],
        env=rasa_variables(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    answers = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(texts)
    return answers
