"""What an account of the loopback channel needs to know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, SecretStr


class LoopbackSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: SecretStr = SecretStr("loopback")  # signs webhook bodies
    receipts: bool = True  # report `sent` and `delivered` for every message taken
