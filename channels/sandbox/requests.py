"""What a send request must look like: stricter than Meta, who forgives what it does not read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from channels.sandbox.errors import invalid

T = TypeVar("T")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Title20 = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Context(Strict):
    message_id: str = Field(min_length=1)


class Text(Strict):
    body: str = Field(min_length=1, max_length=4096)
    preview_url: bool = False


class Location(Strict):
    latitude: Latitude
    longitude: Longitude
    name: str | None = None
    address: str | None = None


class Media(Strict):
    id: str
    caption: str | None = Field(default=None, max_length=1024)
    filename: str | None = None


class Uncaptioned(Strict):
    id: str


class Body(Strict):
    text: str = Field(min_length=1, max_length=1024)


class Reply(Strict):
    id: str = Field(min_length=1, max_length=256)
    title: Title20


class Button(Strict):
    type: Literal["reply"]
    reply: Reply


class Row(Strict):
    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=24)
    description: str | None = Field(default=None, max_length=72)


class Section(Strict):
    title: str | None = Field(default=None, max_length=24)
    rows: tuple[Row, ...] = Field(min_length=1, max_length=10)


class Buttons(Strict):
    buttons: tuple[Button, ...] = Field(min_length=1, max_length=3)

    @model_validator(mode="after")
    def check_unique(self) -> Self:
        _unique(tuple(button.reply.id for button in self.buttons), "button ids")
        _unique(tuple(button.reply.title for button in self.buttons), "button titles")
        return self


class Rows(Strict):
    button: Title20
    sections: tuple[Section, ...] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def check_rows(self) -> Self:
        rows = [row for section in self.sections for row in section.rows]
        if len(rows) > 10:
            raise ValueError("a list has at most 10 rows")
        if len(self.sections) > 1 and not all(section.title for section in self.sections):
            raise ValueError("several sections need titles")
        _unique(tuple(row.id for row in rows), "row ids")
        return self


class ButtonsMessage(Strict):
    type: Literal["button"]
    body: Body
    action: Buttons


class ListMessage(Strict):
    type: Literal["list"]
    body: Body
    action: Rows


class Language(Strict):
    code: str = Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")
    policy: Literal["deterministic"] = "deterministic"


class Parameter(Strict):
    type: Literal["text"]
    text: str = Field(min_length=1, max_length=1024)


class BodyComponent(Strict):
    type: Literal["body"]
    parameters: tuple[Parameter, ...]


class ButtonComponent(Strict):
    type: Literal["button"]
    sub_type: Literal["url", "quick_reply"]
    index: Annotated[str, StringConstraints(pattern=r"^\d$")]
    parameters: tuple[Parameter, ...] = Field(min_length=1)


class Template(Strict):
    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: Language
    components: tuple[Annotated[BodyComponent | ButtonComponent, Field(discriminator="type")], ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The parameters of the text."""
        bodies = (component for component in self.components if isinstance(component, BodyComponent))
        return tuple(parameter.text for body in bodies for parameter in body.parameters)

    @property
    def one_time_code(self) -> str | None:
        """What the copying button of an authentication template copies."""
        for component in self.components:
            if isinstance(component, ButtonComponent) and component.sub_type == "url":
                return component.parameters[0].text
        return None


class Envelope(Strict):
    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"] = "individual"
    to: Annotated[str, StringConstraints(pattern=r"^\+?\d{5,15}$")] | None = None
    recipient: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\.(ENT\.)?\w{1,128}$")] | None = None
    context: Context | None = None
    biz_opaque_callback_data: str | None = Field(default=None, max_length=512)

    @model_validator(mode="after")
    def check_recipient(self) -> Self:
        if self.to is None and self.recipient is None:
            raise ValueError("to or recipient is needed")
        return self


class TextSend(Envelope):
    type: Literal["text"]
    text: Text


class LocationSend(Envelope):
    type: Literal["location"]
    location: Location


class ImageSend(Envelope):
    type: Literal["image"]
    image: Media


class VideoSend(Envelope):
    type: Literal["video"]
    video: Media


class DocumentSend(Envelope):
    type: Literal["document"]
    document: Media


class AudioSend(Envelope):
    type: Literal["audio"]
    audio: Uncaptioned


class StickerSend(Envelope):
    type: Literal["sticker"]
    sticker: Uncaptioned


class InteractiveSend(Envelope):
    type: Literal["interactive"]
    interactive: Annotated[ButtonsMessage | ListMessage, Field(discriminator="type")]


class TemplateSend(Envelope):
    type: Literal["template"]
    template: Template


Send = Annotated[
    TextSend
    | LocationSend
    | ImageSend
    | VideoSend
    | DocumentSend
    | AudioSend
    | StickerSend
    | InteractiveSend
    | TemplateSend,
    Field(discriminator="type"),
]
_SEND: TypeAdapter[Send] = TypeAdapter(Send)


class Typing(Strict):
    type: Literal["text"]


class MarkRead(Strict):
    messaging_product: Literal["whatsapp"]
    status: Literal["read"]
    message_id: str = Field(min_length=1)
    typing_indicator: Typing | None = None


def read_send(body: Any) -> Send:
    """A checked send request, or Refused, which says what is wrong."""
    return _checked(_SEND, body)


def read_mark(body: Any) -> MarkRead:
    return _checked(TypeAdapter(MarkRead), body)


def _checked(adapter: TypeAdapter[T], body: Any) -> T:
    try:
        return adapter.validate_python(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise invalid(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from error


def _unique(values: tuple[str, ...], what: str) -> None:
    if len(set(values)) != len(values):
        raise ValueError(f"{what} must be unique")
