"""Fixtures of the desk's web side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ticketing.web.office import Office, open_office
from ticketing.web.dependencies import UploadLimits


@pytest.fixture
async def office(database: AsyncEngine, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(database, tmp_path, uploads=UploadLimits(max_bytes=200_000)) as opened:
        yield opened
