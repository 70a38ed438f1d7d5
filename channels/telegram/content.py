"""What one message of Telegram says. Every kind becomes something a person can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from telegram import Animation, Audio, Document, Message, PhotoSize, Video, VideoNote, Voice

from channels.envelope import Attachment, Content, Kind, Location
from channels.rendering import clean_text, storable

Extra = dict[str, Any]

# What stands beside the content of a message; what remains names its kind.
# https://core.telegram.org/bots/api#message
_SURROUNDINGS = frozenset(
    {
        "message_id", "message_thread_id", "from", "sender_chat", "sender_boost_count",
        "sender_business_bot", "sender_tag", "date", "chat", "business_connection_id",
        "guest_query_id", "guest_bot_caller_user", "guest_bot_caller_chat", "forward_origin",
        "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply", "quote",
        "reply_to_story", "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot",
        "edit_date", "has_protected_content", "is_from_offline", "is_paid_post", "media_group_id",
        "author_signature", "paid_star_count", "entities", "link_preview_options", "effect_id",
        "caption", "caption_entities", "show_caption_above_media", "has_media_spoiler",
        "reply_markup", "direct_messages_topic", "suggested_post_info",
    }
)  # fmt: skip
# Told by Telegram itself about the chat: nobody has said anything.
SERVICE = frozenset(
    {
        "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo",
        "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
        "message_auto_delete_timer_changed", "migrate_to_chat_id", "migrate_from_chat_id",
        "pinned_message", "users_shared", "chat_shared", "connected_website", "write_access_allowed",
        "proximity_alert_triggered", "boost_added", "chat_background_set", "forum_topic_created",
        "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
        "general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created", "giveaway",
        "giveaway_winners", "giveaway_completed", "video_chat_scheduled", "video_chat_started",
        "video_chat_ended", "video_chat_participants_invited", "chat_owner_left",
        "chat_owner_changed", "new_chat_member", "new_chat_participant", "left_chat_participant",
        "paid_message_price_changed", "direct_message_price_changed",
    }
)  # fmt: skip


def kind_of(raw: Mapping[str, Any]) -> str:
    """The provider's name of what this message is: `text`, `photo`, … or one we have never heard of."""
    names = [name for name in raw if name not in _SURROUNDINGS]
    # A file or a place comes a second time under the name older programs know.
    for name in ("animation", "venue"):
        if name in names:
            return name
    return names[0] if names else "empty"


def content_of(message: Message, raw: Mapping[str, Any], extra: Extra) -> Content:
    """The content; `extra` grows by what the envelope has no place for.

    KeyError, TypeError, ValueError or AttributeError: the message is of a known kind, but broken.
    """
    if message.media_group_id:
        extra["album"] = string(message.media_group_id)
    if message.forward_origin is not None:
        extra["forwarded"] = True
    kind = kind_of(raw)
    reader = _READERS.get(kind)
    return reader(message, extra) if reader is not None else _stub(kind, extra)


def string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text that is not a string")
    return clean_text(value)


def _stub(what: str, extra: Extra, words: str = "") -> Content:
    name = clean_text(what).replace("_", " ")
    text = f"[{name}: {words}]" if words else f"[{name}]"
    return Content(kind=Kind.UNSUPPORTED, text=text, extra=extra | {"type": clean_text(what)})


def _optional(value: Any) -> str | None:
    return string(value).strip() or None if value is not None else None


def _text(message: Message, extra: Extra) -> Content:
    text = string(message.text)
    hidden = [string(entity.url) for entity in message.entities if entity.url]
    return Content(text="\n".join([text, *(link for link in hidden if link not in text)]), extra=extra)


def _file(
    kind: Kind,
    file: Animation | Audio | Document | PhotoSize | Video | VideoNote | Voice,
    content_type: str,
    message: Message,
    extra: Extra,
) -> Content:
    """Telegram names type and file only where it knows them; the type of the rest goes by the kind."""
    given = _optional(getattr(file, "mime_type", None)) or content_type
    size = file.file_size
    attachment = Attachment(
        kind=kind,
        content_type=given,
        name=_optional(getattr(file, "file_name", None)),
        size=size if isinstance(size, int) and size >= 0 else None,
        reference={"file_id": _identifier(file.file_id), "kind": kind, "content_type": given},
    )
    return Content(kind=kind, text=_optional(message.caption) or "", attachments=(attachment,), extra=extra)


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not (cleaned := clean_text(value).strip()):
        raise ValueError("an empty identifier")
    return cleaned


def _photo(message: Message, extra: Extra) -> Content:
    largest = max(message.photo, key=lambda size: size.width * size.height)
    return _file(Kind.IMAGE, largest, "image/jpeg", message, extra)


def _voice(message: Message, extra: Extra) -> Content:
    assert message.voice is not None
    return _file(Kind.AUDIO, message.voice, "audio/ogg", message, extra | {"voice": True})


def _audio(message: Message, extra: Extra) -> Content:
    assert message.audio is not None
    return _file(Kind.AUDIO, message.audio, "audio/mpeg", message, extra)


def _video(message: Message, extra: Extra) -> Content:
    video = message.video or message.video_note or message.animation
    assert video is not None
    if message.animation is not None:
        extra["animated"] = True
    return _file(Kind.VIDEO, video, "video/mp4", message, extra)


def _document(message: Message, extra: Extra) -> Content:
    assert message.document is not None
    return _file(Kind.DOCUMENT, message.document, "application/octet-stream", message, extra)


def _sticker(message: Message, extra: Extra) -> Content:
    sticker = message.sticker
    assert sticker is not None
    extra["animated"] = bool(sticker.is_animated or sticker.is_video)
    # An animated one is a compressed Lottie file, which no browser shows.
    content_type = "image/webp"
    if sticker.is_animated:
        content_type = "application/x-tgsticker"
    elif sticker.is_video:
        content_type = "video/webm"
    reference = {"file_id": _identifier(sticker.file_id), "kind": Kind.STICKER, "content_type": content_type}
    attachment = Attachment(Kind.STICKER, content_type, size=sticker.file_size, reference=reference)
    return Content(
        kind=Kind.STICKER, text=_optional(sticker.emoji) or "", attachments=(attachment,), extra=extra
    )


def _place(message: Message, extra: Extra) -> Content:
    venue = message.venue
    point = venue.location if venue is not None else message.location
    assert point is not None
    latitude, longitude = float(point.latitude), float(point.longitude)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("a place that is not on Earth")
    name = _optional(venue.title) if venue is not None else None
    address = _optional(venue.address) if venue is not None else None
    if "live_period" in point.to_dict():
        extra["live"] = True
    text = ", ".join(part for part in (name, address) if part)
    location = Location(latitude, longitude, name, address)
    return Content(kind=Kind.LOCATION, text=text, location=location, extra=extra)


def _contact(message: Message, extra: Extra) -> Content:
    contact = message.contact
    assert contact is not None
    names = (_optional(contact.first_name), _optional(contact.last_name))
    name = " ".join(part for part in names if part)
    phone = string(contact.phone_number)
    extra["contacts"] = [storable(contact.to_dict())]
    return Content(kind=Kind.CONTACTS, text=": ".join(p for p in (name, phone) if p), extra=extra)


def _poll(message: Message, extra: Extra) -> Content:
    assert message.poll is not None
    return _stub("poll", extra, string(message.poll.question))


def _dice(message: Message, extra: Extra) -> Content:
    assert message.dice is not None
    return _stub("dice", extra, f"{string(message.dice.emoji)} {int(message.dice.value)}")


_READERS: dict[str, Callable[[Message, Extra], Content]] = {
    "text": _text,
    "photo": _photo,
    "voice": _voice,
    "audio": _audio,
    "video": _video,
    "video_note": _video,
    "animation": _video,
    "document": _document,
    "sticker": _sticker,
    "location": _place,
    "venue": _place,
    "contact": _contact,
    "poll": _poll,
    "dice": _dice,
}
