"""Every folder here that holds an `adapter.py` is a channel: found by looking, loaded by name.

Nothing outside a channel's folder names it. Deleting the folder and its accounts deletes the channel.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import channels
from channels.adapter import ChannelAdapter
from channels.envelope import Capabilities


class UnknownChannel(LookupError):
    """No folder of that name holds an adapter."""


class MalformedChannel(TypeError):
    """The folder is there, but its `adapter.py` does not keep the contract."""


def channel_names() -> tuple[str, ...]:
    """Names of all channels, sorted."""
    files = (file for root in channels.__path__ for file in Path(root).glob("*/adapter.py"))
    return tuple(sorted({file.parent.name for file in files}))


def load(name: str) -> type[ChannelAdapter[Any]]:
    """The adapter class of a channel: the only ChannelAdapter defined in `channels/<name>/adapter.py`.

    UnknownChannel when there is no such folder; MalformedChannel when it does not keep the contract.
    """
    if name not in channel_names():
        known = ", ".join(channel_names()) or "none"
        raise UnknownChannel(f"There is no channel '{name}'; there are: {known}.")
    module = import_module(f"channels.{name}.adapter")
    classes = (member for member in vars(module).values() if inspect.isclass(member))
    found = [one for one in classes if issubclass(one, ChannelAdapter) and one.__module__ == module.__name__]
    if len(found) != 1:
        count = len(found)
        raise MalformedChannel(f"channels/{name}/adapter.py must define one ChannelAdapter, not {count}.")
    return _checked(name, found[0])


def _checked(name: str, adapter: type[ChannelAdapter[Any]]) -> type[ChannelAdapter[Any]]:
    """Refuse here, with the name of the fault, what would otherwise fail at the first message."""
    place = f"{adapter.__name__} in channels/{name}/adapter.py"
    if inspect.isabstract(adapter):
        missing = ", ".join(sorted(adapter.__abstractmethods__))
        raise MalformedChannel(f"{place} does not implement {missing}.")
    if not isinstance(getattr(adapter, "capabilities", None), Capabilities):
        raise MalformedChannel(f"{place} does not state its capabilities.")
    settings = getattr(adapter, "settings_type", None)
    if not (inspect.isclass(settings) and issubclass(settings, BaseModel)):
        raise MalformedChannel(f"{place} does not state its settings_type.")
    return adapter
