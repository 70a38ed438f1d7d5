"""Placeholder ``tensorflow`` and ``keras`` modules, so that Rasa starts without TensorFlow.

Rasa 3.6 imports TensorFlow at start even when no component of the pipeline uses it. Our pipeline does
not, and without the real package the assistant's environment is a third of the size, needs less than
half the memory, answers twice as soon after a start, and carries none of TensorFlow's open advisories.

``./wasl`` copies this file into the environment and adds a one-line ``.pth`` that calls ``install()``.
Whatever the modules are asked for at import time (base classes, annotations, decorators) is a
placeholder; *using* one raises ``TensorFlowMissing``, so a pipeline that needs TensorFlow (DIET, TED)
fails at once with a clear sentence instead of misbehaving.

Standard library only; Python 3.10 and 3.11.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from abc import ABCMeta
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("tensorflow", "keras")
"""Top-level modules that are played."""


class TensorFlowMissing(RuntimeError):
    """A component really needs TensorFlow, which this environment leaves out on purpose."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} was called, but the assistant's environment has no TensorFlow: "
            "use pipeline components that do without it (not DIETClassifier, not TEDPolicy)."
        )


class PlaceholderType(ABCMeta):
    """The type of every placeholder: a class, so that Rasa can inherit from it and annotate with it."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = placeholder(f"{cls.__qualname__}.{name}")
        setattr(cls, name, made)
        return made

    def __getitem__(cls, _parameters: Any) -> Any:
        return cls  # Generic[...] in annotations

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        if cls.__dict__.get("_is_placeholder") and not options and len(arguments) == 1:
            decorated = arguments[0]
            if callable(decorated):
                return decorated  # @tf.function
        raise TensorFlowMissing(cls.__qualname__)


def placeholder(name: str) -> Any:
    """Return a class that stands for ``name`` (``tensorflow.keras.Model``)."""
    return PlaceholderType(name, (), {"_is_placeholder": True, "__module__": name.split(".", maxsplit=1)[0]})


class PlaceholderModule(ModuleType):
    """A module whose every attribute is a placeholder."""

    __path__: list[str] = []  # noqa: RUF012 - lets ``import tensorflow.keras.backend`` look for submodules

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = placeholder(f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


class PlaceholderFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and loads the placeholder modules and their submodules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".", maxsplit=1)[0] not in NAMES:
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return PlaceholderModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__version__"] = "0.0.0"


def install() -> None:
    """Answer imports of TensorFlow with placeholders, unless the real package is there."""
    if not any(isinstance(finder, PlaceholderFinder) for finder in sys.meta_path):
        sys.meta_path.append(PlaceholderFinder())  # last: a real TensorFlow is found first
