"""Keyboards and file names as the Bot API takes them. Pure."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup

from channels.envelope import Attachment, Choice
from channels.rendering import shorten

CALLBACK_BYTES = 64  # https://core.telegram.org/bots/api#inlinekeyboardbutton
FILE_NAME_LENGTH = 60
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\"\\/]")
# Names Telegram goes by when it decides what a file is; Python's own tables differ between machines.
_ENDINGS = {
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
}


def keyboard(choices: Sequence[Choice], title_length: int) -> InlineKeyboardMarkup | ReplyKeyboardMarkup:
    """One button a row, under the message. Ids longer than the provider carries go on a keyboard in place of
    the person's own, which sends the button's words as a text."""
    if all(0 < len(choice.id.encode()) <= CALLBACK_BYTES for choice in choices):
        return InlineKeyboardMarkup(
            [[InlineKeyboardButton(_label(one, title_length), callback_data=one.id)] for one in choices]
        )
    rows = [[KeyboardButton(_label(one, title_length))] for one in choices]
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True, selective=True)


def file_name(attachment: Attachment) -> str:
    """A name with an ending: the provider shows it, and takes the type of the file from it."""
    content_type = attachment.content_type.partition(";")[0].strip().lower()
    ending = _ENDINGS.get(content_type) or mimetypes.guess_extension(content_type) or ""
    name = _CONTROLS.sub("_", attachment.name or "")[-FILE_NAME_LENGTH:].strip()
    if not name:
        return attachment.kind.value + ending
    return name if "." in name else name + ending


def _label(choice: Choice, length: int) -> str:
    text = f"{choice.title} · {choice.description}" if choice.description else choice.title
    return shorten(text, length)
