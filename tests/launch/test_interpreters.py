"""The Python for the assistant: chosen, found, or told to be missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from config.launch import interpreters
from config.launch.interpreters import find_rasa_python, installed, version_of
from config.launch.trouble import Trouble

NO_UV = Path("/nonexistent/uv")


def make_python(path: Path, version: str) -> Path:
    """A program that answers like a Python of this version; "" is a shim that answers nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n" if version else "#!/bin/sh\nexit 127\n", "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment with nothing on the PATH and an empty home; we ourselves run on 3.13."""
    monkeypatch.setattr(interpreters, "OWN_VERSION", "3.13")
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")}


def test_our_own_version_is_told() -> None:
    assert version_of(sys.executable) == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert version_of("/nonexistent/python") == ""


def test_python_310_on_the_path_wins(tmp_path: Path, bare_machine: dict[str, str]) -> None:
    make_python(tmp_path / "bin" / "python3.11", "3.11")
    ours = make_python(tmp_path / "bin" / "python3.10", "3.10")
    assert find_rasa_python(NO_UV, bare_machine) == (str(ours), "3.10")


def test_a_shim_that_does_not_answer_is_passed_over_for_the_version_behind_it(
    tmp_path: Path, bare_machine: dict[str, str]
) -> None:
    make_python(tmp_path / "bin" / "python3.10", "")
    behind = make_python(tmp_path / "home" / ".pyenv" / "versions" / "3.10.13" / "bin" / "python", "3.10")
    assert find_rasa_python(NO_UV, bare_machine) == (str(behind), "3.10")


def test_python_311_serves_when_there_is_no_310(tmp_path: Path, bare_machine: dict[str, str]) -> None:
    newer = make_python(tmp_path / "bin" / "python3.11", "3.11")
    assert find_rasa_python(NO_UV, bare_machine) == (str(newer), "3.11")


def test_we_ourselves_serve_when_we_run_on_311(
    bare_machine: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "OWN_VERSION", "3.11")
    monkeypatch.setattr(interpreters, "version_of", lambda python: "3.11" if python == sys.executable else "")
    assert find_rasa_python(NO_UV, bare_machine) == (sys.executable, "3.11")


def test_without_any_the_sentence_says_what_to_do(bare_machine: dict[str, str]) -> None:
    with pytest.raises(Trouble, match=r"needs Python 3\.10 or 3\.11 and none was found.*WASL_RASA_PYTHON"):
        find_rasa_python(NO_UV, bare_machine)


def test_the_named_python_decides(tmp_path: Path, bare_machine: dict[str, str]) -> None:
    make_python(tmp_path / "bin" / "python3.10", "3.10")
    named = make_python(tmp_path / "own" / "python", "3.11")
    assert find_rasa_python(NO_UV, {**bare_machine, "WASL_RASA_PYTHON": str(named)}) == (str(named), "3.11")


@pytest.mark.parametrize(("version", "words"), [("3.13", "which is Python 3.13"), ("", "no working Python")])
def test_a_named_python_that_does_not_fit_is_told(
    tmp_path: Path, bare_machine: dict[str, str], version: str, words: str
) -> None:
    named = make_python(tmp_path / "own" / "python", version)
    with pytest.raises(Trouble, match=words):
        find_rasa_python(NO_UV, {**bare_machine, "WASL_RASA_PYTHON": str(named)})


def test_every_pyenv_version_is_tried(tmp_path: Path) -> None:
    for version in ("3.10.2", "3.10.13"):
        make_python(tmp_path / "versions" / version / "bin" / "python", "3.10")
    found = list(installed("3.10", {"PATH": "", "PYENV_ROOT": str(tmp_path)}))
    assert {Path(python).parent.parent.name for python in found} == {"3.10.2", "3.10.13"}
