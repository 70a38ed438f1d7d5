"""accounts.yaml: what is wrong is said in one sentence; a missing secret disables only its own account."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.accounts import load_accounts
from config.settings import ROOT, SettingsError

SHIPPED = ROOT / "config" / "accounts.yaml"
SECRETS = {
    "WASL_WHATSAPP_TOKEN": "token",
    "WASL_WHATSAPP_APP_SECRET": "secret",
    "WASL_WHATSAPP_VERIFY_TOKEN": "verify",
    "WASL_TELEGRAM_TOKEN": "7000000001:token",
    "WASL_WEBCHAT_SECRET": "a-secret-of-some-length-for-the-visitors",
}


def write(folder: Path, text: str) -> Path:
    path = folder / "accounts.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_file_is_complete_once_the_secrets_are_there() -> None:
    accounts = load_accounts(SHIPPED, SECRETS)
    assert {account.key: account.channel for account in accounts.accounts} == {
        "whatsapp-main": "whatsapp",
        "telegram": "telegram",
        "web": "webchat",
    }
    assert [account.problem for account in accounts.accounts] == [None, None, None]
    assert accounts.codes is not None
    assert accounts.codes.account == "whatsapp-main"
    assert accounts.announcements == {"whatsapp-main": "service_notice"}


def test_a_missing_secret_names_itself_and_disables_only_its_account() -> None:
    accounts = load_accounts(SHIPPED, {"WASL_WEBCHAT_SECRET": SECRETS["WASL_WEBCHAT_SECRET"]})
    problems = {account.key: account.problem for account in accounts.accounts}
    assert problems["web"] is None
    assert "WASL_WHATSAPP_TOKEN" in (problems["whatsapp-main"] or "")


def test_a_secret_never_shows_in_a_text_of_the_settings() -> None:
    accounts = load_accounts(SHIPPED, SECRETS | {"WASL_WHATSAPP_TOKEN": "do-not-print-me"})
    assert "do-not-print-me" not in repr(accounts)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "is not valid YAML in line"),
        ("- a\n- b\n", "must hold names with settings"),
        ("Bad Name: {channel: loopback}", "a–z, digits and hyphens"),
        ("a: {settings: {}}", "needs a line `channel:`"),
        ("a: {channel: pigeon}", "is no channel here"),
        ("codes: {account: nobody, template: x}", "not in the file"),
        ("a: {channel: loopback}\ncodes: {account: a}", "needs `account` and `template`"),
        ("announcements: {nobody: x}", "not in the file"),
        ("a: {channel: loopback}\nannouncements: [a]", "needs lines `account: template`"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load_accounts(write(tmp_path, text), {})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is missing"):
        load_accounts(tmp_path / "none.yaml", {})
