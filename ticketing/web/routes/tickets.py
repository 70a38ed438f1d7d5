"""Tickets, their threads, and whom they are given to."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import actions, attachments, directory, editing, messages, suggestions, tickets
from ticketing.web.requests import Nothing
from ticketing.web.routes.route import File, Route
from ticketing.web.schemas import messages as threads
from ticketing.web.schemas import operations
from ticketing.web.schemas import ticket_settings as settings
from ticketing.web.schemas import tickets as schemas

ROUTES: Final = (
    Route(
        "GET",
        "/tickets",
        tickets.list_tickets,
        "ticket:read",
        query=tickets.ListQuery,
        answer=schemas.TicketPage,
    ),
    Route("GET", "/tickets/{id}", tickets.ticket_detail, "ticket:read", answer=schemas.TicketDetail),
    Route(
        "PATCH",
        "/tickets/{id}",
        editing.change,
        "ticket:reply",
        body=editing.ChangeBody,
        answer=schemas.Ticket,
    ),
    Route(
        "GET",
        "/tickets/{id}/timeline",
        tickets.timeline,
        "ticket:read",
        query=tickets.TimelineQuery,
        answer=threads.Timeline,
    ),
    Route(
        "POST", "/tickets/{id}/read", actions.mark_read, "ticket:read", body=Nothing, answer=schemas.Ticket
    ),
    Route(
        "POST",
        "/tickets/{id}/claim",
        actions.claim,
        "ticket:claim",
        body=actions.Versioned,
        answer=schemas.Ticket,
    ),
    Route(
        "POST",
        "/tickets/{id}/take_over",
        actions.take_over,
        "ticket:claim",
        body=Nothing,
        answer=schemas.Ticket,
    ),
    Route(
        "POST",
        "/tickets/{id}/release",
        actions.release,
        "ticket:claim",
        body=actions.Versioned,
        answer=schemas.Ticket,
    ),
    Route(
        "POST",
        "/tickets/{id}/assign",
        actions.assign,
        "ticket:assign",
        body=actions.Assignment,
        answer=schemas.Ticket,
    ),
    Route(
        "POST",
        "/tickets/{id}/solve",
        editing.solve,
        "ticket:close",
        body=editing.SolveBody,
        answer=schemas.Ticket,
    ),
    Route(
        "POST",
        "/tickets/{id}/close",
        editing.close,
        "ticket:close",
        body=editing.CloseBody,
        answer=schemas.Ticket,
    ),
    Route(
        "POST",
        "/tickets/{id}/conversations",
        editing.start,
        "ticket:reply",
        body=editing.StartBody,
        answer=settings.Started,
        status=201,
    ),
    Route(
        "POST",
        "/tickets/{id}/reopen",
        editing.reopen,
        "ticket:close",
        body=actions.Versioned,
        answer=schemas.Ticket,
    ),
    Route(
        "POST",
        "/tickets/{id}/reply",
        messages.reply,
        "ticket:reply",
        body=messages.ReplyBody,
        answer=threads.Messages,
        status=201,
    ),
    Route(
        "POST",
        "/tickets/{id}/note",
        messages.note,
        "ticket:reply",
        body=messages.NoteBody,
        answer=threads.Messages,
        status=201,
    ),
    Route(
        "GET",
        "/tickets/{id}/suggestions",
        suggestions.suggestions,
        "ticket:reply",
        answer=threads.Suggestions,
    ),
    Route(
        "POST",
        "/tickets/{id}/suggestions/used",
        suggestions.used,
        "ticket:reply",
        body=suggestions.Used,
        status=204,
    ),
    Route(
        "POST",
        "/messages/{id}/retry",
        messages.retry,
        "ticket:reply",
        body=Nothing,
        answer=threads.OneMessage,
    ),
    Route(
        "POST",
        "/messages/{id}/cancel",
        messages.cancel,
        "ticket:reply",
        body=Nothing,
        answer=threads.OneMessage,
    ),
    Route(
        "POST",
        "/uploads",
        attachments.upload,
        "ticket:reply",
        body=File(field="file"),
        answer=threads.Attachment,
        status=201,
    ),
    Route("GET", "/attachments/{id}", attachments.download, "ticket:read", answer=File()),
    Route("GET", "/agents", directory.agents, "ticket:read", answer=operations.AgentList),
    Route("GET", "/teams", directory.teams, "ticket:read", answer=operations.TeamList),
)
