"""Ticket numbers a customer can read out: digits only, the last one a check digit.

Damm's scheme catches every wrong digit and every swap of two neighbours, the two mistakes people make.
"""

from __future__ import annotations

# Damm's totally anti-symmetric quasigroup of order ten (H. M. Damm, 2004).
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def _remainder(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def ticket_number(serial: int) -> str:
    """The number of the ticket with this serial: 10001 gives "10001" and its check digit."""
    digits = str(serial)
    return digits + str(_remainder(digits))


def is_ticket_number(text: str) -> bool:
    """Whether the check digit fits. Eastern Arabic digits count as digits."""
    if not text.isdecimal() or len(text) < 2:
        return False
    return _remainder("".join(str(int(digit)) for digit in text)) == 0
