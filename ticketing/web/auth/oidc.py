"""Signing in at the organisation's own identity provider: OpenID Connect, authorization code with PKCE.

The ID token is believed only when its signature is by a key that the provider publishes, under an asymmetric
algorithm, for us, now, and with the nonce of this very sign-in (OpenID Connect Core 1.0 §3.1.3.7).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ticketing.sealing import NotOurs, Sealer

ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY: Final = 60  # seconds: clocks differ
SIGN_IN_WITHIN: Final = 600  # seconds to come back from the provider
_KEPT: Final = 3600.0  # seconds for which the provider's description and keys are believed
_ASK_AGAIN: Final = 10.0  # seconds between two looks for a key we do not know
_DEADLINE: Final = ClientTimeout(total=10)
_LARGEST: Final = 512 * 1024  # bytes of an answer
_PURPOSE: Final = "oidc_sign_in"
# Values of `amr` that say more than one factor was proven (RFC 8176).
_STRONG: Final = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "iris"})


class OidcProblem(Exception):
    """Signing in this way failed. `code` is what the sign-in page translates."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """`role_by_group` maps values of the claim `group_claim` to roles, the first that fits counts.

    `create_agents`: whoever the provider knows and a role can be found for gets an account; otherwise only
    those who were invited. `second_factor_done`: the provider asks for one itself, whatever its tokens say.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    name: str = "SSO"
    scopes: str = "openid email profile"
    email_claim: str = "email"
    name_claim: str = "name"
    group_claim: str = "groups"
    role_by_group: Mapping[str, str] = field(default_factory=dict)
    default_role: str | None = None
    create_agents: bool = False
    trust_unverified_email: bool = False
    second_factor_done: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """What the browser carries, sealed, while it is at the provider."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is. `role` follows from the groups, None when no group of theirs says."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    name: str | None
    role: str | None
    second_factor: bool


class OidcClient:
    """`redirect_uri` is where the provider sends people back to."""

    def __init__(
        self, settings: OidcSettings, http: ClientSession, sealer: Sealer, redirect_uri: str
    ) -> None:
        self.settings = settings
        self._http = http
        self._sealer = sealer
        self._redirect_uri = redirect_uri
        self._description: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._described_at = self._keys_at = float("-inf")
        self._asking = asyncio.Lock()

    async def probe(self) -> None:
        """Read the provider's description and keys. OidcProblem says what is wrong."""
        await self._key_set()

    async def start(self, next_path: str) -> tuple[str, str]:
        """Where to send the browser, and the sealed cookie it keeps meanwhile."""
        description = await self._describe()
        pending = Pending(
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            next_path,
            time.time() + SIGN_IN_WITHIN,
        )
        challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self.settings.scopes,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        endpoint = description["authorization_endpoint"]
        sealed = self._sealer.seal(json.dumps(asdict(pending)).encode(), _PURPOSE)
        cookie = base64.urlsafe_b64encode(sealed).decode()
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", cookie

    def pending(self, cookie: str | None, state: str | None) -> Pending:
        """The sign-in this browser began. OidcProblem when it began none, or too long ago, or another."""
        try:
            sealed = base64.urlsafe_b64decode((cookie or "").encode())
            pending = Pending(**json.loads(self._sealer.open(sealed, _PURPOSE)))
        except (NotOurs, ValueError, TypeError) as error:
            raise OidcProblem("oidc_expired", "This browser began no sign-in.") from error
        if time.time() > pending.until:
            raise OidcProblem("oidc_expired", "The sign-in took too long.")
        if not hmac.compare_digest(pending.state.encode(), (state or "").encode("utf-8", "replace")):
            raise OidcProblem("oidc_expired", "The state is not the one of this browser.")
        return pending

    async def finish(self, code: str | None, error: str | None, pending: Pending) -> Identity:
        """Exchange the code and check the ID token. OidcProblem, also for the provider's own `error`."""
        if code is None or error is not None:
            raise OidcProblem("oidc_refused", f"The provider refused: {error}")
        description = await self._describe()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "client_id": self.settings.client_id,
            "code_verifier": pending.verifier,
        }
        headers = {}
        secret = self.settings.client_secret
        if secret is not None:
            methods = description.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            if "client_secret_basic" in methods:
                headers["Authorization"] = _basic(self.settings.client_id, secret)
            else:
                form["client_secret"] = secret
        answer = await self._ask("POST", description["token_endpoint"], data=form, headers=headers)
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise OidcProblem("oidc_refused", "The provider gave no ID token.")
        claims = await self._verified(id_token, pending.nonce)
        if not self._has_what_we_need(claims) and "userinfo_endpoint" in description:
            claims = await self._with_userinfo(claims, description, str(answer.get("access_token")))
        return self._identity(claims)

    async def _verified(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        try:
            token = jwt.decode(id_token, await self._key_set(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # Providers change their keys: look once whether they did.
            try:
                token = jwt.decode(id_token, await self._key_set(anew=True), algorithms=ALGORITHMS)
            except (JoseError, ValueError) as error:
                raise OidcProblem("oidc_refused", f"The ID token's signature: {error}") from error
        check_claims(token.claims, self.settings, nonce)
        return token.claims

    def _has_what_we_need(self, claims: Mapping[str, Any]) -> bool:
        return self.settings.email_claim in claims

    async def _with_userinfo(
        self, claims: Mapping[str, Any], description: Mapping[str, Any], access_token: str
    ) -> Mapping[str, Any]:
        """Some providers tell the address only there; it must speak of the same person (§5.3.2)."""
        headers = {"Authorization": f"Bearer {access_token}"}
        more = await self._ask("GET", description["userinfo_endpoint"], headers=headers)
        if more.get("sub") != claims["sub"]:
            raise OidcProblem("oidc_refused", "The provider's user information is of somebody else.")
        return {**more, **claims}

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        settings = self.settings
        email = claims.get(settings.email_claim)
        name = claims.get(settings.name_claim)
        groups = claims.get(settings.group_claim, [])
        mine = {groups} if isinstance(groups, str) else {str(each) for each in groups or []}
        role = next((role for group, role in settings.role_by_group.items() if group in mine), None)
        amr = claims.get("amr")
        strong = isinstance(amr, list) and not _STRONG.isdisjoint(str(each) for each in amr)
        return Identity(
            settings.issuer,
            str(claims["sub"]),
            email.strip().lower() if isinstance(email, str) and "@" in email else None,
            claims.get("email_verified") is True or settings.trust_unverified_email,
            name.strip()[:200] if isinstance(name, str) and name.strip() else None,
            role,
            strong or settings.second_factor_done,
        )

    async def _describe(self) -> dict[str, Any]:
        """The provider's description of itself (OpenID Connect Discovery 1.0), kept for an hour."""
        async with self._asking:
            if self._description is None or time.monotonic() - self._described_at > _KEPT:
                url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
                description = await self._ask("GET", url)
                if description.get("issuer", "").rstrip("/") != self.settings.issuer.rstrip("/"):
                    raise OidcProblem("oidc_unavailable", "The provider calls itself by another name.")
                if any(
                    not isinstance(description.get(name), str)
                    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
                ):
                    raise OidcProblem("oidc_unavailable", "The provider's description lacks an address.")
                self._description, self._described_at = description, time.monotonic()
            return self._description

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        description = await self._describe()
        async with self._asking:
            age = time.monotonic() - self._keys_at
            if self._keys is None or age > _KEPT or (anew and age > _ASK_AGAIN):
                answer = await self._ask("GET", description["jwks_uri"])
                self._keys, self._keys_at = _keys_of(answer), time.monotonic()
            return self._keys

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            async with self._http.request(
                method, url, timeout=_DEADLINE, allow_redirects=False, **more
            ) as response:
                raw = await response.content.read(_LARGEST)
                if response.status != 200:
                    code = "oidc_refused" if response.status < 500 else "oidc_unavailable"
                    raise OidcProblem(code, f"The provider answered {response.status}.")
                answer = json.loads(raw)
        except (ClientError, TimeoutError, ValueError) as error:
            raise OidcProblem("oidc_unavailable", f"The provider cannot be reached: {error!r}") from error
        if not isinstance(answer, dict):
            raise OidcProblem("oidc_unavailable", "The provider's answer is no object.")
        return answer


def _basic(client_id: str, secret: str) -> str:
    """Both are form-encoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def check_claims(claims: Mapping[str, Any], settings: OidcSettings, nonce: str) -> None:
    """Whether a token with a good signature is meant for us, for now, and for this sign-in. OidcProblem."""

    def refuse(why: str) -> OidcProblem:
        return OidcProblem("oidc_refused", f"The ID token is not for this sign-in: {why}.")

    now = time.time()
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if str(claims.get("iss", "")).rstrip("/") != settings.issuer.rstrip("/"):
        raise refuse("issuer")
    if not isinstance(audiences, list) or settings.client_id not in audiences:
        raise refuse("audience")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != settings.client_id:
        raise refuse("authorized party")
    if not _is_time(claims.get("exp")) or claims["exp"] <= now - LEEWAY:
        raise refuse("expired")
    for name in ("iat", "nbf"):
        if name in claims and (not _is_time(claims[name]) or claims[name] > now + LEEWAY):
            raise refuse(f"{name} lies ahead")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode("utf-8", "replace"), nonce.encode()):
        raise refuse("nonce")
    if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
        raise refuse("subject")


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _keys_of(answer: dict[str, Any]) -> KeySet:
    """The keys that sign. A symmetric key here would let everybody sign who can read it."""
    keys = answer.get("keys")
    usable = [
        key
        for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"} and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, KeyError) as error:
        raise OidcProblem("oidc_unavailable", "The provider's keys cannot be read.") from error
