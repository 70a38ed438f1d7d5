"""When customers are asked, as the tables say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE
from sqlalchemy.ext.asyncio import AsyncConnection

_READ = text(
    "SELECT enabled, delay, not_again_within, first_hour, last_hour, channels, teams, version"
    " FROM survey_settings"
).columns(teams=ARRAY(UUID_TYPE(as_uuid=True)))


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """`channels` and `teams` empty: all of them. Hours are wall-clock hours of the company's zone."""

    enabled: bool
    delay: timedelta
    not_again_within: timedelta
    first_hour: int
    last_hour: int
    channels: list[str]
    teams: list[UUID]
    version: int

    def polite(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """None when people may be asked at this moment, else the next one at which they may."""
        local = moment.astimezone(zone)
        if self.first_hour <= local.hour < self.last_hour:
            return None
        day = local if local.hour < self.first_hour else local + timedelta(days=1)
        return day.replace(hour=self.first_hour, minute=0, second=0, microsecond=0)


async def read_settings(connection: AsyncConnection) -> SurveySettings:
    return SurveySettings(*(await connection.execute(_READ)).one())
