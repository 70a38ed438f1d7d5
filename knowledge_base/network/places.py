"""The gazetteer: communes, souks, douars and city quarters, found in text of either script.

Standard library only, Python 3.10 or newer: the assistant imports this module in its own environment.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from knowledge_base.network.spellings import (
    AGENCY_WORDS,
    COMMON_WORDS,
    COMMUNE_WORDS,
    CONNECTORS,
    DAY_WORDS,
    DOUAR_WORDS,
    GENERIC_WORDS,
    PREPOSITIONS,
    SOUK_WORDS,
    openings,
    same_but_one,
    weekday_of,
    without_article,
)
from knowledge_base.text import Word, skeleton, spans, words

PlaceKind = Literal["commune", "souk", "douar", "agency", "quarter"]

DATA_FOLDER = Path(__file__).parent / "data"

EXACT = 1.0
SAME_SOUND = 0.9
ONE_LETTER_OFF = 0.8
SOUK_OF_A_WEEKDAY = 0.7

_LONGEST_NAME = 6  # words
_LONGEST_TEXT = 300  # words looked at; a name further on in a wall of text is not found
_SHORTEST_APPROXIMATION = 5  # letters: shorter names must be written as listed


@dataclass(frozen=True, slots=True)
class Place:
    """A place a customer may name.

    `id` is a stable slug. `commune_id` is its own id for a commune. Positions are approximate degrees
    (WGS 84), None when only the commune's is known. `everyday` are spellings that are also everyday
    words: they count after a preposition, after a word like "souk", or as the whole message.
    `weekday` is the ISO day of a souk's name.
    """

    id: str
    kind: PlaceKind
    name_ar: str
    name_fr: str
    commune_id: str
    province_fr: str
    province_ar: str
    latitude: float | None
    longitude: float | None
    aliases: tuple[str, ...] = ()
    everyday: tuple[str, ...] = ()
    weekday: int | None = None
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class PlaceMatch:
    """A place named in `text[start:end]`; `score` is 1.0 for a listed spelling and less for a guess."""

    place: Place
    score: float
    start: int
    end: int


def load_places(folder: Path = DATA_FOLDER) -> tuple[Place, ...]:
    """Return every place of the packaged gazetteer, communes first."""
    communes = [_commune(row) for row in _rows(folder / "communes.tsv")]
    by_id = {commune.id: commune for commune in communes}
    return (*communes, *(_site(row, by_id[row["commune_id"]]) for row in _rows(folder / "sites.tsv")))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(
            (line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE
        )


def _commune(row: dict[str, str]) -> Place:
    aliases, everyday = _aliases(row["aliases"])
    return Place(
        id=row["id"],
        kind="commune",
        name_ar=row["name_ar"],
        name_fr=row["name_fr"],
        commune_id=row["id"],
        province_fr=row["province_fr"],
        province_ar=row["province_ar"],
        latitude=_degrees(row["latitude"]),
        longitude=_degrees(row["longitude"]),
        aliases=aliases,
        everyday=everyday,
    )


def _site(row: dict[str, str], commune: Place) -> Place:
    aliases, everyday = _aliases(row["aliases"])
    kind = row["kind"]
    if kind not in ("souk", "douar", "agency", "quarter"):
        raise ValueError(f"Place {row['id']} of the gazetteer has the unknown kind {kind!r}.")
    return Place(
        id=row["id"],
        kind=kind,  # type: ignore[arg-type]  # checked above; Python 3.10 cannot narrow a str to a Literal
        name_ar=row["name_ar"],
        name_fr=row["name_fr"],
        commune_id=commune.id,
        province_fr=commune.province_fr,
        province_ar=commune.province_ar,
        latitude=_degrees(row["latitude"]),
        longitude=_degrees(row["longitude"]),
        aliases=aliases,
        everyday=everyday,
        weekday=int(row["weekday"]) if row["weekday"] else None,
        is_demo=row["demonstration"] == "1",
    )


def _degrees(text: str) -> float | None:
    return float(text) if text else None


def _aliases(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cut the alias column into spellings and everyday spellings (those marked with ``?``)."""
    spellings = [spelling for spelling in text.split("|") if spelling]
    return (
        tuple(spelling for spelling in spellings if not spelling.endswith("?")),
        tuple(spelling[:-1] for spelling in spellings if spelling.endswith("?")),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Places that words `first` to `last` (exclusive) may name, by a name of so many letters."""

    first: int
    last: int
    score: float
    letters: int
    places: tuple[Place, ...]

    @property
    def weight(self) -> float:
        """Longer names win; a guess must recognise clearly more than a listed spelling does."""
        return self.letters * self.score - (self.score < EXACT)

    def overlaps(self, other: _Candidate) -> bool:
        return self.first < other.last and other.first < self.last


class PlaceIndex:
    """Finds places in text, through articles, proclitics, spellings and single typing errors."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: dict[str, Place] = {place.id: place for place in places}
        self._spelled: dict[str, list[Place]] = {}
        self._everyday: dict[str, list[Place]] = {}
        self._misspellable: set[str] = set()
        self._words_of_names: set[str] = set()
        self._lost_letter: dict[str, set[str]] = {}
        self._by_sound: dict[str, set[str]] = {}
        self._souks_of_day: dict[int, list[Place]] = {}
        self._souks_of_commune: dict[str, list[Place]] = {}
        for place in self.places.values():
            self._add(place)

    def find(self, text: str) -> list[PlaceMatch]:
        """Return the places named in `text`, best first, then in the order of the text.

        The longest name wins where names overlap. Places that fit the same words equally well are all
        returned with the same score: ask which one is meant. A commune and a site of the same name in it
        count as one place (the site where the text says souk or douar). A weekday alone is a day, never a
        place; after the word souk it is every souk of that day.
        """
        text_words = spans(text)[:_LONGEST_TEXT]
        folded = [word.folded for word in text_words]
        candidates = [*self._named(folded), *self._weekday_souks(folded)]
        candidates.sort(key=lambda candidate: (-candidate.weight, candidate.first, candidate.last))
        chosen: list[_Candidate] = []
        for candidate in candidates:
            if not any(candidate.overlaps(other) for other in chosen):
                chosen.append(candidate)
        matches = [match for candidate in chosen for match in self._matches(candidate, text_words)]
        return sorted(matches, key=lambda match: (-match.score, match.start))

    # --- building -----------------------------------------------------------------------------------------

    def _add(self, place: Place) -> None:
        everyday = {key for spelling in place.everyday for key in _keys(spelling)}
        spelled = {key for name in (place.name_fr, place.name_ar, *place.aliases) for key in _keys(name)}
        for key in everyday:
            self._everyday.setdefault(key, []).append(place)
        for key in spelled - everyday:
            self._spelled.setdefault(key, []).append(place)
            if len(key) >= _SHORTEST_APPROXIMATION and key == without_article(key):
                self._misspellable.add(key)
                self._by_sound.setdefault(_sound(key), set()).add(key)
                for shorter in _one_letter_less(key):
                    self._lost_letter.setdefault(shorter, set()).add(key)
        self._words_of_names.update(words(place.name_fr), words(place.name_ar))
        if place.kind == "souk":
            self._souks_of_commune.setdefault(place.commune_id, []).append(place)
            if place.weekday is not None:
                self._souks_of_day.setdefault(place.weekday, []).append(place)

    # --- finding ------------------------------------------------------------------------------------------

    def _named(self, folded: list[str]) -> Iterator[_Candidate]:
        for first in range(len(folded)):
            before = folded[first - 1] if first else ""
            if before in DAY_WORDS and weekday_of(folded[first]) is not None:
                continue  # "nhar lkhmis zemamra": the weekday is a day, not part of the name
            for last in range(first + 1, min(first + _LONGEST_NAME, len(folded)) + 1):
                window = folded[first:last]
                if window[-1] in CONNECTORS:
                    continue
                in_context = len(window) == len(folded) or before in PREPOSITIONS or before in GENERIC_WORDS
                score, places = self._lookup(window, in_context=in_context)
                if places:
                    said = self._as_said([place for place, _ in places], before)
                    yield _Candidate(first, last, score, max(letters for _, letters in places), said)

    def _lookup(self, window: list[str], *, in_context: bool) -> tuple[float, list[tuple[Place, int]]]:
        """Return the score, and the places with the number of letters of the name that was recognised."""
        readings = dict(_readings(window))
        found: list[tuple[Place, int]] = []
        for key, after_preposition in readings.items():
            found.extend((place, len(key)) for place in self._spelled.get(key, ()))
            if in_context or after_preposition:
                found.extend((place, len(key)) for place in self._everyday.get(key, ()))
        if found:
            return EXACT, found
        if self._may_be_misspelled(window):
            for key in readings:
                if len(key) >= _SHORTEST_APPROXIMATION and key not in COMMON_WORDS:
                    if same_sound := self._sounding_like(key):
                        return SAME_SOUND, same_sound
                    if near := self._one_letter_off(key):
                        return ONE_LETTER_OFF, near
        return 0.0, []

    def _may_be_misspelled(self, window: list[str]) -> bool:
        """Guesses are not made on everyday words, on a lone weekday, nor across a preposition at an edge."""
        if len(window) == 1:
            return window[0] not in COMMON_WORDS and weekday_of(window[0]) is None
        edges = {window[0], window[-1]}
        return len(window[-1]) > 1 and not (
            window[0] in SOUK_WORDS | DOUAR_WORDS | AGENCY_WORDS
            or edges & (CONNECTORS | PREPOSITIONS)
            or edges & COMMON_WORDS - self._words_of_names
        )

    def _sounding_like(self, key: str) -> list[tuple[Place, int]]:
        sound = _sound(key)
        return [
            (place, min(len(key), len(spelling)))
            for spelling in sorted(self._by_sound.get(sound, ()))
            if _sound_alike(key, spelling, sound)
            for place in self._spelled[spelling]
        ]

    def _one_letter_off(self, key: str) -> list[tuple[Place, int]]:
        near = set(self._lost_letter.get(key, ()))
        for shorter in _one_letter_less(key):
            near |= self._lost_letter.get(shorter, set())
            if shorter in self._misspellable:
                near.add(shorter)
        return [
            (place, min(len(key), len(spelling)))
            for spelling in sorted(near)
            if spelling[0] == key[0] and same_but_one(spelling, key)
            for place in self._spelled[spelling]
        ]

    def _weekday_souks(self, folded: list[str]) -> Iterator[_Candidate]:
        """Yield every souk of the day for "souk larbaa", "سوق الأربعاء" or "le souk du mercredi"."""
        for first, word in enumerate(folded):
            if word not in SOUK_WORDS:
                continue
            last = first + 1
            while last < len(folded) and folded[last] in CONNECTORS:
                last += 1
            day = weekday_of(folded[last]) if last < len(folded) else None
            if day is not None and (souks := self._souks_of_day.get(day)):
                letters = sum(map(len, folded[first : last + 1]))
                yield _Candidate(first, last + 1, SOUK_OF_A_WEEKDAY, letters, tuple(souks))

    def _as_said(self, places: list[Place], before: str) -> tuple[Place, ...]:
        """Keep one place a commune: the kind the text names, else the commune itself."""
        wanted = "souk" if before in SOUK_WORDS else "douar" if before in DOUAR_WORDS else "commune"
        kept: dict[str, Place] = {}
        for place in places:
            current = kept.get(place.commune_id)
            if current is None or (place.kind == wanted and current.kind != wanted):
                kept[place.commune_id] = place
        if wanted == "souk":
            kept = {commune: self._only_souk(place) for commune, place in kept.items()}
        return tuple(kept.values())

    def _only_souk(self, place: Place) -> Place:
        """Return the one souk of a commune for "souk Zemamra", else the place itself."""
        souks = self._souks_of_commune.get(place.commune_id, []) if place.kind == "commune" else []
        return souks[0] if len(souks) == 1 else place

    @staticmethod
    def _matches(candidate: _Candidate, text_words: list[Word]) -> Iterator[PlaceMatch]:
        start, end = text_words[candidate.first].start, text_words[candidate.last - 1].end
        for place in candidate.places:
            yield PlaceMatch(place, candidate.score, start, end)


def _keys(spelling: str) -> set[str]:
    """Return what a listed spelling is looked up by: its words joined, with and without articles."""
    parts = words(spelling)
    while len(parts) > 1 and (parts[0] in SOUK_WORDS or parts[0] in DOUAR_WORDS or parts[0] in COMMUNE_WORDS):
        parts = parts[1:]
    return {"".join(parts), "".join(without_article(part) for part in parts if part not in CONNECTORS)} - {""}


def _readings(window: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield the keys that words of a text may stand for; True behind a preposition."""
    yield "".join(window), False
    if window[0] not in CONNECTORS:
        rest = "".join(without_article(word) for word in window[1:] if word not in CONNECTORS)
        for opening, after_preposition in openings(window[0]).items():
            yield opening + rest, after_preposition


def _sound_alike(key: str, spelling: str, sound: str) -> bool:
    """Across scripts vowels cannot be compared, so more consonants are asked for."""
    if key[:1].isascii() != spelling[:1].isascii():
        return len(sound) >= 4
    return len(sound) >= 3 and SequenceMatcher(None, key, spelling).ratio() >= 0.75


def _sound(key: str) -> str:
    """Return the consonants of a key; French spelling leaves ع out, so it does not count."""
    return skeleton(key).replace("ع", "")


def _one_letter_less(key: str) -> set[str]:
    return {key[:position] + key[position + 1 :] for position in range(len(key))}
