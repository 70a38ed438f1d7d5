"""Tickets, their threads, and whom they are given to."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import actions, attachments, categories, directory, messages, suggestions, tickets
from ticketing.web.routes.route import Route

ROUTES: Final = (
    Route("GET", "/views", tickets.views, "ticket:read"),
    Route("GET", "/tickets", tickets.list_tickets, "ticket:read"),
    Route("GET", "/tickets/{id}", tickets.ticket_detail, "ticket:read"),
    Route("PATCH", "/tickets/{id}", categories.categorise, "ticket:reply"),
    Route("GET", "/categories", categories.categories, "ticket:read"),
    Route("GET", "/tickets/{id}/timeline", tickets.timeline, "ticket:read"),
    Route("POST", "/tickets/{id}/read", actions.mark_read, "ticket:read"),
    Route("POST", "/tickets/{id}/claim", actions.claim, "ticket:claim"),
    Route("POST", "/tickets/{id}/take_over", actions.take_over, "ticket:claim"),
    Route("POST", "/tickets/{id}/release", actions.release, "ticket:claim"),
    Route("POST", "/tickets/{id}/assign", actions.assign, "ticket:assign"),
    Route("POST", "/tickets/{id}/close", actions.close, "ticket:close"),
    Route("POST", "/tickets/{id}/reopen", actions.reopen, "ticket:close"),
    Route("POST", "/tickets/{id}/reply", messages.reply, "ticket:reply"),
    Route("POST", "/tickets/{id}/note", messages.note, "ticket:reply"),
    Route("GET", "/tickets/{id}/suggestions", suggestions.suggestions, "ticket:reply"),
    Route("POST", "/tickets/{id}/suggestions/used", suggestions.used, "ticket:reply"),
    Route("POST", "/messages/{id}/retry", messages.retry, "ticket:reply"),
    Route("POST", "/messages/{id}/cancel", messages.cancel, "ticket:reply"),
    Route("POST", "/uploads", attachments.upload, "ticket:reply"),
    Route("GET", "/attachments/{id}", attachments.download, "ticket:read"),
    Route("GET", "/agents", directory.agents, "ticket:read"),
    Route("GET", "/teams", directory.teams, "ticket:read"),
)
