"""How people sign in, their accounts, roles and tokens."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import oidc, passwords, people, roles, security, tokens
from ticketing.web.auth.guard import IN_PERSON, PUBLIC, SIGNED_IN
from ticketing.web.requests import Nothing
from ticketing.web.routes.route import Route
from ticketing.web.schemas import people as schemas

_SIGN_IN: Final = (
    Route(
        "POST",
        "/password/forgotten",
        passwords.forgotten,
        PUBLIC,
        body=passwords.Forgotten,
        answer=schemas.Accepted,
        status=202,
    ),
    Route(
        "POST",
        "/password/links",
        passwords.read_link,
        PUBLIC,
        body=passwords.LinkToken,
        answer=schemas.AccountLink,
    ),
    Route("POST", "/password", passwords.set_password, PUBLIC, body=passwords.NewPassword, status=204),
    Route("GET", "/oidc/start", oidc.start, PUBLIC, query=oidc.StartQuery, status=302),
    Route("GET", "/oidc/callback", oidc.callback, PUBLIC, query=oidc.CallbackQuery, status=302),
)
_MINE: Final = (
    Route("GET", "/security", security.overview, IN_PERSON, answer=schemas.Security),
    Route(
        "POST",
        "/security/password",
        security.change_password,
        IN_PERSON,
        body=security.PasswordChange,
        status=204,
    ),
    Route(
        "POST",
        "/security/second_factor",
        security.begin_second_factor,
        IN_PERSON,
        body=security.Proof,
        answer=schemas.Enrolment,
        secret=True,
    ),
    Route(
        "POST",
        "/security/second_factor/confirm",
        security.confirm_second_factor,
        IN_PERSON,
        body=security.Code,
        answer=schemas.RecoveryCodes,
        secret=True,
    ),
    Route(
        "DELETE",
        "/security/second_factor",
        security.remove_second_factor,
        IN_PERSON,
        body=security.Removal,
        status=204,
    ),
    Route(
        "POST",
        "/security/recovery_codes",
        security.renew_recovery_codes,
        IN_PERSON,
        body=security.Code,
        answer=schemas.RecoveryCodes,
        secret=True,
    ),
    Route(
        "DELETE",
        "/security/sessions",
        security.end_all_sessions,
        IN_PERSON,
        query=security.Which,
        status=204,
    ),
    Route("DELETE", "/security/sessions/{id}", security.end_session, IN_PERSON, status=204),
    Route("GET", "/security/tokens", security.own_tokens, IN_PERSON, answer=schemas.OwnTokens),
    Route(
        "POST",
        "/security/tokens",
        security.create_own_token,
        IN_PERSON,
        body=security.TokenBody,
        answer=schemas.NewToken,
        secret=True,
        status=201,
    ),
    Route("DELETE", "/security/tokens/{id}", security.revoke_own_token, IN_PERSON, status=204),
)
_AGENTS: Final = (
    Route(
        "GET",
        "/people",
        people.list_people,
        "agent:write",
        query=people.PeopleQuery,
        answer=schemas.PeoplePage,
    ),
    Route(
        "POST",
        "/people",
        people.invite,
        "agent:write",
        body=people.Invitation,
        answer=schemas.Invited,
        secret=True,
        status=201,
    ),
    Route("GET", "/people/{id}", people.read_person, "agent:write", answer=schemas.PersonRow),
    Route(
        "PATCH",
        "/people/{id}",
        people.change_person,
        "agent:write",
        body=people.PersonChange,
        answer=schemas.PersonRow,
    ),
    Route(
        "POST",
        "/people/{id}/deactivate",
        people.deactivate,
        "agent:write",
        body=people.Version,
        answer=schemas.PersonRow,
    ),
    Route(
        "POST",
        "/people/{id}/reactivate",
        people.reactivate,
        "agent:write",
        body=people.Version,
        answer=schemas.PersonRow,
    ),
    Route(
        "POST",
        "/people/{id}/link",
        people.send_link,
        "agent:write",
        body=Nothing,
        answer=schemas.LinkSent,
        secret=True,
    ),
    Route("DELETE", "/people/{id}/second_factor", people.remove_second_factor, "agent:write", status=204),
    Route("DELETE", "/people/{id}/sessions", people.end_sessions, "agent:write", status=204),
)
_ROLES: Final = (
    Route("GET", "/permissions", roles.permissions, SIGNED_IN, answer=schemas.PermissionCatalogue),
    Route("GET", "/roles", roles.list_roles, SIGNED_IN, answer=schemas.RoleList),
    Route("POST", "/roles", roles.create, "role:write", body=roles.NewRole, answer=schemas.Role, status=201),
    Route("PATCH", "/roles/{key}", roles.change, "role:write", body=roles.RoleChange, answer=schemas.Role),
    Route("DELETE", "/roles/{key}", roles.delete, "role:write", status=204),
)
_TOKENS: Final = (
    Route(
        "GET",
        "/tokens",
        tokens.list_tokens,
        "token:write",
        query=tokens.TokensQuery,
        answer=schemas.TokenPage,
    ),
    Route(
        "POST",
        "/tokens",
        tokens.create,
        "token:write",
        body=tokens.ServiceToken,
        answer=schemas.NewToken,
        secret=True,
        status=201,
    ),
    Route("DELETE", "/tokens/{id}", tokens.revoke, "token:write", status=204),
)

ROUTES: Final = (*_SIGN_IN, *_MINE, *_AGENTS, *_ROLES, *_TOKENS)
