"""Agencies, mobile stops, payment points, and their files."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import network, network_files, network_records, places
from ticketing.web.routes.route import Route

ROUTES: Final = (
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
)
