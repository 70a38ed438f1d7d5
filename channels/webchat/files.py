"""What a visitor may upload: told from the bytes, never from the name or the type the browser claims."""

from __future__ import annotations

import re
from typing import Final

import puremagic

from channels.envelope import Attachment, Kind, MediaLimit
from channels.webchat.payload import clean
from channels.webchat.refused import Refused
from channels.webchat.settings import MEBIBYTE

# File name extension of the recognised format → what it is for us. No SVG, HTML, archive or office file.
ACCEPTED: Final[dict[str, tuple[Kind, str]]] = {
    ".jpg": (Kind.IMAGE, "image/jpeg"),
    ".jpeg": (Kind.IMAGE, "image/jpeg"),
    ".jfif": (Kind.IMAGE, "image/jpeg"),
    ".png": (Kind.IMAGE, "image/png"),
    ".webp": (Kind.IMAGE, "image/webp"),
    ".gif": (Kind.IMAGE, "image/gif"),
    ".heic": (Kind.IMAGE, "image/heic"),
    ".heif": (Kind.IMAGE, "image/heif"),
    ".pdf": (Kind.DOCUMENT, "application/pdf"),
    ".m4a": (Kind.AUDIO, "audio/mp4"),
    ".mp3": (Kind.AUDIO, "audio/mpeg"),
    ".koz": (Kind.AUDIO, "audio/mpeg"),  # what the recogniser calls an MP3 that begins with its tags
    ".ogg": (Kind.AUDIO, "audio/ogg"),
    ".oga": (Kind.AUDIO, "audio/ogg"),
    ".amr": (Kind.AUDIO, "audio/amr"),
    ".wav": (Kind.AUDIO, "audio/wav"),
    ".mp4": (Kind.VIDEO, "video/mp4"),
    ".webm": (Kind.VIDEO, "video/webm"),
    ".3gp": (Kind.VIDEO, "video/3gpp"),
    ".3ga": (Kind.VIDEO, "video/3gpp"),
}
# Agents may send these besides; the browser only ever downloads them.
OFFICE: Final = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "text/plain",
        "text/csv",
    }
)
# Shown inside the page; everything else is a download.
INLINE: Final = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/webm"}
    | {content_type for kind, content_type in ACCEPTED.values() if kind is Kind.AUDIO}
)
SENDABLE_BYTES: Final = 20 * MEBIBYTE
HEAD: Final = 8192  # bytes that tell a format
NAME_LENGTH: Final = 120


def sendable() -> dict[Kind, MediaLimit]:
    """What the desk may send to a browser."""
    by_kind: dict[Kind, set[str]] = {Kind.DOCUMENT: set(OFFICE)}
    for kind, content_type in ACCEPTED.values():
        by_kind.setdefault(kind, set()).add(content_type)
    return {kind: MediaLimit(frozenset(types), SENDABLE_BYTES) for kind, types in by_kind.items()}


def recognise(data: bytes, name: str | None) -> Attachment:
    """The uploaded file as an attachment. Refused `empty` or `media_unsupported`."""
    if not data:
        raise Refused("empty", "The file is empty.")
    try:
        matches = puremagic.magic_string(data[:HEAD])
    except (puremagic.PureError, ValueError):
        matches = []
    surest = max((match.confidence for match in matches), default=0)
    for match in matches:
        if match.confidence == surest and match.extension in ACCEPTED:
            kind, content_type = ACCEPTED[match.extension]
            return Attachment(kind, content_type, name=file_name(name), size=len(data), data=data)
    raise Refused("media_unsupported", "Only pictures, PDF, sound and video can be sent here.")


def file_name(name: str | None) -> str | None:
    """The last part of a name, without what means something to a file system or a header."""
    if not name:
        return None
    last = re.split(r"[/\\]", clean(name))[-1]
    last = re.sub(r'[<>:"|?*\n\t]', "_", last).strip(". ")
    stem, dot, extension = last.rpartition(".")
    if dot and len(last) > NAME_LENGTH:
        last = stem[: NAME_LENGTH - len(extension) - 1] + dot + extension
    return last[:NAME_LENGTH] or None
