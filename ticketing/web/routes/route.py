"""One address of the desk: its method, path and handler, and what an agent needs to use it."""

from __future__ import annotations

from typing import NamedTuple

from ticketing.web.errors import Handler


class Route(NamedTuple):
    """`needs` is a permission, or PUBLIC or SIGNED_IN; `path` lies below /api."""

    method: str
    path: str
    handler: Handler
    needs: str
