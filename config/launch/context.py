"""What every command is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.launch.children import Children
from config.launch.places import Places, child_environment
from config.launch.progress import Progress, Steps
from config.launch.stamps import Stamp


@dataclass(frozen=True)
class Context:
    places: Places
    progress: Progress
    children: Children
    steps: Steps

    @classmethod
    def of(cls, places: Places, progress: Progress | None = None) -> Context:
        progress, children = progress or Progress(), Children()
        return cls(places, progress, children, Steps(progress, children, places.tool_logs))

    def stamp(self, name: str) -> Stamp:
        return Stamp(self.places.stamps, name)

    def step(
        self,
        title: str,
        command: Sequence[str],
        *,
        log: str,
        directory: Path | None = None,
        extra: Mapping[str, str] | None = None,
        background: bool = False,
    ) -> None:
        """Run one long program in the checkout; see `Steps.run`."""
        self.steps.run(
            title,
            command,
            directory=directory or self.places.root,
            environment=child_environment(self.places, extra),
            log=log,
            background=background,
        )
