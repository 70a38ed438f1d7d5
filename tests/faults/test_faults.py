"""A short storm, every time the whole suite runs; `python -m tests.faults` is the long one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.faults.__main__ import find_rasa
from tests.faults.program import Options, rage

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.rasa, pytest.mark.timeout(420)]


async def test_nothing_is_lost_doubled_or_left_while_everything_is_killed() -> None:
    options = Options(messages=800, customers=100, seed=20261123, seconds=40)
    # Not pytest's own folder: another run may shut it to the user PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="wasl-faults-") as folder:
        Path(folder).chmod(0o755)
        result = await rage(Path(folder), find_rasa(), options)
    assert result.holds, result.report
