"""Steps are done again when contents change, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.launch.places import Places
from config.launch.stamps import Stamp, digest
from config.launch.training import forget_old_models, model_name


def test_a_digest_follows_contents_and_names_not_times(tmp_path: Path) -> None:
    file = tmp_path / "a" / "one.txt"
    file.parent.mkdir()
    file.write_text("1")
    before = digest(tmp_path, [tmp_path / "a"])
    os.utime(file, (1, 1))
    assert digest(tmp_path, [tmp_path / "a"]) == before
    file.write_text("2")
    changed = digest(tmp_path, [tmp_path / "a"])
    assert changed != before
    file.rename(file.with_name("two.txt"))
    assert digest(tmp_path, [tmp_path / "a"]) not in {before, changed}


def test_a_digest_does_not_see_what_builds_leave_behind(tmp_path: Path) -> None:
    (tmp_path / "source.ts").write_text("x")
    before = digest(tmp_path, [tmp_path])
    for left in ("dist/index.html", "node_modules/x/index.js", "__pycache__/a.pyc", ".rasa/cache/x"):
        (tmp_path / left).parent.mkdir(parents=True)
        (tmp_path / left).write_text("y")
    assert digest(tmp_path, [tmp_path]) == before


def test_words_and_files_do_not_run_into_each_other(tmp_path: Path) -> None:
    assert digest(tmp_path, [], "ab", "c") != digest(tmp_path, [], "a", "bc")


def test_a_stamp_is_empty_until_written(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamps", "env")
    assert stamp.read() == ""
    stamp.write("abc")
    assert Stamp(tmp_path / "stamps", "env").read() == "abc"
    stamp.clear()
    assert stamp.read() == ""


@pytest.mark.parametrize(
    ("path", "retrains"),
    [
        ("bot/assistant/config.yml", True),
        ("bot/assistant/data/nlu.yml", True),
        ("knowledge_base/text.py", True),
        ("knowledge_base/network/places.py", True),
        ("requirements/rasa.txt", True),
        ("bot/assistant/endpoints.yml", False),
        ("bot/assistant/tests/stories.yml", False),
        ("knowledge_base/network/tables.py", False),
    ],
)
def test_the_model_is_named_after_what_it_learns_from(checkout: Path, path: str, retrains: bool) -> None:
    places = Places.of(checkout, {})
    before = model_name(places)
    changed = checkout / path
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text("something else\n", "utf-8")
    assert (model_name(places) != before) is retrains


def test_old_models_go_and_the_latest_stay(checkout: Path) -> None:
    places = Places.of(checkout, {})
    places.models.mkdir(parents=True)
    models = [places.models / f"{number}.tar.gz" for number in range(6)]
    for age, model in enumerate(models):
        model.touch()
        os.utime(model, (1_000 - age, 1_000 - age))
    forget_old_models(places, keep=models[5])
    assert sorted(places.models.iterdir()) == [models[0], models[1], models[5]]
