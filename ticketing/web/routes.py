"""Every address of the desk below /api: its method, path and handler, and what an agent needs to use it."""

from __future__ import annotations

from typing import Final, NamedTuple

from ticketing.web.api import (
    actions,
    articles,
    attachments,
    categories,
    channels,
    directory,
    failed_events,
    learning,
    messages,
    network,
    network_files,
    network_records,
    outages,
    places,
    session,
    suggestions,
    tickets,
)
from ticketing.web.auth.guard import PUBLIC, SIGNED_IN
from ticketing.web.errors import Handler
from ticketing.web.live import live


class Route(NamedTuple):
    method: str
    path: str
    handler: Handler
    needs: str


ROUTES: Final = (
    Route("POST", "/session", session.sign_in, PUBLIC),
    Route("GET", "/session", session.who, SIGNED_IN),
    Route("PATCH", "/session", session.set_preferences, SIGNED_IN),
    Route("DELETE", "/session", session.sign_out, SIGNED_IN),
    Route("GET", "/live", live, SIGNED_IN),
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
    Route("GET", "/learning/report", learning.learning_report, "learning:read"),
    Route("GET", "/learning/groups", learning.groups, "learning:read"),
    Route("POST", "/learning/groups/dismiss", learning.dismiss, "learning:write"),
    Route("POST", "/learning/groups/article", learning.make_article, "learning:write"),
    Route("POST", "/learning/groups/example", learning.make_examples, "learning:write"),
    Route("GET", "/learning/examples", learning.examples, "learning:read"),
    Route("DELETE", "/learning/examples/{id}", learning.delete_example, "learning:write"),
    Route("GET", "/learning/intents", learning.intents, "learning:read"),
    Route("GET", "/channels", channels.channels, "channel:read"),
    Route("POST", "/channels/{account}/resume", channels.resume, "channel:write"),
    Route("GET", "/failed_events", failed_events.failed_events, "failed_event:read"),
    Route("POST", "/failed_events/{id}/replay", failed_events.replay, "failed_event:write"),
    Route("GET", "/articles", articles.list_articles, "article:read"),
    Route("POST", "/articles", articles.create_article, "article:write"),
    Route("GET", "/articles/search", articles.search_articles, "article:read"),
    Route("POST", "/articles/preview", articles.preview, "article:write"),
    Route("GET", "/articles/{id}", articles.read_article, "article:read"),
    Route("PATCH", "/articles/{id}", articles.change_article, "article:write"),
    Route("PATCH", "/articles/{id}/translations/{language}", articles.save_translation, "article:write"),
    Route("POST", "/articles/{id}/translations/{language}/status", articles.set_status, "article:write"),
    Route("POST", "/articles/{id}/translations/{language}/restore", articles.restore, "article:write"),
    Route("GET", "/articles/{id}/translations/{language}/versions", articles.list_versions, "article:read"),
    Route(
        "GET",
        "/articles/{id}/translations/{language}/versions/{version}",
        articles.read_version,
        "article:read",
    ),
    Route("GET", "/places", places.places, "network:read"),
    Route("GET", "/network/stops", network.week, "network:read"),
    Route("POST", "/network/changes", network.change, "network:write"),
    Route("DELETE", "/network/changes/{id}", network.restore, "network:write"),
    Route("GET", "/network/agencies", network_records.list_agencies, "network:read"),
    Route("POST", "/network/agencies", network_records.add_agency, "network:write"),
    Route("PATCH", "/network/agencies/{id}", network_records.change_agency, "network:write"),
    Route("POST", "/network/special_days", network_records.add_special_days, "network:write"),
    Route("DELETE", "/network/special_days/{id}", network_records.remove_special_days, "network:write"),
    Route("GET", "/network/payment_points", network_records.list_points, "network:read"),
    Route("POST", "/network/payment_points", network_records.add_point, "network:write"),
    Route("PATCH", "/network/payment_points/{id}", network_records.change_point, "network:write"),
    Route("DELETE", "/network/payment_points/{id}", network_records.remove_point, "network:write"),
    Route("GET", "/network/files/{file}", network_files.download, "network:read"),
    Route("POST", "/network/files/{file}", network_files.upload, "network:write"),
    Route("GET", "/outages", outages.list_outages, "outage:read"),
    Route("POST", "/outages", outages.create, "outage:write"),
    Route("GET", "/outages/{id}", outages.outage_detail, "outage:read"),
    Route("PATCH", "/outages/{id}", outages.describe, "outage:write"),
    Route("POST", "/outages/{id}/estimate", outages.revise, "outage:write"),
    Route("POST", "/outages/{id}/areas", outages.add_areas, "outage:write"),
    Route("POST", "/outages/{id}/restore", outages.restore, "outage:write"),
    Route("POST", "/outages/{id}/cancel", outages.cancel, "outage:write"),
    Route("POST", "/outages/{id}/merge", outages.merge, "outage:write"),
)
