"""What crosses the boundary between a channel and the desk: frozen data, standard library only.

A channel parses a provider's words into these and renders these into a provider's words; the desk
never sees a provider's payload except as an opaque `raw` kept for people to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID


class Kind(StrEnum):
    """What a message is, on every channel. `UNSUPPORTED` is shown as a readable stub."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    CHOICE = "choice"  # the customer pressed a button or picked a list row
    REACTION = "reaction"
    ORDER = "order"
    SYSTEM = "system"  # e.g. the customer changed number
    TEMPLATE = "template"
    UNSUPPORTED = "unsupported"


MEDIA_KINDS = frozenset({Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.DOCUMENT, Kind.STICKER})


class DeliveryState(StrEnum):
    """States a provider reports about a message we sent, in the order in which they can only grow.

    `FAILED` is final unless a later report proves delivery.
    """

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class FailureReason(StrEnum):
    """Why a message cannot be delivered, in words the desk translates for the agent."""

    WINDOW_CLOSED = "window_closed"  # the reply window ran out: a template is needed
    RECIPIENT_UNREACHABLE = "recipient_unreachable"  # not on this channel, or blocked us
    RECIPIENT_INVALID = "recipient_invalid"
    CONTENT_REJECTED = "content_rejected"  # the provider refused text, media or template
    MEDIA_UNSUPPORTED = "media_unsupported"
    MEDIA_TOO_LARGE = "media_too_large"
    TEMPLATE_UNKNOWN = "template_unknown"
    POLICY = "policy"
    EXPIRED = "expired"  # retried until giving up
    ACCOUNT_REJECTED = "account_rejected"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote. `addresses` are all the names this channel knows the person by, the preferred one to
    answer to first (a WhatsApp user has a wa_id and a business-scoped id, or only the latter).

    `phone` is E.164 and present only when the *provider* attests it, never because someone typed it.
    """

    addresses: tuple[str, ...]
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One button or list row. `id` comes back in the customer's `Kind.CHOICE` message."""

    id: str
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file. Inbound it carries either `data` (came with the request) or `reference` (the provider's
    handle, downloaded later by `MediaSource.fetch`); outbound always `data`."""

    kind: Kind
    content_type: str
    name: str | None = None
    size: int | None = None
    reference: Mapping[str, str] | None = None
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Template:
    """A provider-approved template: its name, language code and positional body parameters.

    `one_time_code` also fills the copy-code button of authentication templates.
    """

    name: str
    language: str
    parameters: tuple[str, ...] = ()
    one_time_code: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, whoever says it. `choice_id` is set on `Kind.CHOICE`."""

    kind: Kind = Kind.TEXT
    text: str = ""
    choices: tuple[Choice, ...] = ()
    choices_label: str | None = None  # the word on the button that opens a list
    choice_id: str | None = None
    location: Location | None = None
    attachments: tuple[Attachment, ...] = ()
    template: Template | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)  # JSON: shared contacts, order, reaction target …


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A customer's message. (`account`, `external_id`) is unique for ever: a replay is stored once.

    `sent_at` is the provider's clock (aware, UTC). `reply_to` is the external id it quotes.
    """

    account: str
    external_id: str
    sender: Sender
    sent_at: datetime
    content: Content
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message failed: our reason, and the provider's own code and words for the log."""

    reason: FailureReason
    provider_code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """What happened to a message we sent; may arrive before our own commit and out of order.

    `message_id` is our id when the provider echoes it (it settles sends whose outcome is unknown).
    """

    account: str
    external_id: str
    state: DeliveryState
    at: datetime
    failure: Failure | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """A well-formed event we knowingly do nothing with; counted, not stored."""

    account: str
    what: str


@dataclass(frozen=True, slots=True)
class Broken:
    """One event of a batch that could not be read. Kept raw in `failed_events`, shown and replayable."""

    account: str
    reason: str
    raw: Any  # JSON-serialisable: the part of the body that could not be read


InboundEvent = InboundMessage | DeliveryReceipt | Ignored | Broken


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to one address. `message_id` is ours: pass it to the provider where it takes one."""

    message_id: UUID
    account: str
    recipient: str
    content: Content
    author: str  # "assistant" | "agent" | "system"
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message under this id."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """The answer to a `converse`: what to say now, and whether the conversation has gone to people."""

    replies: tuple[Content, ...]
    handed_over: bool


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One message as the customer may see it (never a note). `position` grows by one per conversation."""

    message_id: UUID
    position: int
    direction: str  # "inbound" | "outbound"
    author: str  # "customer" | "assistant" | "agent" | "system"
    author_name: str | None
    content: Content
    state: str | None  # outbound: pending | sending | sent | delivered | read | failed | unknown
    external_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class MediaLimit:
    content_types: frozenset[str]
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; `channels.rendering.degrade` fits a message to it."""

    text_length: int
    buttons: int = 0  # most buttons on one message (0: none)
    button_title_length: int = 20
    list_rows: int = 0  # most rows of a list (0: no lists)
    list_title_length: int = 24
    choice_text_length: int = 1024  # body length when choices are attached
    media: Mapping[Kind, MediaLimit] = field(default_factory=dict)
    caption_length: int = 1024
    location: bool = False
    templates: bool = False
    reply_window: timedelta | None = None
    receipts: frozenset[DeliveryState] = frozenset()
    begins: bool = False  # we may write first, to somebody who never wrote to us
    attests_phone: bool = False  # the provider proves that the sender holds the telephone number
