"""One-time codes of authenticator apps (RFC 6238: SHA-1, 30 seconds, six digits), and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from io import BytesIO
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

STEP: Final = 30  # seconds
DIGITS: Final = 6
WINDOW: Final = 1  # steps before and after now: clocks of telephones differ
SECRET_BYTES: Final = 20  # as long as the hash, RFC 4226 §4

RECOVERY_CODES: Final = 10
# Without letters and digits that are taken for each other.
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUP, _GROUPS = 4, 3


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def step_of(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    # SHA-1 is what every authenticator speaks; as a MAC it is not known to be weak.
    return HOTP(secret, digits, SHA1()).generate(step).decode()  # noqa: S303


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The step whose code this is, within the window; every candidate is compared, in constant time."""
    given, current, found = code.strip().encode(), step_of(now), None
    for step in range(current - WINDOW, current + WINDOW + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given):
            found = step
    return found


def is_one_time_code(code: str) -> bool:
    """Six digits; anything else can only be a recovery code."""
    stripped = code.strip()
    return len(stripped) == DIGITS and stripped.isascii() and stripped.isdigit()


def written_secret(secret: bytes) -> str:
    """As a person types it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def enrolment_uri(secret: bytes, account: str, issuer: str) -> str:
    """What the QR code says (the key URI format that all apps read)."""
    label = quote(f"{issuer}:{account}", safe="")
    query = urlencode(
        {"secret": written_secret(secret), "issuer": issuer, "digits": DIGITS, "period": STEP},
        quote_via=quote,
    )
    return f"otpauth://totp/{label}?{query}"


def qr_code(uri: str) -> str:
    """An SVG in black on white whatever the theme: cameras read it by its contrast. No inline styles."""
    picture = BytesIO()
    segno.make(uri, error="m", micro=False).save(
        picture,
        kind="svg",
        scale=5,
        border=3,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=True,
        omitsize=True,
    )
    return picture.getvalue().decode().strip()


def new_recovery_codes() -> list[str]:
    def group() -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP))

    return ["-".join(group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def hash_recovery_code(agent_id: UUID, code: str) -> bytes:
    """59 random bits need no slow hash. Capitals, spaces and hyphens do not matter."""
    bare = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(agent_id.bytes + bare.encode("utf-8", "surrogatepass")).digest()
