"""Reading the file that judges: malformed ones are told apart by line, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.lines import Line, MalformedFile, read_lines

HEADER = "intent\tlanguage\ttext\n"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "lines.tsv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_lines_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff" + HEADER.replace("\n", "\r\n") + "leak\tmix\tfuite\u2028hna\r\n\n")
    assert read_lines(path) == [Line("leak", "mix", "fuite\u2028hna")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "line 1: the header"),
        ("text\tintent\nx\ty\n", "line 1: the header"),
        (HEADER, "holds no line"),
        (HEADER + "leak\tfr\n", "line 2: three fields"),
        (HEADER + "leak\tfr\tfuite\nleak\tfr\ta\tb\n", "line 3: three fields"),
        (HEADER + "\tfr\tfuite\n", "line 2: the intent is missing"),
        (HEADER + "leak\tde\tLeck\n", "line 2: the language must be one of"),
        (HEADER + "leak\tfr\t \n", "line 2: the text is missing"),
        (HEADER.encode() + b"leak\tfr\tfuite\nleak\tfr\t\xe9\n", "line 3: the text is not UTF-8"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(MalformedFile, match=sentence):
        read_lines(written(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile, match="cannot be read"):
        read_lines(tmp_path / "none.tsv")
