"""What surrounds a reply: taking it back, what it starts from, drafts, and replies for later."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import canned, drafts, messages, scheduled
from ticketing.web.requests import Nothing
from ticketing.web.routes.route import Route
from ticketing.web.schemas import messages as threads
from ticketing.web.schemas import replies as schemas

WRITER: Final = "ticket:reply"

ROUTES: Final = (
    Route("POST", "/messages/{id}/undo", messages.undo, WRITER, body=Nothing, answer=threads.Undone),
    Route("GET", "/canned", canned.list_answers, WRITER, query=canned.CannedQuery, answer=schemas.CannedPage),
    Route(
        "POST", "/canned", canned.create, WRITER, body=canned.CannedBody, answer=schemas.Canned, status=201
    ),
    Route("GET", "/canned/variables", canned.list_variables, WRITER, answer=schemas.Variables),
    Route("PATCH", "/canned/{id}", canned.change, WRITER, body=canned.CannedChange, answer=schemas.Canned),
    Route("DELETE", "/canned/{id}", canned.delete, WRITER, status=204),
    Route(
        "POST",
        "/tickets/{id}/canned/{canned_id}",
        canned.fill,
        WRITER,
        body=canned.FillBody,
        answer=schemas.FilledAnswer,
    ),
    Route("GET", "/drafts", drafts.list_drafts, WRITER, answer=schemas.Drafts),
    Route("PUT", "/tickets/{id}/draft", drafts.put, WRITER, body=drafts.DraftBody, answer=schemas.DraftPut),
    Route("DELETE", "/tickets/{id}/draft", drafts.delete, WRITER, status=204),
    Route("GET", "/composer", drafts.read_composer, WRITER, answer=schemas.Composer),
    Route("PUT", "/composer", drafts.set_composer, WRITER, body=drafts.ComposerBody, answer=schemas.Composer),
    Route(
        "GET",
        "/tickets/{id}/scheduled",
        scheduled.list_scheduled,
        "ticket:read",
        answer=schemas.ScheduledList,
    ),
    Route(
        "POST",
        "/tickets/{id}/scheduled",
        scheduled.schedule,
        WRITER,
        body=scheduled.ScheduleBody,
        answer=schemas.Scheduled,
        status=201,
    ),
    Route(
        "PATCH",
        "/scheduled/{id}",
        scheduled.reschedule,
        WRITER,
        body=scheduled.RescheduleBody,
        answer=schemas.Scheduled,
    ),
    Route("POST", "/scheduled/{id}/send", scheduled.send_now, WRITER, body=Nothing, answer=threads.Messages),
    Route("DELETE", "/scheduled/{id}", scheduled.cancel, WRITER, answer=schemas.Unscheduled),
)
