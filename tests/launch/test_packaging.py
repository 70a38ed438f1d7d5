"""The container files name only what is there: building the images needs an engine, reading them does not."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.launch.interfaces import WORKSPACES
from config.launch.locking import HOST_SIGNS, PYTHON_LOCKS
from config.launch.tools import pinned_version
from config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT = {f"{workspace}/dist" for workspace in WORKSPACES}


def dockerfile() -> list[list[str]]:
    """The instructions, one list of words each, with continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    joined = text.replace("\\\n", " ").splitlines()
    return [line.split() for line in joined if line.strip()]


def stages() -> dict[str, str]:
    """Name of each stage to the image it starts from."""
    return {words[3]: words[1] for words in dockerfile() if words[0] == "FROM"}


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return loaded


def commands() -> list[list[str]]:
    """Every CMD and health check in exec form."""
    lines = [" ".join(words) for words in dockerfile()]
    found = [re.search(r"CMD (\[.*\])$", line) for line in lines]
    return [json.loads(match.group(1)) for match in found if match]


def test_everything_copied_into_an_image_exists() -> None:
    copied = 0
    for words in dockerfile():
        if words[0] != "COPY":
            continue
        sources = [word for word in words[1:-1] if not word.startswith("--")]
        if words[1].startswith("--from="):
            assert words[1].removeprefix("--from=") in stages()
            assert {source.removeprefix("/src/") for source in sources} <= BUILT
            continue
        for source in sources:
            assert (ROOT / source).exists(), source
            copied += 1
    assert copied > 10


def test_nothing_needed_is_kept_out_of_the_images() -> None:
    ignored = [
        line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[:1] not in {"", "#"}
    ]
    for words in dockerfile():
        if words[0] == "COPY" and not words[1].startswith("--from="):
            for source in words[1:-1]:
                assert source.split("/")[0] not in ignored, source
    assert ".env" in ignored
    assert ".git" in ignored


def test_the_modules_started_in_images_exist() -> None:
    ours = [command[2] for command in commands() if command[:2] == ["python", "-m"] and command[2] != "rasa"]
    assert ours == ["config.cli"]
    assert importlib.util.find_spec("config.cli") is not None


def test_images_start_what_the_launcher_starts() -> None:
    from config.launch.context import Context
    from config.launch.places import Places
    from config.launch.run import Options, Runner

    runner = Runner(Context.of(Places.of(ROOT, {})), Options(port=8080))
    desk = runner.desk_service().command
    rasa = runner.rasa_service("model").command
    started = [command for command in commands() if "-m" in command]
    assert [*desk[1:]] == started[1][1:]
    assert [word for word in rasa[1:] if word.startswith("-")] == [
        word for word in started[0][1:] if word.startswith("-")
    ]


def test_interfaces_are_built_alike() -> None:
    words = [" ".join(words) for words in dockerfile() if words[0] == "RUN" and "npm" in words]
    assert len(words) == 2
    for workspace in WORKSPACES:
        assert (ROOT / workspace / "package.json").is_file()
        assert all(f"--workspace={workspace}" in line for line in words)
        assert "build" in json.loads((ROOT / workspace / "package.json").read_text("utf-8"))["scripts"]


def test_compose_builds_stages_that_exist_and_checks_every_part() -> None:
    services = compose()["services"]
    assert set(services) == {"app", "postgres", "valkey", "rasa"}
    for service in services.values():
        if "build" in service:
            assert service["build"]["target"] in stages()
        else:
            assert "healthcheck" in service
    assert sum(words[0] == "HEALTHCHECK" for words in dockerfile()) == 2
    assert "ports" not in services["rasa"], "the assistant is for the desk alone"


def test_compose_sets_only_what_the_desk_reads() -> None:
    known = {f"WASL_{name.upper()}" for name in Settings.model_fields} | {"DATABASE_URL", "VALKEY_URL"}
    assert set(compose()["services"]["app"]["environment"]) <= known


def test_no_secret_is_written_in_compose_and_the_example_names_each() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    named = set(re.findall(r"\$\{([A-Z_]+)", text))
    example = (ROOT / ".env.example").read_text("utf-8")
    assert {"POSTGRES_PASSWORD", "WASL_RASA_SECRET"} <= named
    assert all(re.search(rf"^#?{name}=", example, re.MULTILINE) for name in named)
    assert not re.search(r"(PASSWORD|SECRET): +[^$\s]", text)


@pytest.mark.parametrize("name", [name for name, _python, _sources in PYTHON_LOCKS])
def test_locks_are_hashed_and_name_no_registry(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    pins = re.findall(r"^[a-z0-9].*==.*$", text, re.MULTILINE)
    assert pins
    assert all(line.endswith("\\") for line in pins)
    assert not [sign for sign in HOST_SIGNS if sign in text]


def test_the_npm_lock_names_no_registry_and_knows_both_interfaces() -> None:
    text = (ROOT / "package-lock.json").read_text("utf-8")
    assert not [sign for sign in HOST_SIGNS if sign in text]
    packages = json.loads(text)["packages"]
    for workspace in WORKSPACES:
        manifest = json.loads((ROOT / workspace / "package.json").read_text("utf-8"))
        for kind in ("dependencies", "devDependencies"):
            assert packages[workspace].get(kind, {}) == manifest.get(kind, {}), "run ./wasl lock"


def test_uv_is_pinned() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", pinned_version(ROOT))


def test_continuous_integration_runs_the_same_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    last = shlex.split(script.read_text("utf-8").splitlines()[-1])
    assert last == ["exec", "./wasl", "test", "$@"]


def test_help_names_every_command() -> None:
    answer = subprocess.run(
        [sys.executable, str(ROOT / "wasl"), "--help"], capture_output=True, text=True, check=True
    )
    for command in ("run", "test", "check", "migrate", "train", "lock"):
        assert re.search(rf"^  {command} ", answer.stdout, re.MULTILINE)
    assert max(map(len, answer.stdout.splitlines())) <= 120


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--port", "70000"], "70000 is not a port"),
        (["run", "--data", "/proc/nothing"], "/proc/nothing cannot be written"),
    ],
)
def test_wrong_usage_is_one_sentence(arguments: list[str], words: str, tmp_path: Path) -> None:
    if "--data" not in arguments:
        arguments = [*arguments, "--data", str(tmp_path)]
    answer = subprocess.run(
        [sys.executable, str(ROOT / "wasl"), *arguments], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("wasl: ")
    assert words in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
