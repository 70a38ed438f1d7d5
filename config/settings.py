"""What can be set from outside, in one place: environment, `.env`, secret files and `config/*.yaml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge_base.time_zones import pinned_zone

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """Something in the settings is wrong; the message is one sentence for whoever runs Wasl."""


class Brand(BaseModel):
    """The company on every page, in every greeting."""

    name: str = "SRM Casablanca-Settat"
    short_name: str = "SRM-CS"


class MailSettings(BaseModel):
    """The company's mail server, for invitations and resets. `sender` may be `Name <address>`."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, Field(pattern=r"^[^\r\n]*[^@\s<]+@[^@\s>]+>?$")]


class OpenIdSettings(BaseModel):
    """The organisation's identity provider (docs/sign-in.md)."""

    issuer: Annotated[str, Field(pattern=r"^https?://")]
    client_id: str
    client_secret: SecretStr | None = None
    name: str = "SSO"
    scopes: str = "openid email profile"
    email_claim: str = "email"
    name_claim: str = "name"
    group_claim: str = "groups"
    role_by_group: dict[str, str] = {}
    default_role: str | None = None
    create_agents: bool = False
    trust_unverified_email: bool = False
    second_factor_done: bool = False


class Settings(BaseSettings):
    """Read from the environment; every name is upper case, most start with WASL_."""

    model_config = SettingsConfigDict(
        env_prefix="WASL_", env_file=".env", env_nested_delimiter="__", extra="ignore", populate_by_name=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    data: Path = ROOT / ".wasl" / "data"
    public_url: str | None = None  # as customers and providers reach us, when it is not http://host:port
    database_url: str | None = Field(None, validation_alias="DATABASE_URL")  # none: PostgreSQL from the wheel
    valkey_url: str | None = Field(None, validation_alias="VALKEY_URL")  # none: one process
    files_url: str | None = None  # none: a folder in `data`; else s3://bucket/prefix
    accounts_file: Path = ROOT / "config" / "accounts.yaml"
    hours_file: Path = ROOT / "config" / "hours.yaml"

    sandbox: bool = False  # play the providers on loopback: development, demonstration, tests
    demonstration: bool = False  # the data is invented, and every page says so

    billing_url: str | None = None  # none: bills stand in our own tables
    billing_token: SecretStr | None = None
    billing_file: Path = ROOT / "config" / "billing.yaml"

    rasa_url: str | None = None
    rasa_secret: SecretStr | None = None
    assistant_deadline: timedelta = timedelta(seconds=6)

    time_zone: str = "Africa/Casablanca"
    brand: Brand = Brand()
    session_lifetime: timedelta = timedelta(hours=12)
    secret_key: SecretStr | None = None  # seals secrets in the database; none: made once, in `data`
    former_secret_keys: tuple[SecretStr, ...] = ()  # still open what they sealed
    mail: MailSettings | None = None  # none: links are handed over by people, or shown by the sandbox
    oidc: OpenIdSettings | None = None
    learning_kept: timedelta = timedelta(days=365)  # what customers asked, and past answers to it
    trust_forwarded: bool = False  # behind a proxy that sets X-Forwarded-Proto and -For itself
    allowed_origins: tuple[str, ...] = ()
    max_upload_bytes: int = 16 * 1024 * 1024
    gathering_delay: timedelta = timedelta(milliseconds=800)  # bubbles of one thought get one answer
    # How long an agent can take a reply back, unless he prefers otherwise; 0: it leaves at once.
    undo_send: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(seconds=30))] = timedelta(seconds=5)
    log_level: str = "INFO"

    @field_validator("time_zone")
    @classmethod
    def known_zone(cls, name: str) -> str:
        try:
            pinned_zone(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name} is not a time zone; an example is Africa/Casablanca") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        return pinned_zone(self.time_zone)

    @property
    def local_url(self) -> str:
        """Where programs on this machine reach us."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - only compared
        return f"http://{host}:{self.port}"

    @property
    def url(self) -> str:
        """Where customers and providers reach us, without a slash at the end."""
        return (self.public_url or self.local_url).rstrip("/")


def load_settings(**overrides: object) -> Settings:
    """Settings, or one clear sentence."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        place = "__".join(str(part) for part in first["loc"]).upper()
        name = place if place in {"DATABASE_URL", "VALKEY_URL"} else f"WASL_{place}"
        raise SettingsError(f"{name}: {first['msg']}.") from error
