"""Writes the training examples that supervisors chose at the desk into the assistant's data."""

from __future__ import annotations

from pathlib import Path

from config.database import open_database
from config.settings import ROOT, Settings
from ticketing.learning.examples import STYLES, all_examples, training_files

DATA = ROOT / "bot" / "assistant" / "data"
NAME = "learned.yml"


async def write_examples(settings: Settings, folder: Path = DATA) -> str:
    """One learned.yml a style, and none where there is nothing to learn any more. Returns what was done."""
    async with open_database(settings) as engine, engine.connect() as connection:
        examples = await all_examples(connection)
    files = training_files(examples)
    for style in STYLES:
        path = folder / style / NAME
        if style in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[style], encoding="utf-8")
        else:
            path.unlink(missing_ok=True)
    if not files:
        return "There are no training examples."
    written = ", ".join(f"{style}/{NAME}" for style in files)
    return f"{len(examples)} training examples are in {written}: train the assistant to use them."
