"""Secrets only this installation needs to know: made once, kept in the data folder, readable by us alone."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path


class SecretStore:
    """Names to random tokens in `<data>/secrets.json` (mode 0600)."""

    def __init__(self, data: Path) -> None:
        self.path = data / "secrets.json"

    def get(self, name: str) -> str:
        known = self._read()
        if name not in known:
            known[name] = secrets.token_urlsafe(32)
            self._write(known)
        return known[name]

    def _read(self) -> dict[str, str]:
        try:
            known = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return {str(name): str(value) for name, value in known.items()}

    def _write(self, known: dict[str, str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=1)
        beside.replace(self.path)
