"""Files of agents and customers at the web's edge: what they are, how they are named and shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

import puremagic

from channels.envelope import Attachment, Capabilities, Content, FailureReason, Kind
from channels.rendering import Undeliverable, degrade
from ticketing.errors import Invalid
from ticketing.web.errors import TooLarge

HEAD: Final = 8192  # bytes that tell a format
NAME_LENGTH: Final = 120  # characters
NAME_ONLY: Final = 0.1  # puremagic's confidence when nothing but the file's name speaks for a format

# Formats a browser shows inside the desk's page. SVG and HTML run scripts: they are only ever downloads.
INLINE_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
INLINE_OTHERS: Final = frozenset({"application/pdf"})

# Content types people's programs give to one format.
_ONE_NAME: Final = {
    "audio/x-m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "application/ogg": "audio/ogg",
    "audio/x-vorbis+ogg": "audio/ogg",
    "video/x-m4v": "video/mp4",
    "image/jpg": "image/jpeg",
}
_FORBIDDEN_IN_NAMES: Final = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]'
)


def safe_name(name: str | None) -> str | None:
    """A file name without paths, control characters and direction tricks; None when nothing is left."""
    if not name:
        return None
    base = _FORBIDDEN_IN_NAMES.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .")
    base = base.encode("utf-8", "ignore").decode()
    if len(base) > NAME_LENGTH:
        stem, dot, extension = base.rpartition(".")
        kept = f".{extension}" if dot and len(extension) <= 10 else ""
        base = (stem if kept else base)[: NAME_LENGTH - len(kept)] + kept
    return base or None


def content_type_of(data: bytes, name: str | None, declared: str) -> str:
    """What the bytes are. The browser's word counts only among formats that look alike from inside."""
    declared = declared.partition(";")[0].strip().lower()
    declared = _ONE_NAME.get(declared, declared)
    try:
        found = puremagic.magic_string(data[:HEAD], name)
    except (puremagic.PureError, ValueError):
        found = []
    named = [
        (_ONE_NAME.get(match.mime_type, match.mime_type), match.confidence)
        for match in found
        if match.mime_type and match.confidence > NAME_ONLY
    ]
    best = max((confidence for _, confidence in named), default=0.0)
    alike: list[str] = [kind for kind, confidence in named if confidence >= best - 0.2]
    if declared in alike:
        return declared
    if alike:
        return alike[0]
    if declared == "text/csv" and _is_text(data):
        return declared
    return "text/plain" if _is_text(data) else "application/octet-stream"


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data


def kind_of(content_type: str) -> Kind:
    natural = {"image": Kind.IMAGE, "audio": Kind.AUDIO, "video": Kind.VIDEO}
    return natural.get(content_type.partition("/")[0], Kind.DOCUMENT)


def check_sendable(attachment: Attachment, channels: Iterable[Capabilities]) -> None:
    """At least one account could carry this file. Invalid `media_unsupported` or TooLarge otherwise."""
    refusals = set()
    for capabilities in channels:
        try:
            degrade(Content(kind=attachment.kind, attachments=(attachment,)), capabilities)
        except Undeliverable as refusal:
            refusals.add(refusal.failure.reason)
        else:
            return
    if FailureReason.MEDIA_TOO_LARGE in refusals:
        raise TooLarge("media_too_large", "No channel of ours carries a file of this size.")
    raise Invalid(
        "media_unsupported",
        "No channel of ours carries this kind of file.",
        {"file": attachment.content_type},
    )


def is_inline(content_type: str) -> bool:
    family = content_type.partition("/")[0]
    return content_type in INLINE_IMAGES | INLINE_OTHERS or family in {"audio", "video"}


def disposition(name: str | None, *, inline: bool) -> str:
    """Content-Disposition after RFC 6266: an ASCII name for old programs, the real one in UTF-8."""
    how = "inline" if inline else "attachment"
    name = safe_name(name)
    if name is None:
        return how
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
