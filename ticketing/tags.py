"""Words tickets and contacts are marked with: one spelling each, whoever writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.rendering import clean_text
from knowledge_base.text import fold
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.receipts import lock_all, lock_key

LONGEST: Final = 40
MOST: Final = 20  # of one ticket

_ALL = text("SELECT name FROM tags ORDER BY name")
_ADD = text("INSERT INTO tags (name) SELECT unnest(CAST(:names AS text[])) ON CONFLICT DO NOTHING")
_COUNTED = text(
    "SELECT g.name, coalesce(n.tickets, 0) AS tickets FROM tags g LEFT JOIN ("
    " SELECT tag, count(*) AS tickets FROM tickets, unnest(tags) AS tag WHERE tags <> '{}' GROUP BY tag"
    ") n ON n.tag = g.name ORDER BY lower(g.name)"
)
# A ticket that was seen with its old tags has changed: whoever writes them back is told so.
_RENAMED = "ARRAY(SELECT DISTINCT x FROM unnest(array_replace(tags, :name, :other)) AS x ORDER BY x)"
_HAVE_IT = "tags @> ARRAY[CAST(:name AS text)]"
# Our own words; names are bound.
_REPLACE = (
    f"UPDATE tickets SET version = version + 1, tags = {_RENAMED} WHERE tags <> '{{}}' AND {_HAVE_IT}",  # noqa: S608
    f"UPDATE contacts SET tags = {_RENAMED} WHERE {_HAVE_IT}",  # noqa: S608
)
_WITHOUT = "array_remove(tags, :name)"
_REMOVE = (
    f"UPDATE tickets SET version = version + 1, tags = {_WITHOUT} WHERE tags <> '{{}}' AND {_HAVE_IT}",  # noqa: S608
    f"UPDATE contacts SET tags = {_WITHOUT} WHERE {_HAVE_IT}",  # noqa: S608
    "DELETE FROM tags WHERE name = :name",
)


def tag_name(word: str) -> str:
    """As it is kept: blanks single, no comma. Invalid `tag_invalid` when nothing is left, or too much."""
    name = " ".join(clean_text(word).replace(",", " ").split())
    if not name or len(name) > LONGEST:
        raise Invalid("tag_invalid", f"A tag has 1 to {LONGEST} characters.", {"tags": "tag_invalid"})
    return name


async def known_tags(connection: AsyncConnection, words: Iterable[str]) -> list[str]:
    """These tags in their one spelling, sorted; what nobody used before is a tag from now on.

    Case, accents and Arabic spellings do not make another tag. Invalid `tag_invalid`.
    """
    names = [tag_name(word) for word in words]
    if not names:
        return []
    spelt = {fold(name): name for name in await _names(connection)}
    if any(fold(name) not in spelt for name in names):
        # Two who think of the same new word at once wait for each other.
        await lock_all(connection, [lock_key("tags", "new")])
        spelt = {fold(name): name for name in await _names(connection)}
        new = {fold(name): name for name in reversed(names) if fold(name) not in spelt}
        await connection.execute(_ADD, {"names": list(new.values())})
        spelt |= new
    chosen = sorted({spelt[fold(name)] for name in names})
    if len(chosen) > MOST:
        raise Invalid("tag_invalid", f"A ticket has at most {MOST} tags.", {"tags": "too_many"})
    return chosen


async def _names(connection: AsyncConnection) -> list[str]:
    return list((await connection.execute(_ALL)).scalars())


async def counted_tags(connection: AsyncConnection) -> list[Row[Any]]:
    """`name` and how many `tickets` have it, by name."""
    return list((await connection.execute(_COUNTED)).all())


async def add_tag(connection: AsyncConnection, word: str) -> str:
    """Conflict `tag_exists` when it is there in any spelling."""
    name = tag_name(word)
    await lock_all(connection, [lock_key("tags", "new")])
    _refuse_twin(await _names(connection), name)
    await connection.execute(_ADD, {"names": [name]})
    return name


async def rename_tag(connection: AsyncConnection, name: str, word: str) -> str:
    """Wherever it is. Conflict `tag_exists` when another tag is spelt so: they are merged instead."""
    other = tag_name(word)
    await lock_all(connection, [lock_key("tags", "new")])
    names = await _names(connection)
    _check_there(names, name)
    _refuse_twin([each for each in names if each != name], other)
    if other != name:
        await connection.execute(text("UPDATE tags SET name = :other WHERE name = :name"), _pair(name, other))
        await _replace(connection, name, other)
    return other


async def merge_tags(connection: AsyncConnection, name: str, into: str) -> str:
    """Give the tickets of one tag to another. NotFound `tag_unknown` when either is not there."""
    await lock_all(connection, [lock_key("tags", "new")])
    names = await _names(connection)
    _check_there(names, name)
    _check_there(names, into)
    if name != into:
        await _replace(connection, name, into)
        await connection.execute(text("DELETE FROM tags WHERE name = :name"), {"name": name})
    return into


async def remove_tag(connection: AsyncConnection, name: str) -> None:
    """Wherever it is. NotFound `tag_unknown`."""
    await lock_all(connection, [lock_key("tags", "new")])
    _check_there(await _names(connection), name)
    for statement in _REMOVE:
        await connection.execute(text(statement), {"name": name})


async def _replace(connection: AsyncConnection, name: str, other: str) -> None:
    for statement in _REPLACE:
        await connection.execute(text(statement), _pair(name, other))


def _pair(name: str, other: str) -> dict[str, str]:
    return {"name": name, "other": other}


def _check_there(names: Iterable[str], name: str) -> None:
    if name not in names:
        raise NotFound("tag_unknown", "There is no such tag.")


def _refuse_twin(names: Iterable[str], name: str) -> None:
    twin = next((each for each in names if fold(each) == fold(name)), None)
    if twin is not None:
        raise Conflict("tag_exists", "This tag is there already.", {"name": twin})
