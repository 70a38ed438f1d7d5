"""Which passwords are refused, and why."""

from __future__ import annotations

import pytest

from ticketing.people.password_policy import MAXIMUM, problem_of

ABOUT = ("Salma Idrissi", "salma.idrissi@desk.example", "SRM Casablanca-Settat")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("elevenchars", "too_short"),
        ("x" * (MAXIMUM + 1), "too_long"),
        ("Password1234!", "common"),
        ("motdepasse2026", "common"),
        ("azertyuiop123", "common"),
        ("qwertyqwerty", "common"),
        ("السلامعليكم12", "common"),
        ("Salma.Idrissi.26", "personal"),
        ("casablanca-settat", "personal"),
        ("ababababababab", "repetitive"),
        ("abcdefghijklmn", "repetitive"),
        ("zyxwvutsrqponm", "repetitive"),
        ("bleu tracteur menthe", None),
        ("Salma aime les figues de Doukkala", None),
        ("قهوة بلا سكر في الصباح", None),
        ("k7#Vq2!mZx9w", None),
    ],
)
def test_what_is_refused(password: str, problem: str | None) -> None:
    assert problem_of(password, *ABOUT) == problem
