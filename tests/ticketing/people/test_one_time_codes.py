"""One-time codes against the vectors of RFC 6238, and what is around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest

from ticketing.people.one_time_codes import (
    code_at,
    enrolment_uri,
    hash_recovery_code,
    is_one_time_code,
    matching_step,
    new_recovery_codes,
    new_secret,
    qr_code,
    step_of,
    written_secret,
)

# RFC 6238, appendix B, the lines of SHA-1: seconds since 1970 and the code of eight digits.
SECRET = b"12345678901234567890"
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_vectors_of_the_standard(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert code_at(SECRET, step_of(moment), digits=8) == code
    assert code_at(SECRET, step_of(moment)) == code[-6:]
    assert matching_step(SECRET, code[-6:], moment) == step_of(moment)


def test_one_step_of_a_wrong_clock_is_forgiven_and_no_more() -> None:
    now = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    current = step_of(now)
    for away in range(-4, 5):
        found = matching_step(SECRET, code_at(SECRET, current + away), now)
        assert (found == current + away) == (abs(away) <= 1), away
    assert matching_step(SECRET, "", now) is None
    assert matching_step(SECRET, "é23456", now) is None
    assert matching_step(SECRET, f" {code_at(SECRET, current)} ", now + timedelta(seconds=29)) == current


@pytest.mark.parametrize(
    ("code", "is_code"),
    [("012345", True), (" 012345 ", True), ("01234", False), ("٠١٢٣٤٥", False), ("7k3m", False)],
)
def test_a_code_of_the_app_is_told_from_a_recovery_code(code: str, is_code: bool) -> None:
    assert is_one_time_code(code) is is_code


def test_what_the_app_is_given() -> None:
    secret = new_secret()
    uri = enrolment_uri(secret, "salma+test@desk.example", "SRM-CS: desk")
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/SRM-CS%3A%20desk%3Asalma%2Btest%40desk.example"
    assert parse_qs(parts.query)["secret"] == [written_secret(secret)]
    assert len(written_secret(secret)) == 32
    picture = ET.fromstring(qr_code(uri))
    assert picture.tag.endswith("svg")
    assert "style" not in qr_code(uri)


def test_recovery_codes_are_ten_and_forgive_how_they_are_typed() -> None:
    codes, agent = new_recovery_codes(), uuid4()
    assert len(set(codes)) == 10
    first = codes[0]
    assert len(first) == 14
    typed = first.upper().replace("-", " ")
    assert hash_recovery_code(agent, typed) == hash_recovery_code(agent, first)
    assert hash_recovery_code(uuid4(), first) != hash_recovery_code(agent, first)
