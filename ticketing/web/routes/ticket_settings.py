"""What an organisation makes of its tickets: statuses, tags, fields and categories."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import categories, editing
from ticketing.web.api import ticket_settings as api
from ticketing.web.routes.route import Route
from ticketing.web.schemas import ticket_settings as schemas
from ticketing.web.schemas import tickets

SETTINGS: Final = api.SETTINGS
CATEGORIES: Final = categories.WRITE

ROUTES: Final = (
    Route("GET", "/ticket_statuses", api.statuses, "ticket:read", answer=schemas.StatusList),
    Route(
        "POST",
        "/ticket_statuses",
        api.add_status,
        SETTINGS,
        body=api.StatusBody,
        answer=schemas.Status,
        status=201,
    ),
    Route(
        "PATCH",
        "/ticket_statuses/{key}",
        api.change_status,
        SETTINGS,
        body=api.StatusChangeBody,
        answer=schemas.Status,
    ),
    Route("DELETE", "/ticket_statuses/{key}", api.remove_status, SETTINGS, answer=schemas.Removed),
    Route("GET", "/tags", api.list_tags, "ticket:read", answer=schemas.TagList),
    Route("POST", "/tags", api.add_tag, "ticket:reply", body=api.TagBody, answer=schemas.Tag, status=201),
    Route("PATCH", "/tags/{name}", api.rename_tag, SETTINGS, body=api.TagBody, answer=schemas.Tag),
    Route("POST", "/tags/{name}/merge", api.merge_tags, SETTINGS, body=api.MergeBody, answer=schemas.Tag),
    Route("DELETE", "/tags/{name}", api.remove_tag, SETTINGS, status=204),
    Route("GET", "/fields", api.list_fields, "ticket:read", answer=schemas.FieldList),
    Route(
        "POST", "/fields", api.create_field, SETTINGS, body=api.FieldBody, answer=schemas.Field, status=201
    ),
    Route("PATCH", "/fields/{key}", api.edit_field, SETTINGS, body=api.FieldChangeBody, answer=schemas.Field),
    Route("DELETE", "/fields/{key}", api.delete_field, SETTINGS, answer=schemas.Removed),
    Route("GET", "/categories", categories.categories, "ticket:read", answer=tickets.CategoryList),
    Route(
        "POST",
        "/categories",
        categories.add_category,
        CATEGORIES,
        body=categories.CategoryBody,
        answer=tickets.Category,
        status=201,
    ),
    Route(
        "PATCH",
        "/categories/{code}",
        categories.change_category,
        CATEGORIES,
        body=categories.CategoryChangeBody,
        answer=tickets.Category,
    ),
    Route(
        "POST",
        "/category_groups",
        categories.add_group,
        CATEGORIES,
        body=categories.GroupBody,
        answer=tickets.CategoryGroup,
        status=201,
    ),
    Route(
        "PATCH",
        "/category_groups/{key}",
        categories.change_group,
        CATEGORIES,
        body=categories.GroupChangeBody,
        answer=tickets.CategoryGroup,
    ),
    Route("DELETE", "/category_groups/{key}", categories.remove_group, CATEGORIES, status=204),
    Route(
        "PATCH",
        "/contacts/{id}",
        editing.contact,
        "ticket:reply",
        body=editing.ContactBody,
        answer=schemas.ContactKept,
    ),
)
