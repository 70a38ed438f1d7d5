"""How and where to pay: the ways there are, and the counters near a place, from their records."""

from __future__ import annotations

from dataclasses import replace

from bot.actions.agencies import near_lines, nearest_to, position_of
from bot.actions.agency_words import AgencyWords
from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.places import name_of, place_by_id
from bot.actions.services import Services
from bot.actions.subject import Action
from bot.actions.wishes import PAYMENT, RECHARGE, asked_services
from bot.contract import ReplyChoice
from bot.texts import say
from knowledge_base.network.payment_points import nearest_payment_points, networks
from knowledge_base.network.places import Place
from knowledge_base.text import words

PAYING = "payment"  # the topic
CHOSEN = "payment_place"

_POINTS = 3
_MOST_CHOICES = 10
_PLACE_INTENTS = frozenset({"inform", "nlu_fallback", "off_topic", "agency_location_hours"})
_SMALL_TALK = frozenset({"affirm", "deny", "greeting", "thanks"})
# Networks as customers spell them, by the name their points are recorded under. "Fawatir" is left out: it is
# also what bills are called.
_SPELLINGS = {
    "Cash Plus": ("cashplus", "كاشبلوس", "كاشبليس", "kachplus", "cachplus"),
    "Wafacash": ("wafacash", "wafakach", "وفاكاش", "وافاكاش"),
    "Damane Cash": ("damanecash", "damancash", "ضمانكاش", "دامانكاش"),
    "Barid Cash": ("baridcash", "بريدكاش", "baridbank"),
    "Tasshilat": ("tasshilat", "tashilat", "طاشيلات"),
    "Chaabi Cash": ("chaabicash", "شعبيكاش"),
}


async def payment(heard: Heard, services: Services) -> Answer:
    """Tell where to pay near the place named or shared; without one, the ways to pay."""
    if heard.location is not None:
        return await _near(heard, services, heard.location, place=None)
    wanted = (heard.chosen[1],) if heard.chosen is not None and heard.chosen[0] == CHOSEN else heard.places
    named = [place for place in map(place_by_id, wanted) if place is not None]
    inside = {place.commune_id for place in named if place.id != place.commune_id}
    named = [place for place in named if place.id not in inside]
    if len({place.commune_id for place in named}) > 1:
        return _which(heard, named[:_MOST_CHOICES])
    position = position_of(named[0]) if named else None
    if named and position is not None:
        return await _near(heard, services, position, place=named[0])
    return await _ways(heard, services)


def takes(heard: Heard) -> Action | None:
    """A place or a position goes on with paying: "w f Zemamra?"."""
    if heard.chosen is not None or heard.state.question is not None:
        return None
    named = bool(heard.places) or heard.location is not None
    return payment if named and heard.intent in _PLACE_INTENTS | _SMALL_TALK else None


def _which(heard: Heard, places: list[Place]) -> Answer:
    choices = tuple(
        ReplyChoice(f"inform:{CHOSEN}:{place.id}", name_of(place, heard.language)) for place in places
    )
    return ask(heard, say(heard.language, "which_place"), question=None, topic=PAYING, choices=choices)


async def _ways(heard: Heard, services: Services) -> Answer:
    """Tell every way; a network asked for by name only where it has points on record."""
    lines = []
    asked = _network(heard.text)
    if asked is not None:
        async with services.connection() as connection:
            known = asked in await networks(connection)
        lines.append(say(heard.language, "network_known" if known else "network_unknown", network=asked))
    lines.append(say(heard.language, "payment_ways"))
    return ask(heard, "\n".join(lines), question=None, topic=PAYING)


async def _near(
    heard: Heard, services: Services, position: tuple[float, float], *, place: Place | None
) -> Answer:
    """Tell the nearest counters, the agency and the next stop."""
    told = AgencyWords(heard.language, heard.now, services.timezone)
    network = _network(heard.text)
    wish = RECHARGE if asked_services(heard.text) == (RECHARGE,) else PAYMENT
    async with services.connection() as connection:
        near = await nearest_to(connection, services, heard, position)
        points = await nearest_payment_points(
            connection, position, limit=_POINTS, network=network, service=wish
        )
        if not points and network is not None:
            points = await nearest_payment_points(connection, position, limit=_POINTS, service=wish)
    where = "" if place is None else name_of(place, heard.language)
    lines = [say(heard.language, "pay_near" if place is not None else "pay_near_you", place=where)]
    if network is not None and not any(point.network == network for point in points):
        lines.insert(0, say(heard.language, "network_unknown", network=network))
    lines += [told.point(point) for point in points]
    lines += [f"• {line}" for line in near_lines(replace(near, point=None), told, heard.language)]
    lines.append(say(heard.language, "pay_also"))
    known = heard.state.place if place is None else place.id
    return ask(heard, "\n".join(lines), question=None, topic=PAYING, place=known)


def _network(text: str) -> str | None:
    """Return the network a text names, through the blanks in its name."""
    joined = "".join(words(text))
    for network, spellings in _SPELLINGS.items():
        if any(spelling in joined for spelling in spellings):
            return network
    return None
