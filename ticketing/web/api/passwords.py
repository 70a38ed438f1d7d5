"""Forgotten passwords and links in mails: nobody is signed in here."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from pydantic import Field

from ticketing.errors import Conflict, Invalid
from ticketing.people.links import LIFETIME
from ticketing.people.mails import ask_for_reset
from ticketing.people.password_policy import problem_of
from ticketing.web.auth.origin import client_address
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, read_body


class Forgotten(Body):
    email: Words = Field(min_length=3, max_length=320)


class LinkToken(Body):
    token: str = Field(min_length=1, max_length=200)


class NewPassword(LinkToken):
    password: str = Field(min_length=1, max_length=1024)
    name: Words | None = Field(None, min_length=1, max_length=200, pattern=r"\S")
    language: Literal["ar", "fr", "en"] | None = None


async def forgotten(request: web.Request) -> web.StreamResponse:
    """Have a link sent to whoever has this address; the answer never tells whether anybody has."""
    context = request.app[CONTEXT]
    if not context.settings.sends_mail:
        raise Conflict("mail_unavailable", "The desk sends no mails: an administrator can hand a link over.")
    asked = await read_body(request, Forgotten)
    email = asked.email.strip().lower()
    await context.sign_ins.mail_asked(email, client_address(request, context.settings.trusted_proxies))
    async with context.desk.transaction() as transaction:
        sealer, until = context.dependencies.sealer, transaction.now + LIFETIME["reset"]
        await ask_for_reset(transaction, sealer, email, until)
    return json_response({}, 202)


async def read_link(request: web.Request) -> web.StreamResponse:
    """Whose link this is."""
    context = request.app[CONTEXT]
    given = await read_body(request, LinkToken)
    await context.sign_ins.link_tried(client_address(request, context.settings.trusted_proxies))
    link = await context.people.links.read(given.token)
    answer = {"purpose": link.purpose, "email": link.email, "name": link.name, "language": link.language}
    return json_response(answer)


async def set_password(request: web.Request) -> web.StreamResponse:
    """Set the password by a link, which is used up; every session of the agent ends."""
    context = request.app[CONTEXT]
    given = await read_body(request, NewPassword)
    await context.sign_ins.link_tried(client_address(request, context.settings.trusted_proxies))
    link = await context.people.links.read(given.token)
    name = None if given.name is None else " ".join(given.name.split())
    check_password(context, given.password, link.name, name or "", link.email)
    password_hash = await context.passwords.hash(given.password)
    await context.people.links.use(given.token, password_hash, name=name, language=given.language)
    return web.Response(status=204)


def check_password(context: Context, password: str, *about: str) -> None:
    """Invalid `password_weak` with the reason in `fields.password`."""
    settings = context.settings
    problem = problem_of(password, *about, settings.brand_name, settings.brand_short_name)
    if problem is not None:
        raise Invalid("password_weak", "This password is too easy to guess.", {"password": problem})
