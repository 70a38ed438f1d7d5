"""What stops a start, and the sentence it gives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from config.launch import machine
from config.launch.machine import DataLock, is_running, require_free_port, require_space, require_writable
from config.launch.trouble import Trouble, explain, from_system


def test_a_port_in_use_is_told_with_a_way_on() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Trouble, match=rf"Port {port} is already in use: .*--port"):
            require_free_port(port)


def test_port_zero_is_any_free_port() -> None:
    port = require_free_port(0)
    assert port > 0
    assert require_free_port(port) == port


def test_a_number_that_is_no_port() -> None:
    with pytest.raises(Trouble, match="70000 is not a port"):
        require_free_port(70_000)


def test_too_little_space_is_found_before_anything_is_written(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "made" / "yet", needed=1)
    with pytest.raises(Trouble, match="GB are free where"):
        require_space(tmp_path / "not" / "made" / "yet", needed=10**18)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="cannot be written"):
        require_writable(tmp_path / "file" / "below")
    require_writable(tmp_path / "fine")
    assert list((tmp_path / "fine").iterdir()) == []


def test_a_second_run_on_the_same_data_is_refused_and_names_the_first(tmp_path: Path) -> None:
    first, second = DataLock(tmp_path), DataLock(tmp_path)
    first.acquire()
    with pytest.raises(Trouble, match=rf"already runs on .* \(process {os.getpid()}\)"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_the_remains_of_a_killed_run_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = DataLock(tmp_path)
    held.acquire()
    (tmp_path / "wasl.lock").write_text("999999999")  # its owner is gone, its guard still cleans up
    moments: list[float] = []

    def pass_time(seconds: float) -> None:
        moments.append(seconds)
        if len(moments) == 3:
            held.release()

    monkeypatch.setattr(machine, "sleep", pass_time)
    next_run = DataLock(tmp_path)
    next_run.acquire()
    assert len(moments) == 3
    next_run.release()


def test_a_zombie_is_not_running() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert not is_running(child)
    os.waitpid(child, 0)


def test_what_the_system_refuses_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="No space left") as raised,
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert from_system(raised.value).sentence == "The disk is full: free some space and start again."
    with pytest.raises(OSError, match="directory") as raised:
        tmp_path.read_bytes()
    assert str(tmp_path) in from_system(raised.value).sentence


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "The disk is full"),
        ("npm error code ENOSPC", "The disk is full"),
        ("error: Failed to fetch: dns error: failed to lookup address", "package index cannot be reached"),
        ("npm error network request to x failed, reason: getaddrinfo ENOTFOUND x", "index cannot be reached"),
        ("ERROR: hash mismatch for aiohttp", "failed with exit code 2"),
    ],
)
def test_a_failed_step_is_explained_by_what_it_printed(output: str, sentence: str) -> None:
    trouble = explain("installing the desk's packages", 2, output, "env.log")
    assert sentence in trouble.sentence
    assert "env.log" in trouble.sentence
    assert trouble.sentence.count("\n") == 0
