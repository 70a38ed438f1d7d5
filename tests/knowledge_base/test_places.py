"""The gazetteer, and names of places found in what customers write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.network.places import Place, PlaceIndex, load_places

PLACES = load_places()
INDEX = PlaceIndex(PLACES)


def found(text: str) -> list[str]:
    return [match.place.id for match in INDEX.find(text)]


def test_the_gazetteer_is_complete_and_consistent() -> None:
    by_id = {place.id: place for place in PLACES}
    communes = [place for place in PLACES if place.kind == "commune"]
    assert len(by_id) == len(PLACES)
    assert len(communes) == 153
    assert len({place.province_fr for place in communes}) == 9
    assert all(by_id[place.commune_id].kind == "commune" for place in PLACES)
    assert all((place.latitude is None) == (place.longitude is None) for place in PLACES)
    assert all(
        32.2 < place.latitude < 33.9 and -9.2 < place.longitude < -6.7
        for place in PLACES
        if place.latitude is not None and place.longitude is not None
    )
    assert {place.weekday for place in PLACES if place.kind == "souk"} == {1, 2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.id)
def test_every_name_finds_its_place(place: Place) -> None:
    for name in (place.name_fr, place.name_ar, *place.aliases, *place.everyday):
        communes = {match.place.commune_id for match in INDEX.find(name)}
        assert place.commune_id in communes, name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imta tji lagence mobile l zmamra", ["zemamra"]),
        ("فوقاش كتجي الوكالة المتنقلة للزمامرة؟", ["zemamra"]),
        ("واش كاينة فالزمامرة غدا", ["zemamra"]),
        ("wach kayna fzemamra ghda", ["zemamra"]),
        ("Quand passe l'agence mobile à Zemamra ?", ["zemamra"]),
        ("when is the mobile agency in ZEMAMRA", ["zemamra"]),
        ("zemmamra", ["zemamra"]),
        ("zemarma", ["zemamra"]),
        ("الزمامة", ["zemamra"]),
        ("واش الوكالة المتنقلة جاية غدا للعونات", ["arbaa-el-aounate"]),
        ("larb3a d l3ounat", ["arbaa-el-aounate"]),
        ("d'Arbaa Aounate", ["arbaa-el-aounate"]),
        ("imta tji lagence mobile l bni hilal", ["bni-hilal"]),
        ("fbni hlal", ["bni-hilal"]),
        ("لبني هلال", ["bni-hilal"]),
        ("wlad frej", ["oulad-frej"]),
        ("M'tal", ["mtal"]),
        ("mtal", ["mtal"]),
        ("sidi-bennour", ["sidi-bennour"]),
        ("mn zmamra l sidi benour", ["zemamra", "sidi-bennour"]),
        ("agence dyal ain sebaa fin jat", ["quarter-ain-sebaa"]),
        ("sidi hajjaj oued hassar", ["sidi-hajjaj-oued-hassar"]),
        ("oulad fares el hala", ["oulad-fares-el-halla"]),
        ("bghit nkhelles lfacture", []),
        ("", []),
        ("؟!", []),
    ],
)
def test_places_are_found_in_both_scripts(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nhar lkhmis", []),
        ("lkhmis", []),
        ("had tnine", []),
        ("يوم الأربعاء", []),
        ("Khemis Zemamra", ["souk-khemis-zemamra"]),
        ("f souk khmis zmamra", ["souk-khemis-zemamra"]),
        ("سوق خميس الزمامرة", ["souk-khemis-zemamra"]),
        ("nhar lkhmis zemamra", ["zemamra"]),
        ("souk zemamra", ["souk-khemis-zemamra"]),
        ("خميس متوح", ["khemis-mtouh"]),
        ("souk khmis mtouh", ["souk-khemis-mtouh"]),
        ("had soualem", ["had-soualem"]),
    ],
)
def test_a_weekday_is_a_day_unless_it_names_a_place(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize("text", ["سوق الأربعاء", "f souk larbaa", "le souk du mercredi", "souk dyal larb3a"])
def test_the_souk_of_a_day_is_every_souk_of_that_day(text: str) -> None:
    matches = INDEX.find(text)
    assert {match.place.weekday for match in matches} == {3}
    assert len(matches) == 3
    assert len({match.score for match in matches}) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sidi moussa", {"sidi-moussa-el-majdoub", "sidi-moussa-ben-ali"}),
        ("سيدي حجاج", {"sidi-hajjaj", "sidi-hajjaj-oued-hassar"}),
        ("soualem", {"had-soualem", "soualem-trifia"}),
    ],
)
def test_equally_good_places_are_all_returned(text: str, expected: set[str]) -> None:
    matches = INDEX.find(text)
    assert {match.place.id for match in matches} == expected
    assert len({(match.score, match.start, match.end) for match in matches}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "bghit ndekhel do l dar jdida",
        "الفاتورة الجديدة",
        "loulad 3ndi mrad",
        "فاتورة مزورة",
        "قطعو عليا الما بسباب الكريدي",
        "الواد الحار فايض",
        "أنا مشترك جديد",
        "فين كاينة الوكالة فالمدينة",
        "lah yrahm lwalidin",
        "الله يرحم الوالدين",
        "كاين شي وكالة قريبة",
        "ana sakna f douar b3id",
        "had chi sahel",
        "سمية صاحب العقد محمد",
    ],
)
def test_everyday_words_are_not_places(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["f jdida", "فالجديدة", "El Jadida", "الجديدة", "commune jdida"])
def test_everyday_words_are_places_where_the_text_says_so(text: str) -> None:
    assert found(text) == ["el-jadida"]


def test_a_match_says_where_it_stands() -> None:
    text = "واش كاينة بالزمامرة؟"
    (match,) = INDEX.find(text)
    assert text[match.start : match.end] == "بالزمامرة"
    assert match.score == 1.0


def test_a_guess_scores_less_than_a_listed_spelling() -> None:
    (listed,), (guess,) = INDEX.find("Zemamra"), INDEX.find("Zemamraa")
    assert guess.place == listed.place
    assert guess.score < listed.score


def test_a_place_added_by_staff_is_found_across_scripts() -> None:
    souk = Place("souk-new", "souk", "سوق الدشيرة", "Souk Dchira", "zemamra", "", "", None, None)
    (match,) = PlaceIndex([*PLACES, souk]).find("souk dchira")
    assert match.place.id == "souk-new"


LONG_NAMES = [
    place
    for place in PLACES
    if len(place.name_fr) >= 9 and place.name_fr.isascii() and place.kind == "commune" and not place.everyday
]


@given(st.sampled_from(LONG_NAMES), st.data())
def test_one_wrong_letter_in_a_long_name_is_forgiven(place: Place, data: st.DataObject) -> None:
    name = place.name_fr
    inner = [at for at in range(4, len(name)) if name[at].isalpha() and name[at - 1].isalpha()]
    position = data.draw(st.sampled_from(inner))
    wrong = data.draw(st.sampled_from("jqwx"))
    written = name[:position] + wrong + name[position + 1 :]
    assert INDEX.find(written), written


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    for match in INDEX.find(text):
        assert 0 <= match.start < match.end <= len(text)


def test_a_wall_of_text_does_not_stop_the_assistant() -> None:
    assert found("واش كاينة " * 20_000) == []


def test_a_broken_gazetteer_says_which_place(tmp_path: Path) -> None:
    (tmp_path / "communes.tsv").write_text(
        "id\tname_fr\tname_ar\tprovince_fr\tprovince_ar\tlatitude\tlongitude\tprovenance\taliases\n"
        "x\tX\tس\tP\tب\t\t\td\t\n",
        "utf-8",
    )
    (tmp_path / "sites.tsv").write_text(
        "id\tkind\tname_fr\tname_ar\tcommune_id\tweekday\tlatitude\tlongitude\tdemonstration\taliases\n"
        "bad\tcastle\tB\tب\tx\t\t\t\t0\t\n",
        "utf-8",
    )
    with pytest.raises(ValueError, match="bad of the gazetteer has the unknown kind 'castle'"):
        load_places(tmp_path)
