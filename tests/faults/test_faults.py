"""A short storm, every time the whole suite runs; `python -m tests.faults` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.__main__ import find_rasa
from tests.faults.program import Options, rage

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.rasa, pytest.mark.timeout(420)]


async def test_nothing_is_lost_doubled_or_left_while_everything_is_killed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # PostgreSQL may run as another user
    options = Options(messages=800, customers=80, seed=20261123, seconds=40)
    result = await rage(tmp_path, find_rasa(), options)
    assert result.holds, result.report
