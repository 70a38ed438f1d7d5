"""Writes the bodies of the Cloud API's `POST /<number>/messages`. Pure.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

import re
from typing import Any

from channels.envelope import (
    Capabilities,
    Choice,
    Content,
    FailureReason,
    Kind,
    Location,
    OutboundMessage,
    Template,
)
from channels.errors import PermanentFailure
from channels.rendering import ChoiceStyle, choice_style, shorten

ROW_DESCRIPTION_LENGTH = 72
LIST_LABEL_LENGTH = 20
FILE_NAME_LENGTH = 240
# Shown on the button that opens a list when the desk gives no word for it; a sign all our languages share.
LIST_LABEL = "☰"

# "MA.13491208655302741918", or "MA.ENT.…" for the id shared by several portfolios of one company.
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}")


def message_body(
    message: OutboundMessage, capabilities: Capabilities, *, media_id: str | None = None
) -> dict[str, Any]:
    """The body that sends this (already degraded) content; `media_id` is that of its uploaded file.

    PermanentFailure when the content is none the channel sends.
    """
    content = message.content
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(message.recipient),
        # Comes back with every status: it settles sends whose answer was lost.
        "biz_opaque_callback_data": str(message.message_id),
    }
    if message.reply_to:
        body["context"] = {"message_id": message.reply_to}
    kind, part = _part(content, capabilities, media_id)
    return body | {"type": kind, kind: part}


def read_body(message_id: str, *, typing: bool) -> dict[str, Any]:
    """Marks a received message as read; `typing` also shows that an answer is being written."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    return body | {"typing_indicator": {"type": "text"}} if typing else body


def _recipient(address: str) -> dict[str, str]:
    return {"recipient": address} if _USER_ID.fullmatch(address) else {"to": address}


def _part(content: Content, capabilities: Capabilities, media_id: str | None) -> tuple[str, dict[str, Any]]:
    if content.template is not None:
        return "template", _template(content.template)
    if content.choices:
        style = choice_style(content.choices, capabilities)
        return "interactive", _buttons(content) if style is ChoiceStyle.BUTTONS else _list(content)
    if content.location is not None:
        return "location", _location(content.location)
    if content.attachments:
        return content.attachments[0].kind.value, _media(content, media_id)
    if content.text:
        return "text", {"body": content.text, "preview_url": False}
    raise PermanentFailure(FailureReason.CONTENT_REJECTED, "There is nothing to send.")


def _media(content: Content, media_id: str | None) -> dict[str, Any]:
    attachment = content.attachments[0]
    if media_id is None:
        raise PermanentFailure(FailureReason.MEDIA_UNSUPPORTED, "The file was not uploaded.")
    part = {"id": media_id}
    if content.text:
        part["caption"] = content.text
    if attachment.kind is Kind.DOCUMENT and attachment.name:
        part["filename"] = attachment.name[-FILE_NAME_LENGTH:]
    return part


def _location(location: Location) -> dict[str, Any]:
    # Strings, as Meta's own description of the interface has them.
    part = {"latitude": f"{location.latitude:.6f}", "longitude": f"{location.longitude:.6f}"}
    if location.name:
        part["name"] = location.name
    if location.address:
        part["address"] = location.address
    return part


def _buttons(content: Content) -> dict[str, Any]:
    buttons = [
        {"type": "reply", "reply": {"id": choice.id, "title": choice.title}} for choice in content.choices
    ]
    return {"type": "button", "body": {"text": content.text}, "action": {"buttons": buttons}}


def _list(content: Content) -> dict[str, Any]:
    label = shorten(content.choices_label or LIST_LABEL, LIST_LABEL_LENGTH)
    rows = [_row(choice) for choice in content.choices]
    return {
        "type": "list",
        "body": {"text": content.text},
        "action": {"button": label, "sections": [{"rows": rows}]},
    }


def _row(choice: Choice) -> dict[str, str]:
    row = {"id": choice.id, "title": choice.title}
    if choice.description:
        row["description"] = shorten(choice.description, ROW_DESCRIPTION_LENGTH)
    return row


def _template(template: Template) -> dict[str, Any]:
    """Authentication templates carry the code twice: in the text and on the button that copies it.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/authentication-templates
    """
    code = template.one_time_code
    parameters = template.parameters or ((code,) if code else ())
    components: list[dict[str, Any]] = []
    if parameters:
        components.append({"type": "body", "parameters": [_text(value) for value in parameters]})
    if code:
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": [_text(code)]})
    language = {"policy": "deterministic", "code": template.language}
    part: dict[str, Any] = {"name": template.name, "language": language}
    return part | {"components": components} if components else part


def _text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}
