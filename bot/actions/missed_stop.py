"""The mobile agency did not come: a form that ends with people."""

from __future__ import annotations

from bot import forms
from bot.actions.dialogue import SCHEDULE, Answer, Heard
from bot.actions.services import Services

FORM = "missed_stop"


async def missed(heard: Heard, services: Services) -> Answer:
    """Take down where and when it was waited for; the place just talked about is not asked again."""
    place = heard.state.place if heard.state.topic == SCHEDULE and not heard.places else None
    return await forms.start(FORM, heard, services, known={"place": place} if place else None)
