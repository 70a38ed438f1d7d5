"""Requests that become tickets: what a customer reports is asked for, step by step, and passed to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.actions.dialogue import Answer, Heard
    from bot.actions.services import Services


async def start(
    name: str, heard: Heard, services: Services, *, known: Mapping[str, str] | None = None
) -> Answer:
    """Begin the form `name` (see `forms.yaml`) with what the message tells, and ask for what is missing.

    `known` are facts by field that the caller has already ("place": a place's id, "contract": its reference).
    Raises KeyError for a form that does not exist.
    """
    from bot.forms.engine import start as begin  # it needs the actions, some of which need this package

    return await begin(name, heard, services, known=known)
