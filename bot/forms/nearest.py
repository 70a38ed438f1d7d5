"""The commune nearest to a shared position."""

from __future__ import annotations

from functools import cache
from math import cos, hypot, radians

from knowledge_base.network.places import Place, load_places

_KILOMETRES_A_DEGREE = 111.2
_FURTHEST = 30.0  # kilometres: a position further off is in none of our communes


def nearest_commune(latitude: float, longitude: float) -> Place | None:
    """Return the commune whose centre is nearest to the position in degrees, or None far from all."""
    shrink = cos(radians(latitude))
    near = min(
        (
            (hypot(place.latitude - latitude, (place.longitude - longitude) * shrink), place)
            for place in _communes()
            if place.latitude is not None and place.longitude is not None
        ),
        key=lambda pair: pair[0],
        default=None,
    )
    return near[1] if near is not None and near[0] * _KILOMETRES_A_DEGREE <= _FURTHEST else None


@cache
def _communes() -> tuple[Place, ...]:
    return tuple(place for place in load_places() if place.kind == "commune")
