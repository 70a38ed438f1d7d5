"""What the sandbox plays, and how fast."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr


class Suggestion(BaseModel):
    """A customer the page offers to play with one click."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(pattern=r"^\+\d{8,15}$")
    name: str
    note: str = ""


class SandboxSettings(BaseModel):
    """The defaults are a demonstration's; tests shorten the delays. None turns a thing off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhook_url: HttpUrl | None = None  # unknown until the application listens: see Sandbox.connect
    phone_number_id: str = "106540352242922"
    business_account_id: str = "102290129340398"
    display_phone_number: str = "+212 522 000 000"
    verified_name: str = "SRM Casablanca-Settat"
    token: SecretStr = SecretStr("sandbox-token")
    app_secret: SecretStr = SecretStr("sandbox-app-secret")

    sent_after: timedelta | None = timedelta(milliseconds=150)
    delivered_after: timedelta | None = timedelta(milliseconds=450)
    read_after: timedelta | None = None  # None: read when a person looks at the phone
    window: timedelta | None = timedelta(hours=24)  # how long free-form answers are allowed

    webhook_timeout: timedelta = timedelta(seconds=20)
    webhook_concurrency: int = Field(default=16, gt=0)
    retry_first: timedelta = timedelta(milliseconds=500)  # doubles up to the longest, for ever
    retry_longest: timedelta = timedelta(seconds=30)

    strict_templates: bool = False  # refuse templates that the sandbox does not know
    suggestions: tuple[Suggestion, ...] = ()
