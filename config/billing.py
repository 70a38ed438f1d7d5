"""Where bills come from: our own tables, or the billing system that WASL_BILLING_URL names."""

from __future__ import annotations

from aiohttp import ClientSession
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.accounts import read_yaml
from config.settings import Settings, SettingsError
from knowledge_base.billing.http_source import HttpBillingSettings, HttpBillingSource
from knowledge_base.billing.source import BillingSource, TableSource


def billing_source(settings: Settings, engine: AsyncEngine, http: ClientSession) -> BillingSource:
    """SettingsError in one sentence when the billing system cannot be asked as described."""
    if settings.billing_url is None:
        return TableSource(engine.begin)
    document = {**read_yaml(settings.billing_file), "base_url": settings.billing_url}
    try:
        described = HttpBillingSettings.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        where = "WASL_BILLING_URL" if place == "base_url" else f"{settings.billing_file}: {place}"
        raise SettingsError(f"{where}: {first['msg']}.") from error
    token = settings.billing_token.get_secret_value() if settings.billing_token else None
    return HttpBillingSource(http, engine.begin, described, token)
