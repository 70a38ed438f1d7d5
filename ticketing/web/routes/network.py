"""Agencies, mobile stops, payment points, and their files."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import network, network_files, network_records, places
from ticketing.web.routes.route import File, Route
from ticketing.web.schemas import network as schemas

CSV: Final = File("text/csv")

ROUTES: Final = (
    Route("GET", "/places", places.places, "network:read", answer=schemas.Places),
    Route(
        "GET", "/network/stops", network.week, "network:read", query=network.WeekQuery, answer=schemas.Week
    ),
    Route(
        "POST",
        "/network/changes",
        network.change,
        "network:write",
        body=network.Change,
        answer=schemas.Changed,
        status=201,
    ),
    Route("DELETE", "/network/changes/{id}", network.restore, "network:write", answer=schemas.Changed),
    Route("GET", "/network/agencies", network_records.list_agencies, "network:read", answer=schemas.Agencies),
    Route(
        "POST",
        "/network/agencies",
        network_records.add_agency,
        "network:write",
        body=network_records.NewAgency,
        answer=schemas.Agency,
        status=201,
    ),
    Route(
        "PATCH",
        "/network/agencies/{id}",
        network_records.change_agency,
        "network:write",
        body=network_records.AgencyFields,
        answer=schemas.Agency,
    ),
    Route(
        "POST",
        "/network/special_days",
        network_records.add_special_days,
        "network:write",
        body=network_records.SpecialDays,
        answer=schemas.SpecialDaysAnswer,
        status=201,
    ),
    Route(
        "DELETE",
        "/network/special_days/{id}",
        network_records.remove_special_days,
        "network:write",
        status=204,
    ),
    Route(
        "GET",
        "/network/payment_points",
        network_records.list_points,
        "network:read",
        query=network_records.PointsQuery,
        answer=schemas.PaymentPointPage,
    ),
    Route(
        "POST",
        "/network/payment_points",
        network_records.add_point,
        "network:write",
        body=network_records.NewPoint,
        answer=schemas.PaymentPoint,
        status=201,
    ),
    Route(
        "PATCH",
        "/network/payment_points/{id}",
        network_records.change_point,
        "network:write",
        body=network_records.PointFields,
        answer=schemas.PaymentPoint,
    ),
    Route(
        "DELETE", "/network/payment_points/{id}", network_records.remove_point, "network:write", status=204
    ),
    Route("GET", "/network/files/{file}", network_files.download, "network:read", answer=CSV),
    Route(
        "POST",
        "/network/files/{file}",
        network_files.upload,
        "network:write",
        body=CSV,
        query=network_files.ImportQuery,
        answer=schemas.FileVerdict,
    ),
)
