"""The customer beside a ticket: contracts, what happens where he lives, consents, notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints
from sqlalchemy import Row

from bot.contract import Language
from knowledge_base.billing.bills import Bill
from knowledge_base.billing.source import TableSource
from knowledge_base.outages.coverage import Covered
from knowledge_base.time_zones import pinned_zone
from ticketing.customer import consents, notes, places
from ticketing.customer.contact import check_contact
from ticketing.customer.contracts import Owned, Portfolio
from ticketing.desk import utc_now
from ticketing.errors import Invalid, NotFound
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body

MASK: Final = "•••"


class LinkBody(Body):
    reference: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ConsentBody(Body):
    """`channel` null: on all of them. `source`: how the customer told us."""

    purpose: consents.Purpose
    channel: Annotated[Words, Field(min_length=1, max_length=40)] | None
    state: consents.State
    source: consents.Source


class NoteBody(Body):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=notes.LONGEST)]


async def contracts(request: web.Request) -> web.StreamResponse:
    """The customer's contracts with their last bill, as far as the billing system answers in time."""
    context, contact_id = request.app[CONTEXT], await _contact(request)
    owned, complete = await _portfolio(context).of(contact_id)
    now = utc_now()
    return json_response(
        {
            "contracts": [_contract(one, now) for one in owned],
            "by_phone": "ok" if complete else "unavailable",
        }
    )


async def link(request: web.Request) -> web.StreamResponse:
    """Keep that a contract is this customer's. It proves nothing: no amount is told by it."""
    contact_id = _contact_id(request)
    body = await read_body(request, LinkBody)
    portfolio = _portfolio(request.app[CONTEXT])
    await portfolio.link(contact_id, body.reference, body.reason, request[SESSION].agent_id)
    return web.Response(status=204)


async def unlink(request: web.Request) -> web.StreamResponse:
    """Take a linked contract away again."""
    try:
        contract_id = UUID(request.match_info["contract_id"])
    except ValueError as error:
        raise NotFound("contract_not_linked", "This contract was not linked to the contact.") from error
    portfolio = _portfolio(request.app[CONTEXT])
    await portfolio.unlink(_contact_id(request), contract_id, request[SESSION].agent_id)
    return web.Response(status=204)


async def what_happens(request: web.Request) -> web.StreamResponse:
    """Open outages where the customer lives, and the next stop of a mobile agency there."""
    context, contact_id = request.app[CONTEXT], await _contact(request)
    now, company = utc_now(), pinned_zone(context.settings.time_zone)
    async with context.reading() as connection:
        zones = await places.zones_of(connection, contact_id, _attesting(context), now, company)
    return json_response({"zones": [_zone(zone, now, company) for zone in zones]})


async def read_consents(request: web.Request) -> web.StreamResponse:
    """What the customer agreed to hear from us, and what not."""
    return await _consents(request.app[CONTEXT], await _contact(request))


async def save_consent(request: web.Request) -> web.StreamResponse:
    """Keep what the customer said about a purpose, on a channel or on all."""
    context, contact_id = request.app[CONTEXT], _contact_id(request)
    body = await read_body(request, ConsentBody)
    channels = {account.channel for account in context.dependencies.accounts.values()}
    if body.channel is not None and body.channel not in channels:
        problem = "There is no such channel."
        raise Invalid("channel_unknown", problem, {"channel": problem})
    said = consents.Consent(body.purpose, body.channel, body.state, body.source)
    await consents.save_consent(context.desk, contact_id, said, request[SESSION].agent_id)
    return await _consents(context, contact_id)


async def list_notes(request: web.Request) -> web.StreamResponse:
    """What colleagues should know of the customer, newest first."""
    contact_id = await _contact(request)
    async with request.app[CONTEXT].reading() as connection:
        rows = await notes.notes_of(connection, contact_id)
    return json_response({"notes": [_note(row) for row in rows]})


async def add_note(request: web.Request) -> web.StreamResponse:
    """Write a note about the customer, seen on each of his tickets."""
    context, contact_id = request.app[CONTEXT], _contact_id(request)
    body = await read_body(request, NoteBody)
    note_id = await notes.Notes(context.desk, request[SESSION].agent_id).add(contact_id, body.text)
    return await _one_note(context, note_id, 201)


async def change_note(request: web.Request) -> web.StreamResponse:
    """Change a note of one's own."""
    context, note_id = request.app[CONTEXT], path_id(request, "note_unknown", "note")
    body = await read_body(request, NoteBody)
    await notes.Notes(context.desk, request[SESSION].agent_id).change(note_id, body.text)
    return await _one_note(context, note_id)


async def delete_note(request: web.Request) -> web.StreamResponse:
    """Delete a note of one's own, or anybody's for those who moderate."""
    session = request[SESSION]
    note_id = path_id(request, "note_unknown", "note")
    moderating = notes.MODERATE in session.permissions
    own = notes.Notes(request.app[CONTEXT].desk, session.agent_id)
    await own.delete(note_id, moderating=moderating)
    return web.Response(status=204)


def _contact_id(request: web.Request) -> UUID:
    return path_id(request, "contact_unknown", "contact")


async def _contact(request: web.Request) -> UUID:
    """The contact of the path, which is there."""
    contact_id = _contact_id(request)
    async with request.app[CONTEXT].reading() as connection:
        await check_contact(connection, contact_id)
    return contact_id


def _attesting(context: Context) -> set[str]:
    """Channels whose provider proves that the sender holds the telephone."""
    accounts = context.dependencies.accounts.values()
    return {account.channel for account in accounts if account.capabilities.attests_phone}


def _portfolio(context: Context) -> Portfolio:
    billing = context.dependencies.billing or TableSource(context.desk.engine.begin)
    return Portfolio(context.desk, billing, _attesting(context))


def _contract(owned: Owned, now: datetime) -> render.Json:
    contract, is_verified = owned.contract, owned.is_verified(now)
    return {
        "id": str(contract.id),
        "reference": contract.reference,
        "service": contract.service,
        "holder": contract.holder_name if is_verified else _masked(contract.holder_name),
        "commune": owned.commune,
        "zone": contract.zone,
        "status": contract.status,
        "verification": _verification(owned, now),
        "link": _link(owned.link),
        "billing": _billing(owned),
    }


def _masked(name: str) -> str:
    return " ".join(f"{part[0]}{MASK}" for part in name.split())


def _verification(owned: Owned, now: datetime) -> render.Json | None:
    if owned.is_attested:
        return {"how": "attested", "at": None, "until": None, "valid": True}
    if owned.verified is None:
        return None
    return {
        "how": owned.verified.method,
        "at": render.time(owned.verified.verified_at),
        "until": render.time(owned.verified.expires_at),
        "valid": owned.is_verified(now),
    }


def _link(row: Row[Any] | None) -> render.Json | None:
    return None if row is None else {"agent": _agent(row), "at": render.time(row.at), "reason": row.reason}


def _agent(row: Row[Any]) -> render.Json | None:
    return None if row.agent_id is None else {"id": str(row.agent_id), "name": row.agent_name}


def _billing(owned: Owned) -> render.Json:
    if owned.billing is None:
        return {"state": "unavailable", "last_bill": None, "balance": None}
    balance = owned.billing.balance
    return {
        "state": "ok",
        "last_bill": _bill(owned.billing.last_bill),
        "balance": {
            "amount_centimes": balance.amount_centimes,
            "unpaid_bills": balance.unpaid_bills,
            "due_on": None if balance.due_on is None else balance.due_on.isoformat(),
        },
    }


def _bill(bill: Bill | None) -> render.Json | None:
    if bill is None:
        return None
    return {
        "period": bill.period.isoformat(),
        "amount_centimes": bill.amount_centimes,
        "due_on": bill.due_on.isoformat(),
        "is_paid": bill.is_paid,
        "paid_at": render.time(bill.paid_at),
    }


def _zone(zone: places.Zone, now: datetime, company: tzinfo) -> render.Json:
    return {
        "commune_id": zone.place.commune_id,
        "names": {"ar": zone.place.name_ar, "fr": zone.place.name_fr},
        "source": zone.source,
        "outages": [_outage(zone, covered, now, company) for covered in zone.outages],
        "next_stop": _stop(zone, now, company),
    }


def _outage(zone: places.Zone, covered: Covered, now: datetime, company: tzinfo) -> render.Json:
    outage = covered.outage
    return {
        "id": str(outage.id),
        "service": outage.service,
        "is_planned": outage.is_planned,
        "phase": outage.phase(now),
        "surely": covered.surely,
        "names": places.names_of(zone, covered),
        "starts_at": render.time(outage.starts_at),
        "estimated_at": render.time(outage.estimated_at),
        "sentences": {
            language.value: places.outage_sentence(zone, covered, language, now, company)
            for language in Language
        },
    }


def _stop(zone: places.Zone, now: datetime, company: tzinfo) -> render.Json | None:
    stop = zone.next_stop
    if stop is None:
        return None
    return {
        "names": {"ar": stop.place.name_ar, "fr": stop.place.name_fr},
        "starts_at": render.time(stop.starts_at),
        "ends_at": render.time(stop.ends_at),
        "van": stop.van.code,
        "moved": places.is_moved(stop),
        "sentences": {
            language.value: places.stop_sentence(stop, language, now, company) for language in Language
        },
    }


async def _consents(context: Context, contact_id: UUID) -> web.Response:
    async with context.reading() as connection:
        rows = await consents.consents_of(connection, contact_id)
    return json_response({"consents": _with_unsaid(rows)})


def _with_unsaid(rows: Sequence[Row[Any]]) -> list[render.Json]:
    """Each purpose begins with the word for all channels, whether there is one or not."""
    told = []
    for purpose in consents.PURPOSES:
        said = [row for row in rows if row.purpose == purpose]
        if all(row.channel is not None for row in said):
            told.append({"purpose": purpose} | dict.fromkeys(("channel", "state", "source", "at", "agent")))
        told += [
            {
                "purpose": purpose,
                "channel": row.channel,
                "state": row.state,
                "source": row.source,
                "at": render.time(row.at),
                "agent": _agent(row),
            }
            for row in said
        ]
    return told


async def _one_note(context: Context, note_id: UUID, status: int = 200) -> web.Response:
    async with context.reading() as connection:
        return json_response(_note(await notes.note_by_id(connection, note_id)), status)


def _note(row: Row[Any]) -> render.Json:
    return {
        "id": str(row.id),
        "text": row.text,
        "agent": _agent(row),
        "created_at": render.time(row.created_at),
        "changed_at": render.time(row.changed_at),
    }
