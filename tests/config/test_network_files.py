"""`network import` and `network export` as a person runs them: what is printed, and with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.network_files import export_network, import_network
from config.settings import Settings, SettingsError


async def test_a_file_goes_out_and_comes_back(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "agencies.csv"
    file.write_text(
        "key,name_fr,name_ar,commune,monday\na,Agence A,وكالة,zemamra,08:30-16:30\n", encoding="utf-8"
    )
    accepted, lines = await import_network(settings, "agencies", file, dry_run=True)
    assert (accepted, lines) == (
        True,
        ["agencies.csv (only looked at): 1 added, 0 changed, 0 removed, 0 as before."],
    )
    await import_network(settings, "agencies", file, dry_run=False)
    assert await export_network(settings, "agencies", file) == "agencies.csv: 1 lines of agencies."
    assert file.read_bytes().startswith(b"\xef\xbb\xbfkey;status;name_fr")
    _, lines = await import_network(settings, "agencies", file, dry_run=False)
    assert lines == ["agencies.csv: 0 added, 0 changed, 0 removed, 1 as before."]


async def test_every_problem_is_a_line(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "agencies.csv"
    file.write_text(
        "key,name_fr,name_ar,commune,monday\na,A,أ,zemamra,16:30-08:30\nb,,ب,zemamra,\n", encoding="utf-8"
    )
    accepted, lines = await import_network(settings, "agencies", file, dry_run=False)
    assert not accepted
    assert lines == [
        "agencies.csv, line 2, monday: 16:30-08:30 ends before it begins.",
        "agencies.csv, line 3, name_fr: This cell must not be empty.",
        "Nothing was imported.",
    ]


async def test_a_file_that_is_not_there(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        await import_network(settings, "agencies", tmp_path / "nothing.csv", dry_run=False)
