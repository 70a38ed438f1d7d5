"""What an account of the WhatsApp channel needs to know: one telephone number of the Cloud API."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr

Secret = Annotated[SecretStr, Field(min_length=1)]


class WhatsAppSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phone_number_id: str = Field(pattern=r"^\d+$")  # not the telephone number: Meta's id of it
    token: Secret  # system user token with whatsapp_business_messaging
    app_secret: Secret  # signs the webhooks
    verify_token: Secret  # chosen by us, told to Meta when the webhook is subscribed
    business_account_id: str | None = Field(default=None, pattern=r"^\d+$")
    graph_url: HttpUrl = HttpUrl("https://graph.facebook.com")
    graph_version: str = Field(default="v23.0", pattern=r"^v\d+\.\d+$")
    timeout: timedelta = timedelta(seconds=20)  # a whole call; connecting may take a quarter of it
