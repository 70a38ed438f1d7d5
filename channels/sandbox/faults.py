"""What may go wrong on demand: with our calls to the Graph API, and with its webhooks to us."""

from __future__ import annotations

import random
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from channels.sandbox.errors import NO_TOKEN, UNREACHABLE, WINDOW_CLOSED, Refusal


class FaultKind(StrEnum):
    RATE_LIMIT = "rate_limit"
    PAIR_LIMIT = "pair_limit"
    SERVER_ERROR = "server_error"
    GATEWAY_ERROR = "gateway_error"  # a 502 that is not Meta's own
    WINDOW_CLOSED = "window_closed"
    UNREACHABLE = "unreachable"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - the name of a fault
    ACCOUNT_LOCKED = "account_locked"
    SLOW = "slow"
    DROP_BEFORE = "drop_before"  # the connection breaks and nothing was taken
    DROP_AFTER = "drop_after"  # the message was taken, but the answer is lost


REFUSALS = {
    FaultKind.RATE_LIMIT: Refusal(
        429, 130429, "Rate limit hit", "Message failed to send: throughput reached."
    ),
    FaultKind.PAIR_LIMIT: Refusal(400, 131056, "(Business Account, Consumer Account) pair rate limit hit"),
    FaultKind.SERVER_ERROR: Refusal(500, 131000, "Something went wrong"),
    FaultKind.WINDOW_CLOSED: WINDOW_CLOSED,
    FaultKind.UNREACHABLE: UNREACHABLE,
    FaultKind.TOKEN_EXPIRED: NO_TOKEN,
    FaultKind.ACCOUNT_LOCKED: Refusal(403, 131031, "Business Account locked"),
}


class Fault(BaseModel):
    """Befalls the next `count` sends (None: all, until taken away), each with this chance."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    count: int | None = Field(default=1, gt=0)
    chance: float = Field(default=1.0, gt=0, le=1)
    seconds: float = Field(default=5.0, ge=0, le=600)  # of `slow`


class Flow(BaseModel):
    """How webhooks reach us."""

    model_config = ConfigDict(extra="forbid")

    duplicate: bool = False  # every body twice
    shuffle: bool = False  # out of order within one customer
    hold: bool = False  # kept back until released
    silent: bool = False  # what becomes of our messages is not told, and never will be


class Faults:
    def __init__(self) -> None:
        self.pending: list[Fault] = []
        self.flow = Flow()

    def draw(self) -> Fault | None:
        """The fault that befalls this send, if one does."""
        for fault in self.pending:
            if random.random() >= fault.chance:  # noqa: S311 - chance, not a secret
                continue
            if fault.count is not None:
                fault.count -= 1
                if fault.count == 0:
                    self.pending.remove(fault)
            return fault
        return None
