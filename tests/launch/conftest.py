"""A checkout of a few files, and processes to start and end in it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.launch.children import Children
from config.launch.context import Context
from config.launch.places import Places
from config.launch.progress import Progress, Steps

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of the checkout the launcher reads, in a folder of the test's own."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "requirements", root / "requirements")
    assistant = root / "bot" / "assistant"
    (assistant / "data").mkdir(parents=True)
    (assistant / "config.yml").write_text("pipeline: []\n", "utf-8")
    (assistant / "data" / "nlu.yml").write_text("nlu: []\n", "utf-8")
    (assistant / "tensorflow_stub.py").write_text("", "utf-8")
    (root / "knowledge_base" / "network").mkdir(parents=True)
    (root / "knowledge_base" / "text.py").write_text("", "utf-8")
    return root


@pytest.fixture
def children() -> Iterator[Children]:
    started = Children()
    yield started
    started.end_all(patience=1)


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def context(checkout: Path, children: Children, printed: io.StringIO) -> Context:
    places = Places.of(checkout, {})
    progress = Progress(printed)
    return Context(places, progress, children, Steps(progress, children, places.tool_logs))
