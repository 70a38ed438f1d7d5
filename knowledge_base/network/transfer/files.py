"""Every kind of file of the network, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from knowledge_base.network.transfer.agencies import AGENCIES
from knowledge_base.network.transfer.kinds import Kind
from knowledge_base.network.transfer.payment_points import PAYMENT_POINTS
from knowledge_base.network.transfer.places import PLACES
from knowledge_base.network.transfer.timetable import TIMETABLE

FILES: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (AGENCIES, TIMETABLE, PAYMENT_POINTS, PLACES)}
