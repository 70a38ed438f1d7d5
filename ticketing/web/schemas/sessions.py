"""Who is signed in."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from ticketing.web.schemas.common import Agent, Answer, Team


class Brand(Answer):
    name: str
    short_name: str


class UtcOffset(Answer):
    """A change of the company's clock: from `from` on, local time is UTC plus `minutes`."""

    from_: datetime = Field(alias="from")
    minutes: int


class Session(Answer):
    agent: Agent
    permissions: list[str]
    teams: list[Team]
    time_zone: str
    utc_offsets: list[UtcOffset]
    brand: Brand
    demonstration: bool
    sandbox_url: str | None
