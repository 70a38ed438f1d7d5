"""How people sign in, agents' accounts, roles and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, Language, Names, Person, Team


class Provider(Answer):
    name: str


class SignInOptions(Answer):
    """`oidc`: the organisation's identity provider. `mail`: whether forgotten passwords are mailed about."""

    oidc: Provider | None
    password: bool
    mail: bool
    minimum_length: int


class Accepted(Answer):
    """Nothing to tell, whatever happens next."""


class AccountLink(Answer):
    purpose: Literal["invitation", "reset"]
    email: str
    name: str
    language: Language


class FactorSince(Answer):
    since: datetime


class SessionRow(Answer):
    """`device` in words, null when the browser said nothing."""

    id: UUID
    current: bool
    device: str | None
    user_agent: str | None
    address: str | None
    method: Literal["password", "oidc"]
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Security(Answer):
    """`password`: whether there is one here, beside the identity provider."""

    password: bool
    second_factor: FactorSince | None
    second_factor_required: bool
    recovery_codes_left: int
    sessions: list[SessionRow]
    minimum_length: int


class Enrolment(Answer):
    """`qr` is an SVG that says `uri`; `secret` is what one types instead."""

    secret: str
    uri: str
    qr: str


class RecoveryCodes(Answer):
    recovery_codes: list[str]


class Token(Answer):
    """`hint`: the first letters, to tell it from others."""

    id: UUID
    name: str
    kind: Literal["personal", "service"]
    agent: Person
    hint: str
    scopes: list[str]
    created_by: Person | None
    created_at: datetime
    expires_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None
    state: Literal["active", "expired", "revoked"]


class NewToken(Token):
    """`token` is shown this once."""

    token: str


class OwnTokens(Answer):
    """`scopes`: what one may give."""

    tokens: list[Token]
    scopes: list[str]


class TokenPage(OwnTokens):
    next_cursor: str | None


class PersonRow(Answer):
    """`open_tickets`: those that would go back to their queues."""

    id: UUID
    name: str
    email: str
    role: str
    language: Language
    state: Literal["active", "invited", "inactive"]
    teams: list[Team]
    second_factor: bool
    second_factor_required: bool
    signs_in_with: list[Literal["password", "oidc"]]
    seen_at: datetime | None
    created_at: datetime
    version: int
    open_tickets: int


class PeoplePage(Answer):
    people: list[PersonRow]
    next_cursor: str | None


class HandedLink(Answer):
    """A link that the desk cannot mail: for whoever asked, to hand over."""

    url: str
    expires_at: datetime


class Invited(PersonRow):
    link: HandedLink | None


class LinkSent(Answer):
    link: HandedLink | None


class Permission(Answer):
    key: str
    names: Names
    explanations: Names


class PermissionGroup(Answer):
    key: str
    names: Names
    permissions: list[Permission]


class PermissionCatalogue(Answer):
    groups: list[PermissionGroup]


class Role(Answer):
    """`agents`: how many active ones have it."""

    key: str
    names: Names
    permissions: list[str]
    second_factor_required: bool
    builtin: bool
    agents: int
    version: int


class RoleList(Answer):
    roles: list[Role]
