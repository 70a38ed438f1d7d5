"""Damm's check digit, which catches every wrong digit and every swap of two neighbours.

Standard library only, Python 3.10 or newer: the assistant imports this module in its own environment.
"""

from __future__ import annotations

# The totally anti-symmetric quasigroup of order ten (H. M. Damm, 2004).
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


def check_digit(digits: str) -> int:
    """Return the digit to write behind `digits` (decimals of any script); 0 where it stands there already."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
