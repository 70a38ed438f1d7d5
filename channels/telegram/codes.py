"""The one table of the provider's refusals: status and words → what they mean for the desk.

The Bot API has few codes and tells by words: those of its server (Client.cpp of tdlib/telegram-bot-api)
and of Telegram behind it (https://core.telegram.org/api/errors).
"""

from __future__ import annotations

from datetime import timedelta

from channels.envelope import FailureReason
from channels.errors import AccountRejected, ChannelError, PermanentFailure, TemporaryFailure
from channels.telegram.request import Answer

_MINUTE = timedelta(minutes=1)
_UNREACHABLE, _INVALID = FailureReason.RECIPIENT_UNREACHABLE, FailureReason.RECIPIENT_INVALID
_CONTENT, _MEDIA = FailureReason.CONTENT_REJECTED, FailureReason.MEDIA_UNSUPPORTED

# In small letters; the first that occurs in the description holds.
WORDS: tuple[tuple[str, FailureReason | timedelta], ...] = (
    # 403: the person, or the group, is closed to us.
    ("blocked by the user", _UNREACHABLE),
    ("user is deactivated", _UNREACHABLE),
    ("can't initiate conversation", _UNREACHABLE),  # never opened a chat with us
    ("was kicked", _UNREACHABLE),
    ("is not a member", _UNREACHABLE),
    ("can't send messages to bots", _INVALID),
    ("can't send messages to the bot", _INVALID),
    # 400: the recipient.
    ("chat not found", _INVALID),
    ("user not found", _INVALID),
    ("peer_id_invalid", _INVALID),
    ("user_is_blocked", _UNREACHABLE),
    ("chat_write_forbidden", _UNREACHABLE),
    ("not enough rights", _UNREACHABLE),
    ("have no rights to send", _UNREACHABLE),
    ("chat_restricted", _UNREACHABLE),
    ("chat_send_", _UNREACHABLE),  # CHAT_SEND_PHOTOS_FORBIDDEN and the like
    ("group is deactivated", _UNREACHABLE),
    ("topic_closed", _UNREACHABLE),
    ("topic_deleted", _UNREACHABLE),
    ("message thread not found", _UNREACHABLE),
    ("voice_messages_forbidden", FailureReason.POLICY),  # the person takes no voice messages
    # 400 and 413: the file.
    ("too big", FailureReason.MEDIA_TOO_LARGE),
    ("too large", FailureReason.MEDIA_TOO_LARGE),
    ("temporarily unavailable", timedelta(seconds=30)),
    ("wrong file", _MEDIA),
    ("invalid file", _MEDIA),
    ("wrong remote file", _MEDIA),
    ("file must be non-empty", _MEDIA),
    ("file is empty", _MEDIA),
    ("wrong type", _MEDIA),
    ("image_process_failed", _MEDIA),
    ("photo_", _MEDIA),  # PHOTO_INVALID_DIMENSIONS, PHOTO_EXT_INVALID …
    ("sticker_", _MEDIA),
    # 400: the words and the buttons.
    ("text is empty", _CONTENT),
    ("text must be non-empty", _CONTENT),
    ("too long", _CONTENT),
    ("_too_long", _CONTENT),
    ("button_", _CONTENT),  # BUTTON_DATA_INVALID …
    ("reply markup", _CONTENT),
    ("can't parse", _CONTENT),
)


def error_for(answer: Answer, *, sending: bool) -> ChannelError:
    """The ChannelError of a refusal. `sending`: the call would have sent a message.

    A 5xx in the Bot API's own words was decided by it: not taken, try again. A 5xx of a gateway in between
    says nothing about what happened behind it, except 503: nobody was there to take it. What else a gateway
    refuses (a proxy's 403) is no word of the provider's about account or recipient.
    """
    text = f"{answer.description or 'no detail'} (HTTP {answer.status})"
    by_proxy = not answer.decided and answer.status < 500 and answer.status not in {413, 429}
    by_rival = answer.status == 409  # somebody else listens, or a webhook stands in the way of polling
    if by_proxy or by_rival:
        return TemporaryFailure(text)
    if answer.status in {401, 404}:  # 404: the token is not even one in form, or the server is another's
        return AccountRejected(text)
    if answer.status == 429:
        return TemporaryFailure(text, retry_after=answer.retry_after or _MINUTE)
    if answer.status >= 500:
        gateway = not answer.decided and answer.status != 503
        return TemporaryFailure(text, retry_after=answer.retry_after, maybe_sent=sending and gateway)
    said = answer.description.lower()
    meaning = next((meaning for words, meaning in WORDS if words in said), None)
    if isinstance(meaning, timedelta):
        return TemporaryFailure(text, retry_after=meaning)
    if answer.status == 413:
        meaning = FailureReason.MEDIA_TOO_LARGE
    elif meaning is None:
        meaning = _UNREACHABLE if answer.status == 403 else FailureReason.OTHER
    return PermanentFailure(meaning, text, provider_code=str(answer.status))
