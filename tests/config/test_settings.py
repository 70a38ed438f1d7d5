"""Settings and secrets of an installation."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from config.postgres import PostgresUnavailable, async_url
from config.secrets import SecretStore
from config.settings import SettingsError, load_settings


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
