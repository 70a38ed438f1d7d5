"""CSV files of the network: what is wrong is told by line and column, and a wrong file changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.tables import agencies, payment_points, places, rounds, stops, vans
from knowledge_base.network.transfer.files import FILES
from knowledge_base.network.transfer.kinds import Report, export_file, import_file
from knowledge_base.network.transfer.table import LARGEST, read_table

AGENCY = "key,name_fr,name_ar,commune"
TIMETABLE = "van,weekday,starts,ends,place,valid_from,valid_to"
POINT = "key,name,commune,latitude,longitude"
PLACE = "id,kind,name_fr,name_ar,commune,aliases"


async def take(connection: AsyncConnection, kind: str, text: str | bytes, *, dry_run: bool = False) -> Report:
    data = text if isinstance(text, bytes) else text.encode()
    return await import_file(connection, FILES[kind], data, dry_run=dry_run)


def told(report: Report) -> list[tuple[int, str | None, str]]:
    return [(each.line, each.column, each.message) for each in report.problems]


async def count(connection: AsyncConnection, table: object) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


async def stops_by_place(connection: AsyncConnection) -> dict[str, UUID]:
    rows = await connection.execute(select(stops.c.place_id, stops.c.id))
    return {row.place_id: row.id for row in rows}


@pytest.mark.parametrize(
    "data",
    [
        f"{AGENCY}\nz,Agence Z,وكالة,zemamra\n".encode(),
        b"\xef\xbb\xbf" + f"{AGENCY}\r\nz,Agence Z,وكالة,Zemamra\r\n".encode(),
        "key;name_fr;name_ar;commune\nz;Agence Z;وكالة;الزمامرة\n".encode(),
        "KEY\tname_fr\tname_ar\tcommune\n\nz\tAgence Z\tوكالة\tzmamra\n".replace(
            "zmamra", "ZEMAMRA"
        ).encode(),
        'key,name_fr,name_ar,commune\nz,"Agence Z",وكالة,zemamra'.encode(),
    ],
    ids=["commas", "bom and crlf", "semicolons", "tabs and an empty line", "quotes and no last newline"],
)
async def test_every_usual_form_of_csv_is_read(connection: AsyncConnection, data: bytes) -> None:
    report = await take(connection, "agencies", data)
    assert told(report) == []
    assert report.counts.added == 1
    assert (await connection.execute(select(agencies.c.commune_id))).scalar_one() == "zemamra"


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b"", 1, "empty"),
        (b"\n\n", 1, "empty"),
        ("key,name_fr,name_ar,commune\nz,Café".encode("latin-1"), 2, "UTF-8"),
        (b"PK\x03\x04\x00\x00", 1, "CSV UTF-8"),
        (b"key,name_fr,commune\nz,Z,zemamra\n", 1, "'name_ar' is missing"),
        (f"{AGENCY},colour\nz,Z,Z,zemamra,red\n".encode(), 1, "no column 'colour'"),
        (f"{AGENCY},key\nz,Z,Z,zemamra,z\n".encode(), 1, "twice"),
        (f"{AGENCY}\nz,Agence, Z,Z,zemamra\n".encode(), 2, "5 cells, the header 4"),
        (f'{AGENCY}\nz,"Agence Z,Z,zemamra\n'.encode(), 2, "quote"),
        (b"x" * (LARGEST + 1), 1, "larger than 10 MB"),
    ],
)
async def test_what_is_no_table_is_refused_as_a_whole(
    connection: AsyncConnection, data: bytes, line: int, says: str
) -> None:
    report = await take(connection, "agencies", data)
    ((at, _, message),) = told(report)
    assert at == line
    assert says in message
    assert await count(connection, agencies) == 0


async def test_every_problem_of_a_file_is_told_and_nothing_is_written(connection: AsyncConnection) -> None:
    report = await take(
        connection,
        "agencies",
        f"{AGENCY},status,monday,tuesday,latitude,longitude,services,opens_on\n"
        "a,A,أ,zemamra,open,08:30-16:30,,,,,\n"
        "b,B,ب,Zemmara,open,25:00-26:00,,,,,\n"
        "c,,ج,zemamra,shut,16:30-08:30,,,,,\n"
        "d,D,د,zemamra,open,08:30-12:00 11:00-16:00,09h-12h,91,200,parking,31/02/2026\n"
        "a,E,ه,zemamra,open,,,33.1,,,\n",
    )
    problems = {(line, column): message for line, column, message in told(report)}
    assert problems[3, "commune"].startswith("There is no commune 'Zemmara'. Did you mean ")
    assert "emamra" in problems[3, "commune"]
    assert problems[3, "monday"].startswith("'25:00' is no hour of the day")
    assert problems[4, "name_fr"] == "This cell must not be empty."
    assert problems[4, "status"] == "'shut' is not allowed: write one of open, planned, closed."
    assert problems[4, "monday"] == "16:30-08:30 ends before it begins."
    assert "overlap" in problems[5, "monday"]
    assert "from -90 to 90" in problems[5, "latitude"]
    assert "from -180 to 180" in problems[5, "longitude"]
    assert "no service 'parking'" in problems[5, "services"]
    assert "no date" in problems[5, "opens_on"]
    assert "neither" in problems[6, "latitude"]
    assert await count(connection, agencies) == 0
    again = await take(connection, "agencies", f"{AGENCY}\na,A,أ,zemamra\na,B,ب,zemamra\n")
    assert told(again) == [(3, "key", "'a' stands in line 2 already.")]


async def test_a_dry_run_counts_and_writes_nothing(connection: AsyncConnection) -> None:
    text = f"{AGENCY}\na,A,أ,zemamra\n"
    looked = await take(connection, "agencies", text, dry_run=True)
    assert (looked.counts.added, await count(connection, agencies)) == (1, 0)
    await take(connection, "agencies", text)
    again = await take(connection, "agencies", text)
    assert (again.counts.added, again.counts.changed, again.counts.unchanged) == (0, 0, 1)
    changed = await take(connection, "agencies", text.replace("a,A", "a,Autre"))
    assert (changed.counts.added, changed.counts.changed) == (0, 1)


async def test_the_timetable_of_a_van_is_what_the_file_says(connection: AsyncConnection) -> None:
    text = (
        f"{TIMETABLE}\n"
        "V1,4,09:00,13:00,souk-khemis-zemamra,2026-01-01,\n"
        "V1,vendredi,9:00,11:30,Laghnadra,01/01/2026,\n"
        "V2,الاثنين,09:00,12:00,سوق اثنين الغربية,,\n"
    ).replace("سوق اثنين الغربية", "souk-tnine-gharbia")
    report = await take(connection, "timetable", text)
    assert told(report) == []
    assert report.counts.added == 3
    ids = await stops_by_place(connection)
    assert (await take(connection, "timetable", text)).counts.unchanged == 3
    later = f"{TIMETABLE}\nV1,4,10:00,13:00,souk-khemis-zemamra,2026-01-01,\n"
    report = await take(connection, "timetable", later)
    assert (report.counts.added, report.counts.changed, report.counts.removed) == (0, 1, 1)
    left = await stops_by_place(connection)
    assert left == {name: ids[name] for name in ("souk-khemis-zemamra", "souk-tnine-gharbia")}
    assert await count(connection, vans) == 2


async def test_a_van_is_in_one_place_at_a_time(connection: AsyncConnection) -> None:
    report = await take(
        connection,
        "timetable",
        f"{TIMETABLE}\n"
        "V1,1,09:00,13:00,zemamra,2026-01-01,2026-02-07\n"
        "V1,1,10:00,14:00,zemamra,2026-02-08,\n"  # another season: no overlap
        "V1,1,13:00,15:00,kridid,2026-01-01,2026-02-07\n"  # begins as the first ends
        "V1,1,12:30,15:00,metrane,2026-01-01,2026-02-07\n"
        "V2,1,09:00,13:00,zemamra,2026-01-01,\n",
    )
    assert {(line, column) for line, column, _ in told(report)} == {(5, "starts")}
    assert "V1 is at zemamra that day already, from 09:00 to 13:00 (line 2)" in told(report)[0][2]
    wrong = await take(
        connection,
        "timetable",
        f"{TIMETABLE}\n"
        "V1,8,09:00,13:00,zemamra,,\n"
        "V1,2,13:00,09:00,zemamra,,\n"
        "V1,3,9h60,13:00,zemamra,2026-03-01,2026-02-01\n"
        "V1,4,09:00,13:00,souk khemis zemama,,\n",
    )
    problems = {(line, column): message for line, column, message in told(wrong)}
    assert set(problems) == {(2, "weekday"), (3, "ends"), (4, "starts"), (4, "valid_to"), (5, "place")}
    assert "Did you mean Souk Khemis Zemamra" in problems[5, "place"]
    assert await count(connection, stops) == 0


async def test_a_season_ends_a_round_and_begins_another(connection: AsyncConnection) -> None:
    await take(connection, "timetable", f"{TIMETABLE}\nV1,1,09:00,13:00,zemamra,2026-01-01,\n")
    await take(
        connection,
        "timetable",
        f"{TIMETABLE}\nV1,1,09:00,13:00,zemamra,2026-01-01,2027-02-07\nV1,1,10:00,13:00,zemamra,2027-02-08,2027-03-09\n",
    )
    dates = (await connection.execute(select(rounds.c.effective_from, rounds.c.effective_to))).all()
    assert sorted(map(tuple, dates)) == [
        (date(2026, 1, 1), date(2027, 2, 7)),
        (date(2027, 2, 8), date(2027, 3, 9)),
    ]


async def test_payment_points_need_a_position(connection: AsyncConnection) -> None:
    report = await take(
        connection,
        "payment_points",
        f"{POINT}\np1,Cash Plus,zemamra,32.63,-8.7\np2,Wafacash,zemamra,,-8.7\np3,X,zemamra,north,-8.7\n",
    )
    assert {(line, column) for line, column, _ in told(report)} == {(3, "latitude"), (4, "latitude")}
    comma = "key;name;commune;latitude;longitude\np1;Cash Plus;zemamra;32,63;-8,70\n"
    assert told(await take(connection, "payment_points", comma)) == []
    row = (await connection.execute(select(payment_points))).one()
    assert (row.latitude, row.longitude, row.services) == (32.63, -8.7, ["payment"])


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        (
            "douar-x,douar,Douar X,دوار إكس,zemamra,Zmamra Khmis|Khmis zmamra\n",
            2,
            "souk-khemis-zemamra already",
        ),
        ("douar-x,douar,Bni Hilal,دوار إكس,zemamra,\n", 2, "bni-hilal already"),
        ("douar-x,douar,Douar X,دوار إكس,zemamra,Ixat|ixat\n", 2, "twice"),
        (
            "a,douar,Ain Kohl,عين الكحل,zemamra,\nb,douar,Aïn Kohl,عين كحلة,kridid,\n",
            3,
            "spelling of a already",
        ),
        ("a,douar,Ain Kohl,عين الكحل,zemamra,\na,douar,Ain Biad,عين بياض,kridid,\n", 3, "line 2 already"),
        ("zemamra,douar,Ain Kohl,عين الكحل,kridid,\n", 2, "gazetteer"),
        ("Douar X,douar,Ain Kohl,عين الكحل,kridid,\n", 2, "no id"),
        ("douar-x,city,Ain Kohl,عين الكحل,kridid,\n", 2, "souk, douar, quarter"),
    ],
)
async def test_a_spelling_leads_to_one_place(
    connection: AsyncConnection, rows: str, line: int, says: str
) -> None:
    before = await count(connection, places)
    report = await take(connection, "places", f"{PLACE}\n{rows}")
    assert [at for at, _, _ in told(report)] == [line], told(report)
    assert says in told(report)[0][2]
    assert await count(connection, places) == before


async def test_a_new_douar_can_have_a_stop(connection: AsyncConnection) -> None:
    new = f"{PLACE}\ndouar-ain-kohl,douar,Douar Ain Kohl,دوار عين الكحل,zemamra,3in lk7el|Ain Lkhal\n"
    assert told(await take(connection, "places", new)) == []
    stop = f"{TIMETABLE}\nV1,1,09:00,13:00,Douar Ain Kohl,,\n"
    assert told(await take(connection, "timetable", stop)) == []
    assert (await take(connection, "places", new)).counts.unchanged == 1


FILLED: Mapping[str, str] = {
    "agencies": f'{AGENCY},monday,address_fr\nz,=Agence,وكالة,zemamra,08:30-12:00 14:00-16:30,"1, rue; X"\n',
    "timetable": f"{TIMETABLE}\nV1,4,09:00,13:00,souk-khemis-zemamra,2026-01-01,2026-12-31\n",
    "payment_points": f"{POINT}\np1,Cash Plus,zemamra,-32.63,-8.7\n",
    "places": f"{PLACE}\ndouar-ain-kohl,douar,Douar Ain Kohl,دوار عين الكحل,zemamra,3in lk7el|Ain Lkhal\n",
}


@pytest.mark.parametrize("kind", sorted(FILES))
async def test_an_export_opens_in_a_spreadsheet_and_comes_back_as_it_was(
    connection: AsyncConnection, kind: str
) -> None:
    assert told(await take(connection, kind, FILLED[kind])) == []
    data = await export_file(connection, FILES[kind])
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    assert b";" in data.split(b"\r\n")[0]
    assert b";=" not in data  # no cell is a formula
    report = await take(connection, kind, data)
    assert told(report) == []
    assert (report.counts.added, report.counts.changed, report.counts.unchanged) == (0, 0, 1)


def test_lines_are_counted_through_cells_of_several_lines() -> None:
    data = b'key,name\na,"two\nlines"\nb,one\n'
    lines = read_table(data, columns=("key", "name"), required=("key",))
    assert [(line.number, line.cells["key"]) for line in lines] == [(2, "a"), (4, "b")]
