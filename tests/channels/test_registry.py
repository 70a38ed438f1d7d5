"""Every folder with an adapter is a channel, and only a well-formed one loads."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import channels
from channels.adapter import ChannelAdapter
from channels.registry import MalformedChannel, UnknownChannel, channel_names, load

ADAPTER = """
from pydantic import BaseModel
from channels.adapter import ChannelAdapter
from channels.envelope import Capabilities, Sent

class Settings(BaseModel): ...

class Pigeon(ChannelAdapter[Settings]):
    capabilities = Capabilities(text_length=50)
    settings_type = Settings
    async def send(self, message): return Sent("p1")
"""


@pytest.fixture
def add_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])

    def add(name: str, adapter: str) -> None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter.py").write_text(adapter, "utf-8")
        monkeypatch.delitem(sys.modules, f"channels.{name}.adapter", raising=False)

    return add


@pytest.mark.parametrize("name", channel_names())
def test_every_channel_keeps_the_contract(name: str) -> None:
    adapter = load(name)
    assert issubclass(adapter, ChannelAdapter)
    assert (Path(channels.__path__[0]) / name / "README.md").is_file()


def test_folders_without_an_adapter_are_not_channels() -> None:
    assert "loopback" in channel_names()
    assert "sandbox" not in channel_names()


def test_a_new_folder_is_a_new_channel(add_channel: Callable[[str, str], None]) -> None:
    add_channel("pigeon", ADAPTER)
    assert "pigeon" in channel_names()
    assert load("pigeon").__name__ == "Pigeon"


def test_an_unknown_channel_is_named_with_the_known_ones() -> None:
    with pytest.raises(UnknownChannel, match=r"no channel 'carrier'.*loopback"):
        load("carrier")


@pytest.mark.parametrize("name", ["../whatsapp", "sandbox", "", "adapter", "loopback.api"])
def test_only_folders_load(name: str) -> None:
    with pytest.raises(UnknownChannel):
        load(name)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("class Pigeon", "class Dove(ChannelAdapter): ...\nclass Pigeon"), "one ChannelAdapter, not 2"),
        (("class Pigeon(ChannelAdapter[Settings])", "class Pigeon"), "one ChannelAdapter, not 0"),
        (("async def send", "async def post"), "does not implement send"),
        (("capabilities = Capabilities(text_length=50)", ""), "capabilities"),
        (("settings_type = Settings", "settings_type = dict"), "settings_type"),
    ],
)
def test_a_malformed_channel_says_what_is_wrong(
    add_channel: Callable[[str, str], None], change: tuple[str, str], complaint: str
) -> None:
    name = f"pigeon{abs(hash(complaint))}"
    add_channel(name, ADAPTER.replace(*change))
    with pytest.raises(MalformedChannel, match=complaint):
        load(name)
