"""Examples chosen at the desk become files the assistant is trained with."""

from __future__ import annotations

from pathlib import Path

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from config.examples import write_examples
from config.settings import Settings


async def test_examples_come_and_go(database: AsyncEngine, database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data=tmp_path)  # type: ignore[call-arg]
    data = tmp_path / "data"
    assert await write_examples(settings, data) == "There are no training examples."
    async with database.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO training_examples (text, language, intent) VALUES"
                " ('kayna fuite hna', 'ary-Latn', 'leak'), ('une fuite', 'fr', 'leak')"
            )
        )
    said = await write_examples(settings, data)
    assert "2 training examples" in said
    assert yaml.safe_load((data / "ary-Latn" / "learned.yml").read_text(encoding="utf-8"))["nlu"] == [
        {"intent": "leak", "examples": "- kayna fuite hna\n"}
    ]
    async with database.begin() as connection:
        await connection.execute(text("DELETE FROM training_examples WHERE language = 'fr'"))
    await write_examples(settings, data)
    assert not (data / "fr" / "learned.yml").exists()
    assert (data / "ary-Latn" / "learned.yml").exists()
