"""Contacts and what they are known by."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import contacts
from ticketing.web.requests import Nothing
from ticketing.web.routes.route import Route
from ticketing.web.schemas import contacts as schemas

ROUTES: Final = (
    Route(
        "GET",
        "/contacts",
        contacts.list_contacts,
        "ticket:read",
        query=contacts.ContactsQuery,
        answer=schemas.ContactPage,
    ),
    Route("GET", "/contacts/{id}", contacts.read_contact, "ticket:read", answer=schemas.ContactDetail),
    Route("GET", "/contacts/{id}/duplicates", contacts.duplicates, "ticket:read", answer=schemas.Duplicates),
    Route(
        "POST",
        "/contacts/{id}/distinct",
        contacts.distinct,
        "contact:merge",
        body=contacts.DistinctBody,
        status=204,
    ),
    Route(
        "POST",
        "/contacts/{id}/merge",
        contacts.merge,
        "contact:merge",
        body=contacts.MergeContactsBody,
        answer=schemas.ContactsMerged,
    ),
    Route(
        "POST",
        "/contact_merges/{id}/undo",
        contacts.undo,
        "contact:merge",
        body=Nothing,
        answer=schemas.ContactDetail,
    ),
)
