"""Reads accounts.yaml: which account is on which channel, with which settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from channels import registry
from channels.adapter import ChannelAdapter
from config.settings import SettingsError

PLACEHOLDER = re.compile(r"\$\{([A-Z0-9_]+)(?::-([^}]*))?\}")
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """One account. Where `settings` is None, `problem` says in a sentence why it cannot be entered."""

    key: str
    channel: str
    adapter: type[ChannelAdapter[Any]]
    settings: BaseModel | None
    problem: str | None = None
    is_unset: bool = False  # nothing of what it needs is there: not a mistake, just not used yet


@dataclass(frozen=True, slots=True)
class CodeDelivery:
    """How one-time codes reach the telephone registered for a contract."""

    account: str
    template: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """`announcements` names, by account, the template that carries a notice past a closed reply window."""

    accounts: tuple[AccountConfig, ...]
    codes: CodeDelivery | None
    announcements: Mapping[str, str]


def load_accounts(path: Path, environment: Mapping[str, str]) -> Accounts:
    """Read and check the file. A missing secret disables its account; a wrong file is everyone's error."""
    document = read_yaml(path)
    codes = document.pop("codes", None)
    announcements = document.pop("announcements", None)
    accounts = tuple(_account(path, key, entry, environment) for key, entry in document.items())
    keys = {account.key for account in accounts}
    return Accounts(accounts, _codes(path, codes, keys), _announcements(path, announcements, keys))


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping, or one clear sentence."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(f"{path} is missing.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise SettingsError(
            f"{path} is not valid YAML{where}: {getattr(error, 'problem', error)}."
        ) from error
    if not isinstance(document, dict):
        raise SettingsError(f"{path} must hold names with settings, not {type(document).__name__}.")
    return document


def _account(path: Path, key: str, entry: Any, environment: Mapping[str, str]) -> AccountConfig:
    if not KEY.fullmatch(str(key)):
        raise SettingsError(f"{path}: the account name {key!r} may hold only a–z, digits and hyphens.")
    if not isinstance(entry, dict) or "channel" not in entry:
        raise SettingsError(f"{path}: account {key} needs a line `channel:`.")
    channel = str(entry["channel"])
    if channel not in registry.channel_names():
        known = ", ".join(sorted(registry.channel_names()))
        raise SettingsError(f"{path}: account {key} is on {channel!r}, which is no channel here ({known}).")
    adapter = registry.load(channel)
    raw = entry.get("settings") or {}
    needed = _needed(raw)
    missing = {name for name in needed if not environment.get(name)}
    if missing:
        problem = f"{' and '.join(sorted(missing))} must be set in the environment"
        return AccountConfig(key, channel, adapter, None, problem, is_unset=missing == needed)
    try:
        settings = adapter.settings_type.model_validate(_resolve(raw, environment))
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        return AccountConfig(key, channel, adapter, None, problem)
    return AccountConfig(key, channel, adapter, settings)


def _texts(value: Any) -> Iterator[str]:
    """Every text in the settings, at any depth."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _needed(raw: Any) -> set[str]:
    """The names without a default."""
    found = (match for text in _texts(raw) for match in PLACEHOLDER.finditer(text))
    return {match.group(1) for match in found if match.group(2) is None}


def _resolve(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _resolve(inner, environment) for name, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner, environment) for inner in value]
    if not isinstance(value, str):
        return value
    return PLACEHOLDER.sub(lambda match: environment.get(match.group(1)) or match.group(2) or "", value)


def _codes(path: Path, entry: Any, keys: set[str]) -> CodeDelivery | None:
    if entry is None:
        return None
    try:
        codes = CodeDelivery(account=entry["account"], template=entry["template"])
    except (TypeError, KeyError) as error:
        raise SettingsError(f"{path}: `codes` needs `account` and `template`.") from error
    if codes.account not in keys:
        raise SettingsError(f"{path}: `codes` names the account {codes.account!r}, which is not in the file.")
    return codes


def _announcements(path: Path, entry: Any, keys: set[str]) -> Mapping[str, str]:
    if entry is None:
        return {}
    if not isinstance(entry, dict) or not all(isinstance(name, str) for name in entry.values()):
        raise SettingsError(f"{path}: `announcements` needs lines `account: template`.")
    for key in entry:
        if key not in keys:
            raise SettingsError(
                f"{path}: `announcements` names the account {key!r}, which is not in the file."
            )
    return dict(entry)
