"""Fits what the desk says to what a channel can carry: pure, decided before anything is sent.

`degrade` gives one `Content` per message the provider will take, in order, or raises `Undeliverable`.
Lengths are counted in UTF-16 units, the strictest way in which providers count.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

from channels.envelope import Attachment, Capabilities, Choice, Content, FailureReason, Kind, Location
from channels.errors import PermanentFailure

DEEPEST = 100  # levels of JSON: nobody means more

ELLIPSIS = "…"
WITHOUT_CAPTION = frozenset({Kind.AUDIO, Kind.STICKER})

_ZERO_WIDTH_JOINER = "\u200d"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Where a reader expects a pause, best first: paragraph, line, sentence (Latin and Arabic), word.
_PAUSES = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?…؟؛۔])\s+", r"\s+"))


class Undeliverable(PermanentFailure):
    """This channel can never carry this content; nothing was sent."""


class ChoiceStyle(StrEnum):
    BUTTONS = "buttons"
    LIST = "list"
    NUMBERED = "numbered"  # as text; the customer answers with words or the number


def degrade(content: Content, capabilities: Capabilities) -> tuple[Content, ...]:
    """The messages that say `content` on a channel with these capabilities, in sending order.

    Files come first, then places, then the question with its choices; a text without choices is the caption
    of the first file where it fits, else it leads. Undeliverable: media or a template the channel cannot
    carry, or nothing to say.
    """
    if content.template is not None and capabilities.templates:
        return (content,)
    if content.kind is Kind.TEMPLATE and not content.text.strip():
        raise Undeliverable(FailureReason.TEMPLATE_UNKNOWN, "This channel has no templates.")
    text, places = _place(clean_text(content.text).strip(), content.location, capabilities)
    files = tuple(
        Content(kind=carried.kind, attachments=(carried,))
        for carried in (_carried(attachment, capabilities) for attachment in content.attachments)
    )
    if content.choices:
        return (*files, *places, *_question(replace(content, text=text), capabilities))
    if (
        files
        and text
        and files[0].kind not in WITHOUT_CAPTION
        and length(text) <= capabilities.caption_length
    ):
        return (replace(files[0], text=text), *files[1:], *places)
    parts = (*_texts(text, capabilities.text_length), *files, *places)
    if not parts:
        raise Undeliverable(FailureReason.CONTENT_REJECTED, "There is nothing to send.")
    return parts


def choice_style(choices: tuple[Choice, ...], capabilities: Capabilities) -> ChoiceStyle:
    """How this channel shows these choices. Adapters ask here too, so that both decide alike."""
    fits_buttons = len(choices) <= capabilities.buttons and all(
        length(choice.title) <= capabilities.button_title_length and not choice.description
        for choice in choices
    )
    if fits_buttons or (len(choices) <= capabilities.buttons and not capabilities.list_rows):
        return ChoiceStyle.BUTTONS
    return ChoiceStyle.LIST if len(choices) <= capabilities.list_rows else ChoiceStyle.NUMBERED


def map_link(location: Location) -> str:
    """A link that opens the place in whatever map the telephone has."""
    return f"https://maps.google.com/?q={location.latitude:.6f},{location.longitude:.6f}"


def clean_text(text: str) -> str:
    """Without what no database or JSON reader takes: NUL, and halves of surrogate pairs (shown as �)."""
    return _UNSTORABLE.sub(lambda found: "" if found.group() == "\x00" else "\N{REPLACEMENT CHARACTER}", text)


def storable(value: Any, depth: int = 0) -> Any:
    """The same JSON without what a database refuses: NUL, half surrogates, infinities, endless nesting."""
    if depth > DEEPEST:
        return "[nested too deeply]"
    match value:
        case str():
            return clean_text(value)
        case float() if not math.isfinite(value):
            return str(value)
        case dict():
            return {clean_text(str(key)): storable(item, depth + 1) for key, item in value.items()}
        case list():
            return [storable(item, depth + 1) for item in value]
        case _:
            return value


def length(text: str) -> int:
    """In UTF-16 units: an emoji counts two."""
    return len(text) + sum(character > "\uffff" for character in text)


def shorten(text: str, limit: int) -> str:
    """At most `limit` units, cut between graphemes and marked with an ellipsis."""
    if length(text) <= limit:
        return text
    return _head(text, limit - 1)[0].rstrip() + ELLIPSIS


def split(text: str, limit: int) -> tuple[str, ...]:
    """Pieces of at most `limit` units, cut where a reader pauses and never inside a grapheme (unless one
    grapheme alone is longer). Only the white space around a cut is dropped."""
    pieces: list[str] = []
    rest = text.strip()
    while length(rest) > limit:
        head, tail = _cut(rest, limit)
        pieces.append(head)
        rest = tail
    return (*pieces, rest) if rest else tuple(pieces)


def graphemes(text: str) -> Iterator[str]:
    """What a reader takes for one character: a letter with its marks, a joined emoji, a flag.

    The rules of UAX #29 that matter for our languages and for emoji; Indic conjuncts are not joined.
    """
    cluster = ""
    for character in text:
        if cluster and not _continues(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _place(
    text: str, location: Location | None, capabilities: Capabilities
) -> tuple[str, tuple[Content, ...]]:
    if location is None:
        return text, ()
    if capabilities.location:
        return text, (Content(kind=Kind.LOCATION, location=location),)
    words = (text, location.name, location.address, map_link(location))
    return "\n".join(part for part in words if part), ()


def _carried(attachment: Attachment, capabilities: Capabilities) -> Attachment:
    """The attachment as this channel takes it: as what it is, or else as a document."""
    size = len(attachment.data) if attachment.data is not None else attachment.size or 0
    content_type = attachment.content_type.partition(";")[0].strip().lower()
    taken = False
    for kind in (attachment.kind, Kind.DOCUMENT):
        limit = capabilities.media.get(kind)
        if limit is None or content_type not in limit.content_types:
            continue
        taken = True
        if size <= limit.max_bytes:
            return replace(attachment, kind=kind)
    if taken:
        detail = f"A file of {size} bytes is larger than this channel takes for {content_type}."
        raise Undeliverable(FailureReason.MEDIA_TOO_LARGE, detail)
    detail = f"This channel does not take {content_type or 'such'} files."
    raise Undeliverable(FailureReason.MEDIA_UNSUPPORTED, detail)


def _texts(text: str, limit: int) -> tuple[Content, ...]:
    return tuple(Content(text=piece) for piece in split(text, limit))


def _question(content: Content, capabilities: Capabilities) -> tuple[Content, ...]:
    choices = content.choices
    style = choice_style(choices, capabilities)
    if style is ChoiceStyle.NUMBERED:
        lines = [f"{number}. {_line(choice)}" for number, choice in enumerate(choices, start=1)]
        text = content.text + "\n\n" + "\n".join(lines) if content.text else "\n".join(lines)
        return _texts(text, capabilities.text_length)
    limit = (
        capabilities.button_title_length if style is ChoiceStyle.BUTTONS else capabilities.list_title_length
    )
    fitted = tuple(_fitted(choice, limit, style) for choice in choices)
    *lead, body = split(content.text, min(capabilities.choice_text_length, capabilities.text_length)) or (
        content.choices_label or ELLIPSIS,
    )
    question = Content(text=body, choices=fitted, choices_label=content.choices_label)
    return (*(Content(text=piece) for piece in lead), question)


def _line(choice: Choice) -> str:
    return f"{choice.title}: {choice.description}" if choice.description else choice.title


def _fitted(choice: Choice, limit: int, style: ChoiceStyle) -> Choice:
    """A title too long for its place is shortened; a list shows it whole in the description."""
    if length(choice.title) <= limit:
        return choice
    whole = choice.description or choice.title if style is ChoiceStyle.LIST else choice.description
    return replace(choice, title=shorten(choice.title, limit), description=whole)


def _cut(text: str, limit: int) -> tuple[str, str]:
    """Text longer than `limit` in two: at the last good pause in its second half, else at the last word, else
    between graphemes."""
    window, _tail = _head(text, limit + 1)
    for pause in _PAUSES:
        ends = [found.span() for found in pause.finditer(window) if _between(text, *found.span())]
        if ends and (ends[-1][0] >= len(window) // 2 or pause is _PAUSES[-1]):
            start, end = ends[-1]
            return text[:start].rstrip(), text[end:].lstrip()
    head, tail = _head(text, limit)
    return head, tail.lstrip()


def _between(text: str, start: int, end: int) -> bool:
    """Is this white space between graphemes? (A mark may sit on a space.)"""
    return start > 0 and not (end < len(text) and _extends(text[end]))


def _head(text: str, limit: int) -> tuple[str, str]:
    """The longest run of whole graphemes within `limit`, never empty, and the rest."""
    taken = units = 0
    for cluster in graphemes(text):
        if units + length(cluster) > limit:
            break
        units += length(cluster)
        taken += len(cluster)
    if not taken:  # one grapheme longer than the limit: by code points then, which never halves a pair
        while taken < len(text) and length(text[: taken + 1]) <= limit:
            taken += 1
        taken = max(taken, 1)
    return text[:taken], text[taken:]


def _continues(cluster: str, character: str) -> bool:
    """Does `character` belong to the grapheme that ends in `cluster`?"""
    last = cluster[-1]
    if last == "\r":
        return character == "\n"
    if last == "\n":
        return False
    if _extends(character):
        return True
    if last == _ZERO_WIDTH_JOINER:
        return unicodedata.category(character) == "So"
    if _is_regional(character):
        return _is_regional(last) and len(cluster) % 2 == 1
    return unicodedata.category(last) == "Cf" and "\u0600" <= last <= "\u08ff"  # Arabic number signs lead


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character)[0] == "M"
        or character == _ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
