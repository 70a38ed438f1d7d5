"""Do a step again only when what it depends on has changed: by content, never by file times."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

SKIPPED_FOLDERS = {
    "__pycache__",
    "node_modules",
    "dist",
    ".rasa",
    ".pytest_cache",
    ".vite",
    "models",
    "results",
}


def files_below(path: Path) -> list[Path]:
    """The file itself, or every file of a folder except what builds leave there; sorted."""
    if path.is_file():
        return [path]
    found = (
        file for file in path.rglob("*") if file.is_file() and file.suffix not in {".pyc", ".tsbuildinfo"}
    )
    return sorted(file for file in found if not SKIPPED_FOLDERS & set(file.relative_to(path).parts[:-1]))


def digest(root: Path, paths: Iterable[Path], *words: str) -> str:
    """A SHA-256 in hexadecimal over names (relative to `root`) and contents of files, and over `words`."""
    total = hashlib.sha256()
    for word in words:
        total.update(b"word\0" + word.encode() + b"\0")
    for file in sorted({file for path in paths for file in files_below(path)}):
        total.update(b"file\0" + file.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


class Stamp:
    """Remembers the digest of the last time a step succeeded."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name

    def read(self) -> str:
        try:
            return self.path.read_text("utf-8").strip()
        except OSError:
            return ""

    def write(self, value: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(value + "\n", "utf-8")

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
