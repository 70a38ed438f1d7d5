"""Where it is dark: the place named, the position sent, the one talked about, or the customer's contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.dialogue import Heard
from bot.actions.outage_talk import Talk
from knowledge_base.billing.contracts import Contract, contract_by_id, contracts_of_phone
from knowledge_base.billing.verification import is_verified
from knowledge_base.network.places import Place
from knowledge_base.network.stored_places import stored_places
from knowledge_base.outages.coverage import commune_at, feeders_of
from knowledge_base.outages.followers import followed_place

_RECENTLY = timedelta(hours=24)  # "still no light" after the notice that it is back needs no place
_MOST_PLACES = 10  # rows of a list on the narrowest channel


@dataclass(frozen=True, slots=True)
class Candidates:
    """The places it may be; with one alone also the feeder of the contract there, where it is known."""

    places: tuple[Place, ...] = ()
    feeders: tuple[str, ...] = ()


async def places_of(connection: AsyncConnection, heard: Heard, talk: Talk, now: datetime) -> Candidates:
    """Return where it may be: one place, several to choose from, or none, and then we must ask."""
    if heard.location is not None:
        commune = await commune_at(connection, *heard.location)
        return Candidates((commune,) if commune else ())
    if heard.places:
        return Candidates(_distinct(await stored_places(connection, heard.places))[:_MOST_PLACES])
    before = talk.place or await followed_place(connection, heard.conversation_id, now - _RECENTLY)
    if before is not None:
        return Candidates(await stored_places(connection, [before]))
    return await _of_contracts(connection, await _own_contracts(connection, heard, now), talk)


async def found_place(connection: AsyncConnection, place_id: str) -> Place | None:
    found = await stored_places(connection, [place_id])
    return found[0] if found else None


def _distinct(places: Iterable[Place]) -> tuple[Place, ...]:
    """Drop a commune named together with a place in it: "douar Lahmadat, Bni Hilal" is one place."""
    places = tuple(places)
    inside = {place.commune_id for place in places if place.id != place.commune_id}
    return tuple(place for place in places if place.id not in inside)


async def _of_contracts(connection: AsyncConnection, contracts: Sequence[Contract], talk: Talk) -> Candidates:
    own = [each for each in contracts if each.service == talk.service and each.status == "active"]
    communes = await stored_places(connection, {contract.commune_id for contract in own}) if own else ()
    if len(communes) != 1:
        return Candidates(communes[:_MOST_PLACES])
    known = await feeders_of(connection, [contract.id for contract in own])
    # Two houses on two feeders: which one is dark, nobody has said.
    feeders = set(known.values()) if len(known) == len(own) else set()
    return Candidates(communes, tuple(feeders) if len(feeders) == 1 else ())


async def _own_contracts(connection: AsyncConnection, heard: Heard, now: datetime) -> list[Contract]:
    """The contracts of the telephone that the channel proves, and the one this customer proved to be his."""
    own = [] if heard.attested_phone is None else await contracts_of_phone(connection, heard.attested_phone)
    if heard.state.contract is not None:
        contract_id = UUID(heard.state.contract)
        if await is_verified(connection, heard.identity_id, contract_id, now=now):
            verified = await contract_by_id(connection, contract_id)
            own += [verified] if verified is not None and verified not in own else []
    return own
