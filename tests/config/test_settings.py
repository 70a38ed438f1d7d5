"""Settings and secrets of an installation."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from config.postgres import PostgresUnavailable, async_url
from config.secrets import SecretStore
from config.settings import ROOT, Settings, SettingsError, load_settings


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WASL_TIME_ZONE", "Africa/Atlantis")
    with pytest.raises(SettingsError, match=r"WASL_TIME_ZONE: .*Africa/Casablanca"):
        load_settings()


def test_a_port_outside_the_range_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WASL_PORT", "99999")
    with pytest.raises(SettingsError, match="WASL_PORT"):
        load_settings()


def test_addresses_have_no_slash_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WASL_PUBLIC_URL", "https://desk.example/")
    assert load_settings().url == "https://desk.example"


def test_secrets_are_made_once_and_only_we_can_read_them(tmp_path: Path) -> None:
    first = SecretStore(tmp_path / "data").get("webchat")
    assert len(first) >= 32
    assert SecretStore(tmp_path / "data").get("webchat") == first
    assert SecretStore(tmp_path / "data").get("rasa") != first
    assert stat.S_IMODE((tmp_path / "data" / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/db", "postgresql://u:p@h/db", "postgresql+psycopg://u:p@h/db"]
)
def test_every_spelling_of_a_postgresql_url_is_understood(url: str) -> None:
    assert async_url(url) == "postgresql+asyncpg://u:p@h/db"


def test_another_database_is_refused_in_words() -> None:
    with pytest.raises(PostgresUnavailable, match="must look like postgresql://"):
        async_url("mysql://h/db")


def _names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = [one for one in (field.annotation, *get_args(field.annotation)) if isinstance(one, type)]
        section = next((one for one in inner if issubclass(one, BaseModel)), None)
        if section is not None:
            yield from _names(section, f"{prefix}{name.upper()}__")
        else:
            yield str(field.validation_alias or f"{prefix}{name.upper()}")


def test_the_example_names_every_setting_and_each_line_of_it_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    found = (re.fullmatch(r"#?([A-Z_0-9]+)=(.*)", line) for line in lines)
    written = {one[1]: one[2] for one in found if one}
    names = set(_names(Settings, "WASL_"))
    assert names - written.keys() == set()
    for name in names:
        if written[name]:
            monkeypatch.setenv(name, written[name])
    load_settings()
