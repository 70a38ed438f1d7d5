"""Ticket numbers a customer can read out: digits only, the last one a check digit.

Damm's scheme catches every wrong digit and every swap of two neighbours, the two mistakes people make.
"""

from __future__ import annotations

from knowledge_base.check_digit import check_digit


def ticket_number(serial: int) -> str:
    """The number of the ticket with this serial: 10001 gives "10001" and its check digit."""
    digits = str(serial)
    return digits + str(check_digit(digits))


def is_ticket_number(text: str) -> bool:
    """Whether the check digit fits. Eastern Arabic digits count as digits."""
    return text.isdecimal() and len(text) >= 2 and check_digit(text) == 0
