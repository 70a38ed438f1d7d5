"""Environments are made once, remade when a lock changes, and never downgraded from tests to run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from config.launch import tools
from config.launch.context import Context
from config.launch.environments import ensure_main_environment, ensure_rasa_environment
from config.launch.tools import ensure_uv, pinned_version
from config.launch.trouble import Trouble

UV = """\
#!/bin/sh
# Answers like uv, writes down what it was asked, and makes environments that hold a link to Python.
echo "$@" >> {calls}
case "$1" in
  --version) echo "uv {version} (somewhere)" ;;
  venv) for folder; do :; done; mkdir -p "$folder/bin" "$folder/lib/python{python}/site-packages"
        ln -s {executable} "$folder/bin/python" ;;
  pip) [ ! -e {broken} ] || {{ echo "error: Failed to fetch: dns error"; exit 2; }} ;;
esac
"""


class PlayedUv:
    """A program in uv's place."""

    def __init__(self, context: Context, folder: Path, python: str) -> None:
        self.calls_file = folder / "calls"
        self.broken = folder / "broken"
        self.calls_file.touch()
        program = context.places.tools / "tools" / "bin" / "uv"
        program.parent.mkdir(parents=True)
        version = pinned_version(context.places.root)
        program.write_text(
            UV.format(
                calls=self.calls_file,
                broken=self.broken,
                version=version,
                python=python,
                executable=sys.executable,
            )
        )
        program.chmod(0o755)

    def syncs(self) -> list[str]:
        """The installs asked for since the last time, as the names of their locks."""
        lines = self.calls_file.read_text().splitlines()
        self.calls_file.write_text("")
        return [
            "+".join(Path(word).name for word in line.split() if word.endswith(".txt"))
            for line in lines
            if line.startswith("pip sync")
        ]


OWN_VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def uv(context: Context, tmp_path: Path) -> PlayedUv:
    return PlayedUv(context, tmp_path, OWN_VERSION)


def test_a_second_start_installs_nothing(context: Context, uv: PlayedUv) -> None:
    ensure_main_environment(context)
    assert uv.syncs() == ["main.txt+ui.txt"]
    ensure_main_environment(context)
    assert uv.syncs() == []


def test_a_changed_lock_is_installed(context: Context, uv: PlayedUv) -> None:
    ensure_main_environment(context)
    with (context.places.root / "requirements" / "main.txt").open("a") as lock:
        lock.write("another==1.0\n")
    uv.syncs()
    ensure_main_environment(context)
    assert uv.syncs() == ["main.txt+ui.txt"]


def test_running_after_testing_keeps_what_tests_need(context: Context, uv: PlayedUv) -> None:
    ensure_main_environment(context, "test")
    assert uv.syncs() == ["dev.txt"]
    ensure_main_environment(context, "run")
    ensure_main_environment(context, "test")
    assert uv.syncs() == []


def test_an_interrupted_install_is_done_again(context: Context, uv: PlayedUv) -> None:
    uv.broken.touch()
    with pytest.raises(Trouble, match="package index cannot be reached"):
        ensure_main_environment(context)
    uv.broken.unlink()
    uv.syncs()
    ensure_main_environment(context)
    assert uv.syncs() == ["main.txt+ui.txt"]


def test_an_environment_whose_python_is_gone_is_made_again(context: Context, uv: PlayedUv) -> None:
    python = ensure_main_environment(context)
    python.unlink()
    uv.syncs()
    assert ensure_main_environment(context).is_symlink()
    assert uv.syncs() == ["main.txt+ui.txt"]


@pytest.mark.skipif(OWN_VERSION != "3.11", reason="Rasa's environment is made with 3.11 here")
def test_rasa_gets_its_lock_and_the_placeholders(
    context: Context, uv: PlayedUv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WASL_RASA_PYTHON", sys.executable)
    ensure_rasa_environment(context)
    assert uv.syncs() == ["rasa.txt"]
    packages = context.places.rasa_environment / "lib" / f"python{OWN_VERSION}" / "site-packages"
    assert (packages / "wasl_tensorflow_stub.py").is_file()
    assert "install()" in (packages / "wasl_tensorflow_stub.pth").read_text()
    ensure_rasa_environment(context)
    assert uv.syncs() == []


def test_a_python_without_pip_and_venv_is_told(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setattr(tools, "own_python", lambda: str(bare))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble, match=r"has neither pip nor venv: .*python3-venv"):
        ensure_uv(context)
