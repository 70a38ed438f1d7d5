"""The lines that an assistant is judged by: a file of tab-separated intent, language and text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEADER = ("intent", "language", "text")
STYLES = ("ary-Arab", "ary-Latn", "ar", "fr", "en", "tzm", "mix")


class MalformedFile(ValueError):
    """The file cannot be judged by; the message says in one sentence which line and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a customer wrote, in which style, and what a person says it asks for."""

    intent: str
    style: str
    text: str


def read_lines(path: Path) -> list[Line]:
    """Return the lines of `path` (UTF-8, a header, empty lines allowed); raises `MalformedFile`."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise MalformedFile(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise MalformedFile(f"{path}, line {number}: the text is not UTF-8.") from error
    # Not splitlines(): a message may hold other line separators.
    rows = [row.removesuffix("\r") for row in content.split("\n")]
    if tuple(rows[0].split("\t")) != HEADER:
        raise MalformedFile(f"{path}, line 1: the header must be intent, language and text between tabs.")
    lines = [_line(path, number, row) for number, row in enumerate(rows[1:], start=2) if row.strip()]
    if not lines:
        raise MalformedFile(f"{path} holds no line below its header.")
    return lines


def _line(path: Path, number: int, row: str) -> Line:
    fields = [field.strip() for field in row.split("\t")]
    if len(fields) != len(HEADER):
        raise MalformedFile(
            f"{path}, line {number}: three fields between tabs are expected, not {len(fields)}."
        )
    intent, style, text = fields
    if not intent:
        raise MalformedFile(f"{path}, line {number}: the intent is missing.")
    if style not in STYLES:
        raise MalformedFile(
            f"{path}, line {number}: the language must be one of {', '.join(STYLES)}, not {style!r}."
        )
    if not text:
        raise MalformedFile(f"{path}, line {number}: the text is missing.")
    return Line(intent, style, text)
