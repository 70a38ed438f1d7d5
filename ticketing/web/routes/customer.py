"""What is known of a customer beside his tickets."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import customer
from ticketing.web.routes.route import Route
from ticketing.web.schemas import customer as schemas

ROUTES: Final = (
    Route(
        "GET",
        "/contacts/{id}/contracts",
        customer.contracts,
        "contract:read",
        answer=schemas.CustomerContracts,
    ),
    Route(
        "POST",
        "/contacts/{id}/contracts",
        customer.link,
        "contract:write",
        body=customer.LinkBody,
        status=204,
    ),
    Route("DELETE", "/contacts/{id}/contracts/{contract_id}", customer.unlink, "contract:write", status=204),
    Route(
        "GET", "/contacts/{id}/places", customer.what_happens, "ticket:read", answer=schemas.CustomerPlaces
    ),
    Route(
        "GET",
        "/contacts/{id}/consents",
        customer.read_consents,
        "ticket:reply",
        answer=schemas.ContactConsents,
    ),
    Route(
        "PUT",
        "/contacts/{id}/consents",
        customer.save_consent,
        "ticket:reply",
        body=customer.ConsentBody,
        answer=schemas.ContactConsents,
    ),
    Route("GET", "/contacts/{id}/notes", customer.list_notes, "ticket:read", answer=schemas.ContactNotes),
    Route(
        "POST",
        "/contacts/{id}/notes",
        customer.add_note,
        "ticket:reply",
        body=customer.NoteBody,
        answer=schemas.ContactNote,
        status=201,
    ),
    Route(
        "PATCH",
        "/contact_notes/{id}",
        customer.change_note,
        "ticket:reply",
        body=customer.NoteBody,
        answer=schemas.ContactNote,
    ),
    Route("DELETE", "/contact_notes/{id}", customer.delete_note, "ticket:reply", status=204),
)
