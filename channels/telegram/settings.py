"""What an account of the Telegram channel needs to know: one bot."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    model_validator,
)

Groups = Literal["addressed", "all", "none"]


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


def _is_token(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", secret.get_secret_value()):
        raise ValueError("a token is the number of the bot, a colon and its secret")
    return secret


class TelegramSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    # As BotFather gives it: the bot's id, a colon, and the secret.
    token: Annotated[SecretStr, AfterValidator(_is_token)]
    mode: Literal["webhook", "polling"] = "polling"
    # Chosen by us; Telegram shows it with every webhook.
    webhook_secret: Annotated[SecretStr | None, BeforeValidator(_blank_is_none)] = None
    # Told to Telegram whenever the account starts. None: whoever runs the bot does that.
    webhook_url: Annotated[HttpUrl | None, BeforeValidator(_blank_is_none)] = None
    groups: Groups = "addressed"  # which words spoken in a group are meant for us
    base_url: HttpUrl = HttpUrl("https://api.telegram.org")
    timeout: timedelta = timedelta(seconds=20)  # a whole call; connecting may take a quarter of it
    poll_timeout: timedelta = Field(
        default=timedelta(seconds=30), ge=timedelta(seconds=1), le=timedelta(seconds=50)
    )

    @model_validator(mode="after")
    def _webhooks_have_a_secret(self) -> Self:
        if self.mode == "webhook":
            secret = self.webhook_secret.get_secret_value() if self.webhook_secret else ""
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
                raise ValueError("webhook_secret needs 1 to 256 letters, digits, _ or - for webhooks")
        return self

    @property
    def bot_id(self) -> int:
        return int(self.token.get_secret_value().partition(":")[0])
