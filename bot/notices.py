"""The words of what is said to customers unasked (knowledge_base/announcements.py).

A kind is the text `notice_<kind>` of any subject's file in bot/texts. What `data` holds becomes its
placeholders:

- {"ar": …, "fr": …}: the one in the script the customer reads;
- {"text": "outage_kind_water"}: that text, in the customer's language;
- a name that ends in `_at`, with an ISO moment: `{back_at}` is "14:30" today and "demain mercredi 25
  novembre à 14:30" on another day, `{back_day}` is the day alone, `{back_hour}` the hour alone;
- `choices`, {"inform:still_out:…": "choice_still_out"}: buttons, by id, with the key of their title;
- everything else: itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions.moments import day_words, hour_words
from bot.contract import Language, ReplyChoice, ReplyMessage
from bot.texts import say, texts

_ARABIC = (Language.AR, Language.ARY)


class UnknownNotice(ValueError):
    """No text for this kind, or its data lacks something: a fault of whoever announced it."""


def notice(
    kind: str, data: Mapping[str, Any], language: Language, *, now: datetime, timezone: ZoneInfo
) -> ReplyMessage:
    """Return the message with its buttons. UnknownNotice when there are no words for it."""
    try:
        values = _values(data, language, now, timezone)
        titles: Mapping[str, str] = data.get("choices") or {}
        return ReplyMessage(
            text=say(language, f"notice_{kind}", **values),
            choices=tuple(ReplyChoice(choice, say(language, key)) for choice, key in titles.items()),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnknownNotice(f"There are no words for {kind}: {type(error).__name__} {error}.") from error


def moment_words(language: Language, moment: datetime, now: datetime, timezone: ZoneInfo) -> str:
    """Return "14:30" today, else "demain mercredi 25 novembre à 14:30": what follows "since" and "until"."""
    day, today = moment.astimezone(timezone).date(), now.astimezone(timezone).date()
    hour = hour_words(moment, timezone)
    if day == today:
        return hour
    return say(language, "day_and_hour", day=_bare_day(language, day, today), hour=hour)


def _bare_day(language: Language, day: date, today: date) -> str:
    """Return the day without the "on" of other sentences, and "yesterday" too."""
    content = texts(language)
    values = {
        "weekday": content["weekdays"][day.weekday()],
        "day": day.day,
        "month": content["months"][day.month - 1],
    }
    near = {today - timedelta(days=1): "yesterday", today + timedelta(days=1): "tomorrow"}.get(day)
    if near is None:
        return say(language, "bare_date", **values)
    return say(language, "near_date", near=say(language, near), **values)


def _values(
    data: Mapping[str, Any], language: Language, now: datetime, timezone: ZoneInfo
) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in data.items():
        if name == "choices":
            continue
        if name.endswith("_at"):
            values |= _moment(name, datetime.fromisoformat(value), language, now, timezone)
        elif isinstance(value, Mapping) and "text" in value:
            values[name] = say(language, value["text"])
        elif isinstance(value, Mapping):
            values[name] = value["ar" if language in _ARABIC else "fr"]
        else:
            values[name] = value
    return values


def _moment(
    name: str, moment: datetime, language: Language, now: datetime, timezone: ZoneInfo
) -> dict[str, object]:
    stem = name.removesuffix("_at")
    day, today = moment.astimezone(timezone).date(), now.astimezone(timezone).date()
    return {
        name: moment_words(language, moment, now, timezone),
        f"{stem}_day": day_words(language, day, today),
        f"{stem}_hour": hour_words(moment, timezone),
    }
