"""`./wasl evaluate` refuses what it cannot judge before it prepares anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def evaluate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "wasl"), "evaluate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_malformed_file_is_told_by_line_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "lines.tsv"
    file.write_text("intent\tlanguage\ttext\nleak\tde\tLeck\n", "utf-8")
    ended = evaluate(str(file), "--json", "--data", str(tmp_path / "data"))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "line 2: the language must be one of" in ended.stderr
    assert not (tmp_path / "data").exists()


def test_help_says_what_the_figures_mean() -> None:
    ended = evaluate("--help")
    assert ended.returncode == 0
    for word in ("FILE.tsv", "--json", "wrong confident", "abstained", "danger recall"):
        assert word in ended.stdout
