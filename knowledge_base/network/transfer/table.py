"""A CSV file as people keep it in a spreadsheet: read with every problem named, written so that it opens.

Read: UTF-8 with or without BOM; comma, semicolon or tab. Written: UTF-8 with BOM, semicolons, CRLF, which
every spreadsheet opens with the right letters.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LARGEST = 10 * 1024 * 1024  # bytes
MOST_ROWS = 50_000
MOST_PROBLEMS = 100  # told at once; a file with more is wrong as a whole
_DELIMITERS = ";,\t"
# A cell that begins so is a formula to a spreadsheet: a quote before it makes it text.
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in which line (1 is the header) and column, and what is allowed, in one sentence."""

    line: int
    column: str | None
    message: str


class Unreadable(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its line in the file, and its cells by column, trimmed; absent columns are empty."""

    number: int
    cells: Mapping[str, str]


def read_table(data: bytes, *, columns: Sequence[str], required: Sequence[str]) -> list[Line]:
    """Return the rows of a CSV file; empty rows are passed over.

    Raises:
        Unreadable: too large, not UTF-8, no header, an unknown or missing column, or a row of another width.
    """
    if len(data) > LARGEST:
        raise _unreadable(1, f"The file is larger than {LARGEST // 2**20} MB: split it.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _unreadable(line, "The file is not UTF-8: save it as “CSV UTF-8”.") from error
    if "\x00" in text:
        raise _unreadable(1, "The file is no text: save it as “CSV UTF-8”.")
    rows = _rows(text)
    if not rows:
        raise _unreadable(1, f"The file is empty: its first line names the columns {', '.join(required)}.")
    header = [cell.strip().casefold() for cell in rows[0][1]]
    _check_header(header, columns, required)
    lines = []
    for number, cells in rows[1:]:
        if len(cells) != len(header):
            raise _unreadable(
                number,
                f"The line has {len(cells)} cells, the header {len(header)}:"
                " a cell with the separator in it must stand in quotes.",
            )
        values = {name: _plain(cell) for name, cell in zip(header, cells, strict=True)}
        lines.append(Line(number, {**dict.fromkeys(columns, ""), **values}))
    if len(lines) > MOST_ROWS:
        raise _unreadable(MOST_ROWS + 2, f"The file has more than {MOST_ROWS} rows: split it.")
    return lines


def write_table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return rows as a CSV file for spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(row[column]) for column in columns])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _rows(text: str) -> list[tuple[int, list[str]]]:
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((before + 1, cells))
            before = reader.line_num
    except csv.Error as error:
        raise _unreadable(reader.line_num, f"The line is no CSV ({error}): look for a lone quote.") from error
    return rows


def _check_header(header: Sequence[str], columns: Sequence[str], required: Sequence[str]) -> None:
    allowed = f"The columns are {', '.join(columns)}."
    for name in header:
        if name not in columns:
            raise _unreadable(1, f"There is no column {name!r}. {allowed}", name)
        if header.count(name) > 1:
            raise _unreadable(1, f"The column {name!r} stands there twice.", name)
    for name in required:
        if name not in header:
            raise _unreadable(1, f"The column {name!r} is missing. {allowed}", name)


def _unreadable(line: int, message: str, column: str | None = None) -> Unreadable:
    return Unreadable(Problem(line, column, message))


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


def _safe(cell: str) -> str:
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
