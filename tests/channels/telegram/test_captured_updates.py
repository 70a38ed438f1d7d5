"""Updates of every kind, in the Bot API's own shape, and what each of them means."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.envelope import Content, Ignored, InboundEvent, InboundMessage, Kind, Location
from channels.telegram.payload import Reading, parse
from tests.contracts.telegram import check_update

UPDATES = json.loads((Path(__file__).parent / "updates" / "updates.json").read_text("utf-8"))
READING = Reading("telegram", 7000000001, "srm_cs_bot", "addressed")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
UNDESCRIBED = {"unknown_kind", "unknown_update"}


def read(name: str, reading: Reading = READING) -> InboundEvent:
    (event,) = parse(reading, UPDATES[name], NOW)
    return event


def text(words: str) -> Callable[[Content], bool]:
    return lambda content: content.kind is Kind.TEXT and content.text == words


def file(kind: Kind, content_type: str, file_id: str, words: str = "") -> Callable[[Content], bool]:
    def check(content: Content) -> bool:
        (attachment,) = content.attachments
        reference = {"file_id": file_id, "kind": kind.value, "content_type": content_type}
        return (
            (content.kind, attachment.kind, attachment.content_type) == (kind, kind, content_type)
            and dict(attachment.reference or {}) == reference
            and content.text == words
        )

    return check


def stub(words: str) -> Callable[[Content], bool]:
    return lambda content: content.kind is Kind.UNSUPPORTED and content.text == words


def choice(chosen: str, title: str) -> Callable[[Content], bool]:
    return lambda content: (content.kind, content.choice_id, content.text) == (Kind.CHOICE, chosen, title)


PLACE = Location(33.5, -7.5)
CONTENTS: dict[str, Callable[[Content], bool]] = {
    "text": text("شنو هو الثمن ديال الفاتورة؟ 💡"),
    "start": text("/start facture"),
    "hidden_link": text("click here\nhttps://example.org/x"),
    "photo": file(Kind.IMAGE, "image/jpeg", "large", "Le compteur"),
    "album": lambda content: content.extra["album"] == "1329",
    "voice": file(Kind.AUDIO, "audio/ogg", "voice"),
    "audio": file(Kind.AUDIO, "audio/mpeg", "song"),
    "video": file(Kind.VIDEO, "video/mp4", "clip"),
    "video_note": file(Kind.VIDEO, "video/mp4", "round"),
    "animation": file(Kind.VIDEO, "video/mp4", "gif"),
    "document": lambda content: (
        file(Kind.DOCUMENT, "application/pdf", "pdf", "الفاتورة")(content)
        and content.attachments[0].name == "فاتورة.pdf"
        and content.attachments[0].size == 30000
    ),
    "document_without_type": file(Kind.DOCUMENT, "application/octet-stream", "blob"),
    "sticker": file(Kind.STICKER, "image/webp", "st", "👍"),
    "animated_sticker": file(Kind.STICKER, "application/x-tgsticker", "tgs", "😡"),
    "location": lambda content: content.location == Location(33.573110, -7.589843),
    "live_location": lambda content: content.location == PLACE and content.extra["live"] is True,
    "venue": lambda content: content.location == Location(33.5, -7.5, "Souk", "Derb Sultan"),
    "contact": lambda content: content.text == "Youssef B: +212 600 000 002",
    "own_contact": lambda content: content.kind is Kind.CONTACTS,
    "own_contact_forwarded": lambda content: content.extra["forwarded"] is True,
    "reply": text("Oui"),
    "forward": lambda content: content.extra == {"forwarded": True},
    "edit": text("Le contrat 12 345"),
    "poll": stub("[poll: Eau coupée ?]"),
    "dice": stub("[dice: 🎲 4]"),
    "unknown_kind": stub("[hologram]"),
    "press": choice('/bills{"c":1}', "Ma facture"),
    "press_on_old_message": choice("/yes", "/yes"),
    "press_in_group": choice("/yes", "Oui"),
    "reaction": lambda content: (content.kind, content.text) == (Kind.REACTION, "👍"),
    "reaction_removed": lambda content: content.extra["removed"] is True,
    "group_mention": text("ماكاينش الما"),
    "group_mention_after_emoji": text("💡💡 @SRM_cs_bot kayn?"),
    "group_answer_to_us": text("Merci"),
    "forum_topic": text("/start"),
    "anonymous_administrator": text("/aide"),
}
IGNORED = {
    "live_location_moved": "a live location that moved",
    "press_on_game": "a button of a game or of an inline message",
    "group_command_of_another_bot": "words in a group, not for us",
    "group_talk": "words in a group, not for us",
    "another_bot": "words of a bot",
    "joined": "service message new_chat_members",
    "migrated": "service message migrate_to_chat_id",
    "pinned": "service message pinned_message",
    "channel_post": "update channel_post",
    "blocked": "update my_chat_member",
    "unknown_update": "update telepathy",
}


def test_every_update_has_an_expectation() -> None:
    assert CONTENTS.keys() | IGNORED.keys() == UPDATES.keys()


@pytest.mark.parametrize("name", sorted(UPDATES.keys() - UNDESCRIBED))
def test_the_updates_are_those_of_the_description(name: str) -> None:
    check_update(UPDATES[name])


@pytest.mark.parametrize("name", CONTENTS)
def test_messages(name: str) -> None:
    event = read(name)
    assert isinstance(event, InboundMessage)
    assert CONTENTS[name](event.content), event.content
    assert event.sent_at.tzinfo is not None
    json.dumps(event.content.extra)


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_left_alone(name: str) -> None:
    assert read(name) == Ignored("telegram", IGNORED[name])


@pytest.mark.parametrize(
    ("name", "address", "person"),
    [
        ("text", "4567", "Amina Idrissi"),
        ("press", "4567", "Amina Idrissi"),
        ("reaction", "4567", "Amina Idrissi"),
        ("group_mention", "-1001234:4567", "Amina Idrissi"),
        ("press_in_group", "-1001234:4567", "Amina Idrissi"),
        ("forum_topic", "-1001234:4567:77", "Amina Idrissi"),
        ("anonymous_administrator", "-1001234:1087968824", "Derb Sultan"),
    ],
)
def test_who_wrote_and_where_the_answer_goes(name: str, address: str, person: str) -> None:
    event = read(name)
    assert isinstance(event, InboundMessage)
    assert (event.sender.addresses, event.sender.name) == ((address,), person)


def test_a_telephone_is_attested_only_by_ones_own_contact() -> None:
    phones = {
        name: event.sender.phone for name in CONTENTS if isinstance(event := read(name), InboundMessage)
    }
    assert {name: phone for name, phone in phones.items() if phone} == {"own_contact": "+212600000001"}


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("reply", "4567:17"),
        ("press", "4567:21"),
        ("reaction", "4567:21"),
        ("forum_topic", None),
        ("text", None),
    ],
)
def test_what_is_quoted(name: str, quoted: str | None) -> None:
    event = read(name)
    assert isinstance(event, InboundMessage)
    assert event.reply_to == quoted


def test_an_edit_is_a_message_of_its_own_that_points_to_the_first() -> None:
    number = UPDATES["edit"]["edited_message"]["message_id"]
    (first,) = parse(READING, {"update_id": 1, "message": UPDATES["edit"]["edited_message"]}, NOW)
    again: dict[str, Any] = UPDATES["edit"] | {"update_id": 999}
    edits = [read("edit"), read("edit"), *parse(READING, again, NOW)]
    names = [one.external_id for one in [first, *edits] if isinstance(one, InboundMessage)]
    assert names[0] == f"4567:{number}"
    assert names[1] == names[2], "a replay is the same edit"
    assert len(set(names)) == 3, "edits of one second are two"
    edit = edits[0]
    assert isinstance(edit, InboundMessage)
    assert (edit.reply_to, edit.content.extra["edited"]) == (names[0], names[0])
    assert edit.sent_at == datetime(2026, 11, 23, 10, 41, tzinfo=UTC)


def test_groups_may_be_heard_whole_or_not_at_all() -> None:
    everything = Reading("telegram", 7000000001, "srm_cs_bot", "all")
    nothing = Reading("telegram", 7000000001, "srm_cs_bot", "none")
    assert isinstance(read("group_talk", everything), InboundMessage)
    assert isinstance(read("group_mention", nothing), Ignored)
    assert isinstance(read("press_in_group", nothing), Ignored)
    assert isinstance(read("text", nothing), InboundMessage)


def test_before_our_name_is_known_no_word_in_a_group_is_lost() -> None:
    assert isinstance(read("group_talk", Reading("telegram", 7000000001, None, "addressed")), InboundMessage)
