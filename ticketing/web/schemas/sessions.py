"""Who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from ticketing.web.schemas.common import Agent, Answer, Names, Team


class Brand(Answer):
    name: str
    short_name: str


class UtcOffset(Answer):
    """A change of the company's clock: from `from` on, local time is UTC plus `minutes`."""

    from_: datetime = Field(alias="from")
    minutes: int


class Challenge(Answer):
    """The password was right; a code of the second factor is awaited until `expires_at`."""

    second_factor: Literal[True]
    challenge: str
    expires_at: datetime


class Session(Answer):
    """`session_id` is null for a program's token. `second_factor_due`: set one up before anything else."""

    agent: Agent
    role_names: Names
    permissions: list[str]
    teams: list[Team]
    time_zone: str
    utc_offsets: list[UtcOffset]
    brand: Brand
    demonstration: bool
    sandbox_url: str | None
    session_id: UUID | None
    second_factor_due: bool
