"""What can be imported and exported, as one shape; and the import itself: all of a file, or nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.transfer.cells import Cells
from knowledge_base.network.transfer.table import (
    MOST_PROBLEMS,
    Line,
    Problem,
    Unreadable,
    read_table,
    write_table,
)

Record = dict[str, Any]


@dataclass(slots=True)
class Counts:
    """What a file changes."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or would do. With problems it did nothing."""

    counts: Counts
    problems: tuple[Problem, ...] = ()

    @property
    def is_accepted(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    `prepare` reads what rows are checked against. `read` turns a row into a record, noting problems in the
    cells. `check` finds what is wrong between the rows, and between them and the records there are.
    `write` brings the records into the database. `rows` returns every record as cells.
    """

    name: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    prepare: Callable[[AsyncConnection], Awaitable[Any]]
    read: Callable[[Cells, Any], Record]
    check: Callable[[Sequence[tuple[int, Record]], Any], list[Problem]]
    write: Callable[[AsyncConnection, Sequence[Record]], Awaitable[Counts]]
    rows: Callable[[AsyncConnection], Awaitable[list[Mapping[str, str]]]]


@dataclass
class _Read:
    records: list[tuple[int, Record]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


async def import_file(
    connection: AsyncConnection, kind: Kind, data: bytes, *, dry_run: bool = False
) -> Report:
    """Check a file and write it, all or nothing, in a part of the caller's transaction.

    With `dry_run` the report tells what would change, and nothing does.
    """
    try:
        lines = read_table(data, columns=kind.columns, required=kind.required)
    except Unreadable as error:
        return Report(Counts(), (error.problem,))
    known = await kind.prepare(connection)
    read = _read(kind, lines, known)
    if not read.problems:
        read.problems += kind.check(read.records, known)
    if read.problems:
        return Report(Counts(), tuple(sorted(read.problems, key=lambda each: each.line)[:MOST_PROBLEMS]))
    part = await connection.begin_nested()
    counts = await kind.write(connection, [record for _, record in read.records])
    await (part.rollback() if dry_run else part.commit())
    return Report(counts)


async def export_file(connection: AsyncConnection, kind: Kind) -> bytes:
    """Return every record as a CSV file, which can be imported again."""
    return write_table(kind.columns, await kind.rows(connection))


def _read(kind: Kind, lines: Sequence[Line], known: Any) -> _Read:
    read = _Read()
    for line in lines:
        cells = Cells(line)
        record = kind.read(cells, known)
        read.records.append((line.number, record))
        read.problems += cells.problems
    return read


def doubled(records: Sequence[tuple[int, Record]], column: str) -> list[Problem]:
    """Find keys that stand in the file twice."""
    first: dict[str, int] = {}
    problems = []
    for line, record in records:
        key = record[column]
        if key in first:
            problems.append(Problem(line, column, f"{key!r} stands in line {first[key]} already."))
        first.setdefault(key, line)
    return problems
