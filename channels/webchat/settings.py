"""What an account of the web chat is told: its secret, who may embed it, how it looks, and its limits."""

from __future__ import annotations

from typing import Annotated, Literal

from limits import parse_many
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

InterfaceLanguage = Literal["ar", "fr", "en"]

MEBIBYTE = 2**20

TITLE: dict[InterfaceLanguage, str] = {
    "ar": "نحن هنا لمساعدتك",
    "fr": "Nous sommes là pour vous aider",
    "en": "We are here to help",
}
WELCOME: dict[InterfaceLanguage, str] = {
    "ar": "مرحبا بك! اكتب سؤالك بالدارجة أو بالعربية أو بالفرنسية.",
    "fr": "Bienvenue ! Écrivez votre question en darija, en arabe ou en français.",
    "en": "Welcome! Ask in Darija, Arabic, French or English.",
}


def _rate(value: str) -> str:
    try:
        parse_many(value)
    except ValueError as error:
        raise ValueError(f"'{value}' is not a rate such as '20/minute' or '20/minute;200/hour'") from error
    return value


Rate = Annotated[str, AfterValidator(_rate)]


class WebchatSettings(BaseModel):
    """`secret` signs the visitors' tokens; who changes it moves the old one to `previous_secrets`, or every
    visitor starts a new thread.

    Rates by address are wide on purpose: mobile operators put thousands of customers behind one address.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: SecretStr
    previous_secrets: tuple[SecretStr, ...] = ()
    token_days: int = Field(default=400, ge=1)
    allowed_origins: tuple[str, ...] = ()  # "https://www.example.ma"; "*" for any; our own page always may
    trusted_proxies: int = Field(default=0, ge=0)  # how many of ours stand in front and add X-Forwarded-For

    title: dict[InterfaceLanguage, str] = TITLE
    welcome: dict[InterfaceLanguage, str] = WELCOME
    suggestions: dict[InterfaceLanguage, tuple[str, ...]] = {}  # first questions, offered as buttons
    languages: tuple[InterfaceLanguage, ...] = Field(default=("ar", "fr", "en"), min_length=1)
    accent: str = Field(default="#0f766e", pattern=r"^#[0-9a-fA-F]{6}$")
    demonstration: bool = False

    text_length: int = Field(default=4000, ge=1, le=10_000)  # characters
    file_bytes: int = Field(default=10 * MEBIBYTE, ge=1)
    message_rate: Rate = "20/minute;200/hour"  # of one visitor
    file_rate: Rate = "6/minute;40/hour"  # of one visitor
    address_message_rate: Rate = "600/minute"
    address_visitor_rate: Rate = "120/minute;2000/hour"

    sockets_per_visitor: int = Field(default=6, ge=1)
    sockets: int = Field(default=10_000, ge=1)  # of this process; above it browsers poll
    refresh_seconds: float = Field(default=20.0, gt=0)  # a socket looks at the thread at least this often
    silence_seconds: float = Field(default=45.0, gt=0)  # then a socket is closed

    @field_validator("secret", "previous_secrets")
    @classmethod
    def _long_enough(cls, value: SecretStr | tuple[SecretStr, ...]) -> SecretStr | tuple[SecretStr, ...]:
        secrets = value if isinstance(value, tuple) else (value,)
        if any(len(secret.get_secret_value()) < 16 for secret in secrets):
            raise ValueError("a secret needs 16 characters or more")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, separator, host = origin.partition("://")
            if origin != "*" and (
                not separator or scheme not in {"http", "https"} or not host or "/" in host
            ):
                raise ValueError(f"'{origin}' is not an origin such as 'https://www.example.ma'")
        return tuple(origin.lower() for origin in value)
