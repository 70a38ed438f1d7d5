"""Fitting messages to channels: properties, and the cases people see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.envelope import (
    Attachment,
    Capabilities,
    Choice,
    Content,
    FailureReason,
    Kind,
    Location,
    MediaLimit,
    Template,
)
from channels.rendering import (
    ChoiceStyle,
    Undeliverable,
    choice_style,
    clean_text,
    degrade,
    graphemes,
    length,
    shorten,
    split,
)

RICH = Capabilities(
    text_length=100,
    buttons=3,
    list_rows=10,
    choice_text_length=40,
    caption_length=30,
    media={
        Kind.IMAGE: MediaLimit(frozenset({"image/png"}), 10),
        Kind.DOCUMENT: MediaLimit(frozenset({"application/pdf", "image/tiff"}), 100),
        Kind.AUDIO: MediaLimit(frozenset({"audio/ogg"}), 10),
    },
    location=True,
    templates=True,
)
PLAIN = Capabilities(text_length=100)
PNG = Attachment(Kind.IMAGE, "image/png", data=b"png")
# Written texts: letters with marks, joined emoji, flags, white space of all kinds.
ATOMS = [
    "a",
    "é",
    "e\u0301",
    "ع",
    "عَ",
    "لا",
    "👍🏽",
    "👩‍👩‍👧",
    "🇲🇦",
    "🇫🇷",
    " ",
    "\n",
    "\n\n",
    ". ",
    "؟ ",
    "1",
    "\r\n",
]
TEXTS = st.lists(st.sampled_from(ATOMS), max_size=60).map("".join) | st.text(max_size=80)


def essence(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, st.integers(1, 40))
def test_pieces_fit_and_lose_only_white_space(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert essence("".join(pieces)) == essence(text)
    assert all(pieces)
    # One code point beyond the basic plane is two units: it cannot be cut any smaller.
    assert all(length(piece) <= limit or len(piece) == 1 for piece in pieces)


@given(st.lists(st.sampled_from(ATOMS), max_size=60).map("".join), st.integers(12, 40))
def test_no_grapheme_is_broken(text: str, limit: int) -> None:
    whole = [cluster for cluster in graphemes(text) if cluster.strip()]
    pieces = [cluster for piece in split(text, limit) for cluster in graphemes(piece) if cluster.strip()]
    assert [cluster.strip() for cluster in pieces] == [cluster.strip() for cluster in whole]


@given(st.text())
def test_graphemes_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


def test_what_a_reader_takes_for_one_character() -> None:
    text = "e\u0301سَ🇲🇦🇫🇷👩‍👩‍👧‍👦👍🏽\r\n"
    assert list(graphemes(text)) == ["e\u0301", "سَ", "🇲🇦", "🇫🇷", "👩‍👩‍👧‍👦", "👍🏽", "\r\n"]


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("one two\n\nthree four", 14, ("one two", "three four")),
        ("one two\nthree four", 14, ("one two", "three four")),
        ("Voici. Le reste suit ici", 20, ("Voici. Le reste suit", "ici")),
        ("متى تأتي؟ غدا إن شاء الله", 16, ("متى تأتي؟", "غدا إن شاء الله")),
        ("anticonstitutionnellement", 10, ("anticonsti", "tutionnell", "ement")),
        ("  padded  ", 50, ("padded",)),
        ("", 10, ()),
    ],
)
def test_text_is_cut_where_a_reader_pauses(text: str, limit: int, pieces: tuple[str, ...]) -> None:
    assert split(text, limit) == pieces


@given(TEXTS, st.integers(1, 30))
def test_shortened_text_fits(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert short == text if length(text) <= limit else length(short) <= max(limit, 3) and short.endswith("…")


choices = st.lists(
    st.builds(
        Choice, st.uuids().map(str), st.text("abcdé ع", min_size=1, max_size=40), st.none() | st.just("more")
    ),
    max_size=14,
).map(tuple)
contents = st.builds(
    Content,
    text=TEXTS,
    choices=choices,
    location=st.none() | st.just(Location(33.5, -7.6, "Souk")),
    attachments=st.lists(st.just(PNG), max_size=2).map(tuple),
)


@given(contents, st.sampled_from([RICH, replace(RICH, buttons=0, list_rows=0), replace(RICH, list_rows=0)]))
def test_every_part_fits_and_is_its_own_degradation(content: Content, capabilities: Capabilities) -> None:
    try:
        parts = degrade(content, capabilities)
    except Undeliverable as error:
        assert error.failure.reason is FailureReason.CONTENT_REJECTED
        assert not (
            clean_text(content.text).strip() or content.choices or content.attachments or content.location
        )
        return
    for part in parts:
        assert degrade(part, capabilities) == (part,)
        assert length(part.text) <= capabilities.text_length
        assert len(part.attachments) <= 1
        if part.choices:
            assert part.text
            assert choice_style(part.choices, capabilities) is not ChoiceStyle.NUMBERED
            assert length(part.text) <= capabilities.choice_text_length


@pytest.mark.parametrize(
    ("count", "title", "description", "style"),
    [
        (1, "Oui", None, ChoiceStyle.BUTTONS),
        (3, "x" * 20, None, ChoiceStyle.BUTTONS),
        (3, "x" * 21, None, ChoiceStyle.LIST),
        (3, "Oui", "what it means", ChoiceStyle.LIST),
        (4, "Oui", None, ChoiceStyle.LIST),
        (10, "x" * 90, None, ChoiceStyle.LIST),
        (11, "Oui", None, ChoiceStyle.NUMBERED),
    ],
)
def test_how_choices_are_shown(count: int, title: str, description: str | None, style: ChoiceStyle) -> None:
    offered = tuple(Choice(str(number), title, description) for number in range(count))
    assert choice_style(offered, RICH) is style


def test_choices_become_numbered_text_where_there_are_no_buttons() -> None:
    offered = (Choice("a", "Facture"), Choice("b", "Souk", "mercredi"))
    (part,) = degrade(Content(text="Quoi ?", choices=offered), PLAIN)
    assert part == Content(text="Quoi ?\n\n1. Facture\n2. Souk: mercredi")


def test_a_long_title_is_whole_in_the_description_of_its_row() -> None:
    title = "Déclarer une fuite devant la maison"
    (part,) = degrade(Content(text="Quoi ?", choices=(Choice("a", title),)), RICH)
    assert part.choices == (Choice("a", "Déclarer une fuite deva…", title),)


def test_a_long_question_leads_and_its_last_piece_carries_the_buttons() -> None:
    text = "Une phrase assez longue pour deux bulles. Voulez-vous continuer ?"
    *lead, last = degrade(Content(text=text, choices=(Choice("y", "Oui"),)), RICH)
    assert [part.text for part in lead] == ["Une phrase assez longue pour deux"]
    assert (last.text, last.choices) == ("bulles. Voulez-vous continuer ?", (Choice("y", "Oui"),))


def test_a_short_text_is_the_caption_and_a_long_one_leads() -> None:
    assert degrade(Content(text="Voici", attachments=(PNG,)), RICH) == (
        Content(kind=Kind.IMAGE, text="Voici", attachments=(PNG,)),
    )
    assert [part.kind for part in degrade(Content(text="x" * 31, attachments=(PNG,)), RICH)] == [
        Kind.TEXT,
        Kind.IMAGE,
    ]
    audio = Attachment(Kind.AUDIO, "audio/ogg; codecs=opus", data=b"ogg")
    assert [part.kind for part in degrade(Content(text="x", attachments=(audio,)), RICH)] == [
        Kind.TEXT,
        Kind.AUDIO,
    ]


@pytest.mark.parametrize(
    ("attachment", "reason"),
    [
        (Attachment(Kind.IMAGE, "image/heic", data=b"x"), FailureReason.MEDIA_UNSUPPORTED),
        (Attachment(Kind.VIDEO, "video/mp4", data=b"x"), FailureReason.MEDIA_UNSUPPORTED),
        (Attachment(Kind.IMAGE, "image/png", data=b"x" * 11), FailureReason.MEDIA_TOO_LARGE),
        (Attachment(Kind.DOCUMENT, "application/pdf", size=101), FailureReason.MEDIA_TOO_LARGE),
    ],
)
def test_a_file_the_channel_cannot_carry_stops_the_whole_message(
    attachment: Attachment, reason: FailureReason
) -> None:
    with pytest.raises(Undeliverable) as refused:
        degrade(Content(text="Voici", attachments=(PNG, attachment)), RICH)
    assert refused.value.failure.reason is reason


def test_a_file_may_travel_as_a_document() -> None:
    scan = Attachment(Kind.IMAGE, "image/tiff", data=b"x" * 50)
    (part,) = degrade(Content(attachments=(scan,)), RICH)
    assert (part.kind, part.attachments[0].kind) == (Kind.DOCUMENT, Kind.DOCUMENT)


def test_a_place_is_a_link_where_there_are_no_places() -> None:
    content = Content(text="La camionnette", location=Location(33.5, -7.6, "Souk", "Zemamra"))
    assert [part.kind for part in degrade(content, RICH)] == [Kind.TEXT, Kind.LOCATION]
    (part,) = degrade(content, PLAIN)
    assert part.text == "La camionnette\nSouk\nZemamra\nhttps://maps.google.com/?q=33.500000,-7.600000"


def test_templates_pass_or_fall_back_to_their_text() -> None:
    template = Content(kind=Kind.TEMPLATE, template=Template("code", "fr", one_time_code="123456"))
    assert degrade(template, RICH) == (template,)
    assert degrade(replace(template, text="Code : 123456"), PLAIN) == (Content(text="Code : 123456"),)
    with pytest.raises(Undeliverable) as refused:
        degrade(template, PLAIN)
    assert refused.value.failure.reason is FailureReason.TEMPLATE_UNKNOWN


def test_nothing_to_say_is_refused() -> None:
    with pytest.raises(Undeliverable):
        degrade(Content(text=" \n\x00"), RICH)


@given(st.text(st.characters(codec=None)))
def test_cleaned_text_can_be_stored(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    assert clean_text(cleaned) == cleaned
