"""The services of people, made together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ticketing.desk import Desk
from ticketing.people.agents import Agents
from ticketing.people.challenges import Challenges
from ticketing.people.links import AccountLinks
from ticketing.people.roles import Roles
from ticketing.people.second_factor import SecondFactors
from ticketing.people.tokens import AccessTokens
from ticketing.sealing import Sealer


@dataclass(frozen=True, slots=True)
class People:
    agents: Agents
    roles: Roles
    tokens: AccessTokens
    factors: SecondFactors
    challenges: Challenges
    links: AccountLinks

    @classmethod
    def build(
        cls, desk: Desk, sealer: Sealer, *, brand: str, short_name: str, desk_url: str, sends_mail: bool
    ) -> Self:
        """`desk_url` without a slash at the end."""
        links = AccountLinks(desk, desk_url)
        factors = SecondFactors(desk, sealer, short_name)
        return cls(
            Agents(desk, links, sealer, brand, sends_mail=sends_mail),
            Roles(desk),
            AccessTokens(desk),
            factors,
            Challenges(desk, factors),
            links,
        )
