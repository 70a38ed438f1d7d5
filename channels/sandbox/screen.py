"""What a message looks like on the customer's telephone, both ways, and what the provider tells us of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from channels.sandbox.errors import NO_TEMPLATE, Refused, invalid
from channels.sandbox.requests import (
    AudioSend,
    DocumentSend,
    ImageSend,
    InteractiveSend,
    ListMessage,
    LocationSend,
    Send,
    StickerSend,
    Template,
    TemplateSend,
    TextSend,
    VideoSend,
)
from channels.sandbox.store import Media, Store

# Meta's own words around a one-time code; the template decides only their language.
CODE_TEXTS = {
    "ar": "{code} هو رمز التحقق الخاص بك. للحفاظ على أمانك، لا تشارك هذا الرمز.",
    "fr": "{code} est votre code de confirmation. Pour votre sécurité, ne le partagez pas.",
    "en": "{code} is your verification code. For your security, do not share this code.",
}
TEMPLATES = {
    "follow_up": {
        "ar": "مرحبا، لدينا جواب على طلبكم رقم {0}. أجيبوا على هذه الرسالة لمتابعة الحديث.",
        "fr": "Bonjour, nous avons une réponse à votre demande n° {0}. Répondez à ce message pour continuer.",
        "en": "Hello, we have an answer to your request no. {0}. Reply to this message to continue.",
    },
    "service_notice": {
        "ar": "إشعار من SRM-CS: {0} أجيبوا على هذه الرسالة للتواصل معنا.",
        "fr": "Information SRM-CS : {0} Répondez à ce message pour nous écrire.",
        "en": "SRM-CS notice: {0} Reply to this message to write to us.",
    },
}


def shown(send: Send, store: Store, *, strict_templates: bool) -> dict[str, Any]:
    """A message from us, on the telephone. Refused when it names a file or template that is not there."""
    match send:
        case TextSend():
            return {"kind": "text", "text": send.text.body}
        case LocationSend():
            return {"kind": "location", "location": send.location.model_dump()}
        case InteractiveSend():
            return _interactive(send)
        case TemplateSend():
            return _template(send.template, strict_templates)
        case AudioSend(audio=part) | StickerSend(sticker=part):
            return _file(send.type, part.id, store)
        case ImageSend(image=media) | VideoSend(video=media) | DocumentSend(document=media):
            return _file(send.type, media.id, store, media.caption, media.filename)


def _interactive(send: InteractiveSend) -> dict[str, Any]:
    part = send.interactive
    view: dict[str, Any] = {"kind": "text", "text": part.body.text}
    if isinstance(part, ListMessage):
        rows = [row.model_dump() for section in part.action.sections for row in section.rows]
        return view | {"list": {"label": part.action.button, "rows": rows}}
    return view | {"buttons": [button.reply.model_dump() for button in part.action.buttons]}


def _template(template: Template, strict: bool) -> dict[str, Any]:
    language = template.language.code[:2]
    code = template.one_time_code
    if code is not None:
        text = CODE_TEXTS.get(language, CODE_TEXTS["en"]).format(code=code)
    elif template.name in TEMPLATES and language in TEMPLATES[template.name]:
        try:
            text = TEMPLATES[template.name][language].format(*template.values)
        except IndexError:
            raise invalid("template: number of parameters does not match") from None
    elif strict:
        raise Refused(NO_TEMPLATE)
    else:
        text = " · ".join((f"[{template.name}]", *template.values))
    return {"kind": "template", "text": text, "code": code, "template": template.name}


def _file(
    kind: str, media_id: str, store: Store, caption: str | None = None, name: str | None = None
) -> dict[str, Any]:
    media = store.media.get(media_id)
    if media is None:
        raise invalid(f"{kind}.id: there is no such media")
    return {"kind": kind, "text": caption or "", "media": _about(media) | ({"name": name} if name else {})}


def _about(media: Media) -> dict[str, Any]:
    return {"id": media.id, "content_type": media.content_type, "name": media.name, "size": len(media.data)}


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reply_to: str | None = None


class WrittenText(_Written):
    type: Literal["text"]
    text: str = Field(min_length=1, max_length=65536)


class WrittenChoice(_Written):
    """A pressed button (`list` false) or a picked row."""

    type: Literal["choice"]
    id: str
    title: str
    description: str | None = None
    list: bool = False


class WrittenLocation(_Written):
    type: Literal["location"]
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class WrittenFile(_Written):
    type: Literal["file"]
    media_id: str
    caption: str = ""
    voice: bool = False


Written = Annotated[WrittenText | WrittenChoice | WrittenLocation | WrittenFile, Field(discriminator="type")]


def told(written: Written, store: Store) -> tuple[dict[str, Any], dict[str, Any]]:
    """A customer's message: as the provider tells us, and as the telephone shows it. KeyError: no file."""
    match written:
        case WrittenText(text=text):
            return {"type": "text", "text": {"body": text}}, {"kind": "text", "text": text}
        case WrittenChoice():
            kind = "list_reply" if written.list else "button_reply"
            reply = {"id": written.id, "title": written.title}
            if written.description:
                reply["description"] = written.description
            message = {"type": "interactive", "interactive": {"type": kind, kind: reply}}
            return message, {"kind": "text", "text": written.title}
        case WrittenLocation():
            place = written.model_dump(exclude={"type", "reply_to"}, exclude_none=True)
            return {"type": "location", "location": place}, {"kind": "location", "location": place}
        case WrittenFile():
            return _told_file(written, store.media[written.media_id])


def _told_file(written: WrittenFile, media: Media) -> tuple[dict[str, Any], dict[str, Any]]:
    family = media.content_type.partition("/")[0]
    kind = family if family in {"image", "audio", "video"} else "document"
    about: dict[str, Any] = {"mime_type": media.content_type, "sha256": media.sha256, "id": media.id}
    if written.caption and kind != "audio":
        about["caption"] = written.caption
    if kind == "document" and media.name:
        about["filename"] = media.name
    if kind == "audio":
        about["voice"] = written.voice
    view = {"kind": kind, "text": written.caption, "media": _about(media)}
    return {"type": kind, kind: about}, view
