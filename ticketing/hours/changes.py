"""Changes of the calendar's tables, each inside an open transaction. Permissions were checked at the door."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.calendar import Week
from ticketing.desk import Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.hours.following import calendar_changed
from ticketing.hours.weeks import week_stored

_KEYS: Final = text("SELECT key FROM schedules")
_LOCK: Final = text("SELECT office, emergencies FROM calendar FOR UPDATE")
_ADD: Final = text(
    "INSERT INTO schedules (key, names, week, ramadan, keeps_holidays) VALUES"
    " (:key, CAST(:names AS jsonb), CAST(:week AS jsonb), CAST(:ramadan AS jsonb), :keeps_holidays)"
    " ON CONFLICT DO NOTHING"
)
_HOLIDAY: Final = text(
    "INSERT INTO holidays (day, names, expected) VALUES (:day, CAST(:names AS jsonb), :expected)"
    " ON CONFLICT (day) DO UPDATE SET names = excluded.names, expected = excluded.expected,"
    " confirmed_by = CASE WHEN excluded.expected THEN NULL WHEN holidays.expected THEN :agent_id"
    "   ELSE holidays.confirmed_by END,"
    " confirmed_at = CASE WHEN excluded.expected THEN NULL WHEN holidays.expected THEN now()"
    "   ELSE holidays.confirmed_at END"
)
_EDIT: Final = text(
    "INSERT INTO day_edits (day, schedule, intervals, reason, edited_by)"
    " VALUES (:day, :schedule, CAST(:intervals AS jsonb), :reason, :agent_id)"
    " ON CONFLICT (day, schedule) DO UPDATE SET intervals = excluded.intervals, reason = excluded.reason,"
    " edited_by = excluded.edited_by, edited_at = now()"
)


class HoursChanges:
    """By one agent, in one transaction; every change is an event and reaches every process."""

    def __init__(self, transaction: Transaction, agent_id: UUID) -> None:
        self._transaction = transaction
        self._connection: AsyncConnection = transaction.connection
        self._agent_id = agent_id

    async def settle(
        self,
        *,
        office: str | None = None,
        emergencies: bool | None = None,
        teams: Mapping[str, str | None] | None = None,
    ) -> None:
        """Whose days are working days, and who keeps which hours. Invalid where there are no such hours."""
        await self._connection.execute(_LOCK)
        await self._known({office, *(teams or {}).values()} - {None})
        if office is not None or emergencies is not None:
            await self._connection.execute(
                text(
                    "UPDATE calendar SET office = coalesce(:office, office),"
                    " emergencies = coalesce(:emergencies, emergencies)"
                ),
                {"office": office, "emergencies": emergencies},
            )
        for team, schedule in (teams or {}).items():
            await self._give(team, schedule)
        await self._changed("settings", office=office, emergencies=emergencies, teams=dict(teams or {}))

    async def _give(self, team: str, schedule: str | None) -> None:
        if schedule is None:
            statement = "DELETE FROM team_schedules WHERE team = :team"
        else:
            statement = (
                "INSERT INTO team_schedules (team, schedule) VALUES (:team, :schedule)"
                " ON CONFLICT (team) DO UPDATE SET schedule = excluded.schedule"
            )
        values = {"team": team} | ({} if schedule is None else {"schedule": schedule})
        await self._connection.execute(text(statement), values)

    async def add_schedule(
        self, key: str, names: Mapping[str, str], week: Week, ramadan: Week | None, *, keeps_holidays: bool
    ) -> None:
        """Conflict `schedule_exists`."""
        values = {
            "key": key,
            "names": json.dumps(dict(names)),
            "week": json.dumps(week_stored(week)),
            "ramadan": None if ramadan is None else json.dumps(week_stored(ramadan)),
            "keeps_holidays": keeps_holidays,
        }
        if not (await self._connection.execute(_ADD, values)).rowcount:
            raise Conflict("schedule_exists", "There are hours of this key already.")
        await self._changed("schedule_added", schedule=key)

    async def change_schedule(self, key: str, version: int, changes: Mapping[str, Any]) -> None:
        """`changes` by column: names, week, ramadan (None: the same all year) and keeps_holidays."""
        row = await self._schedule(key)
        if row.version != version:
            raise Conflict("changed_meanwhile", "Somebody changed these hours meanwhile.")
        values: dict[str, Any] = {"key": key}
        parts = ["version = version + 1"]
        for column, value in changes.items():
            if column == "keeps_holidays":
                parts.append("keeps_holidays = :keeps_holidays")
                values[column] = value
            else:
                parts.append(f"{column} = CAST(:{column} AS jsonb)")
                shown = week_stored(value) if column in {"week", "ramadan"} and value is not None else value
                values[column] = None if shown is None else json.dumps(shown)
        statement = text(f"UPDATE schedules SET {', '.join(parts)} WHERE key = :key")  # noqa: S608 - our columns
        await self._connection.execute(statement, values)
        await self._changed("schedule_changed", schedule=key, changed=sorted(changes))

    async def remove_schedule(self, key: str) -> None:
        """Conflict `schedule_used` while somebody keeps it."""
        await self._schedule(key)
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(text("DELETE FROM schedules WHERE key = :key"), {"key": key})
        except IntegrityError as error:
            raise Conflict("schedule_used", "The office or a team keeps these hours.") from error
        await self._changed("schedule_removed", schedule=key)

    async def put_holiday(self, day: date, names: Mapping[str, str], *, expected: bool) -> None:
        values = {
            "day": day,
            "names": json.dumps(dict(names)),
            "expected": expected,
            "agent_id": self._agent_id,
        }
        await self._connection.execute(_HOLIDAY, values)
        await self._changed("holiday", day=day.isoformat(), expected=expected)

    async def remove_holiday(self, day: date) -> None:
        done = await self._connection.execute(text("DELETE FROM holidays WHERE day = :day"), {"day": day})
        if not done.rowcount:
            raise NotFound("holiday_unknown", "That day is no holiday.")
        await self._changed("holiday_removed", day=day.isoformat())

    async def add_ramadan(self, first: date, last: date, *, expected: bool) -> UUID:
        await self._check_month(first, last, None)
        ramadan_id: UUID = (
            await self._connection.execute(
                text(
                    "INSERT INTO ramadans (first_day, last_day, expected)"
                    " VALUES (:first, :last, :expected) RETURNING id"
                ),
                {"first": first, "last": last, "expected": expected},
            )
        ).scalar_one()
        await self._changed("ramadan", first=first.isoformat(), last=last.isoformat(), expected=expected)
        return ramadan_id

    async def change_ramadan(
        self, ramadan_id: UUID, first: date | None, last: date | None, expected: bool | None
    ) -> None:
        found = await self._connection.execute(
            text("SELECT first_day, last_day, expected FROM ramadans WHERE id = :id FOR UPDATE"),
            {"id": ramadan_id},
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("ramadan_unknown", "There is no such month.")
        first, last = first or row.first_day, last or row.last_day
        expected = row.expected if expected is None else expected
        await self._check_month(first, last, ramadan_id)
        confirmed = row.expected and not expected
        await self._connection.execute(
            text(
                "UPDATE ramadans SET first_day = :first, last_day = :last, expected = :expected,"
                " confirmed_by = CASE WHEN :confirmed THEN :agent_id WHEN :expected THEN NULL"
                "   ELSE confirmed_by END,"
                " confirmed_at = CASE WHEN :confirmed THEN now() WHEN :expected THEN NULL"
                "   ELSE confirmed_at END WHERE id = :id"
            ),
            {
                "id": ramadan_id,
                "first": first,
                "last": last,
                "expected": expected,
                "confirmed": confirmed,
                "agent_id": self._agent_id,
            },
        )
        await self._changed("ramadan", first=first.isoformat(), last=last.isoformat(), expected=expected)

    async def remove_ramadan(self, ramadan_id: UUID) -> None:
        done = await self._connection.execute(text("DELETE FROM ramadans WHERE id = :id"), {"id": ramadan_id})
        if not done.rowcount:
            raise NotFound("ramadan_unknown", "There is no such month.")
        await self._changed("ramadan_removed")

    async def edit_day(
        self, day: date, schedule: str | None, intervals: Sequence[tuple[int, int]], reason: str | None
    ) -> None:
        """That day has these hours, whatever else holds; none closes it."""
        await self._known({schedule} - {None})
        values = {
            "day": day,
            "schedule": schedule,
            "intervals": json.dumps([list(one) for one in intervals]),
            "reason": reason,
            "agent_id": self._agent_id,
        }
        await self._connection.execute(_EDIT, values)
        await self._changed("day_edited", day=day.isoformat(), schedule=schedule, open=bool(intervals))

    async def restore_day(self, day: date, schedule: str | None) -> None:
        done = await self._connection.execute(
            text("DELETE FROM day_edits WHERE day = :day AND schedule IS NOT DISTINCT FROM :schedule"),
            {"day": day, "schedule": schedule},
        )
        if not done.rowcount:
            raise NotFound("day_unknown", "That day is as usual.")
        await self._changed("day_restored", day=day.isoformat(), schedule=schedule)

    async def _schedule(self, key: str) -> Row[Any]:
        found = await self._connection.execute(
            text("SELECT key, version FROM schedules WHERE key = :key FOR UPDATE"), {"key": key}
        )
        row = found.one_or_none()
        if row is None:
            raise NotFound("schedule_unknown", "There are no such hours.")
        return row

    async def _known(self, keys: set[Any]) -> None:
        if keys and keys - set((await self._connection.execute(_KEYS)).scalars()):
            raise Invalid("schedule_unknown", "There are no such hours.", {"schedule": "unknown"})

    async def _check_month(self, first: date, last: date, but: UUID | None) -> None:
        if last < first:
            raise Invalid("invalid", "It ends before it begins.", {"last": "before the first day"})
        if (last - first).days > 30:
            raise Invalid("invalid", "A lunar month has thirty days at most.", {"last": "too late"})
        overlaps = await self._connection.scalar(
            text(
                "SELECT 1 FROM ramadans WHERE first_day <= :last AND last_day >= :first"
                " AND id IS DISTINCT FROM CAST(:but AS uuid)"
            ),
            {"first": first, "last": last, "but": but},
        )
        if overlaps:
            raise Invalid("overlaps", "These days are in another Ramadan.", {"first": "overlaps"})

    async def _changed(self, what: str, **data: Any) -> None:
        event = Event("hours.changed", "agent", actor_id=self._agent_id, data={"what": what, **data})
        await calendar_changed(self._transaction, event)
