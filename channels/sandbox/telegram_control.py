"""The played Telegram's own JSON interface: for those who play people, and for tests."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field

from channels.sandbox.control_requests import ControlBody, Handler, guarded, read
from channels.sandbox.faults import Fault
from channels.sandbox.telegram_chats import Chat, Person
from channels.sandbox.telegram_provider import TelegramSandbox

LARGEST_BODY = 64 * 2**20
FILE_KINDS = frozenset({"photo", "document", "voice", "audio", "video", "sticker"})


class NewPerson(ControlBody):
    id: int = Field(gt=0)
    name: str = Field(default="", max_length=64)
    username: str | None = Field(default=None, max_length=32)


class PersonChange(ControlBody):
    blocked: bool


class NewGroup(ControlBody):
    title: str = Field(min_length=1, max_length=128)


class NewMessage(ControlBody):
    """`message`: the Bot API's own fields of the content, such as `{"text": "Salam"}`. `chat`: of a group."""

    sender: int = Field(alias="from")
    chat: int | None = None
    message: dict[str, Any]


class Edit(ControlBody):
    chat: int
    message_id: int
    text: str


class Press(ControlBody):
    sender: int = Field(alias="from")
    chat: int | None = None
    message_id: int
    data: str


class TelegramControl:
    def __init__(self, sandbox: TelegramSandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/api/people", self.handle_person),
            ("PATCH", "/api/people/{person}", self.handle_change),
            ("POST", "/api/groups", self.handle_group),
            ("POST", "/api/messages", self.handle_message),
            ("POST", "/api/files", self.handle_file),
            ("POST", "/api/edits", self.handle_edit),
            ("POST", "/api/presses", self.handle_press),
            ("GET", "/api/chats/{chat}", self.handle_chat),
            ("GET", "/api/sent", self.handle_sent),
            ("POST", "/api/faults", self.handle_fault),
            ("DELETE", "/api/faults", self.handle_no_faults),
            ("GET", "/api/stats", self.handle_stats),
            ("POST", "/api/reset", self.handle_reset),
        ]
        return [web.route(method, path, guarded(_known(handler))) for method, path, handler in table]

    async def handle_person(self, request: web.Request) -> web.StreamResponse:
        asked = await read(request, NewPerson)
        person = self._sandbox.chats.meet(asked.id, asked.name, asked.username)
        return web.json_response(person.view(), status=201)

    async def handle_change(self, request: web.Request) -> web.StreamResponse:
        person = self._person(int(request.match_info["person"]))
        person.blocked = (await read(request, PersonChange)).blocked
        return web.json_response(person.view() | {"blocked": person.blocked})

    async def handle_group(self, request: web.Request) -> web.StreamResponse:
        chat = self._sandbox.chats.found_group((await read(request, NewGroup)).title)
        return web.json_response(self._sandbox.chats.describe(chat), status=201)

    async def handle_message(self, request: web.Request) -> web.StreamResponse:
        asked = await read(request, NewMessage)
        message = self._sandbox.write(self._person(asked.sender), asked.message, self._group(asked.chat))
        return web.json_response(message, status=201)

    async def handle_file(self, request: web.Request) -> web.StreamResponse:
        """Multipart: `file`, `from`, `kind`, and optionally `caption` and `chat`."""
        form = await request.clone(client_max_size=LARGEST_BODY).post()
        file, kind = form.get("file"), str(form.get("kind", "document"))
        if not isinstance(file, web.FileField) or kind not in FILE_KINDS:
            raise web.HTTPBadRequest(text=f"file is needed, and one kind of {', '.join(sorted(FILE_KINDS))}")
        with file.file as uploaded:
            content = self._sandbox.attach(kind, file.content_type, uploaded.read(), file.filename)
        if form.get("caption"):
            content["caption"] = str(form["caption"])
        group = self._group(int(str(form["chat"])) if form.get("chat") else None)
        message = self._sandbox.write(self._person(int(str(form.get("from", 0)))), content, group)
        return web.json_response(message, status=201)

    async def handle_edit(self, request: web.Request) -> web.StreamResponse:
        asked = await read(request, Edit)
        chat = self._chat(asked.chat)
        return web.json_response(self._sandbox.edit(chat, asked.message_id, {"text": asked.text}))

    async def handle_press(self, request: web.Request) -> web.StreamResponse:
        asked = await read(request, Press)
        person = self._person(asked.sender)
        chat = self._chat(asked.chat if asked.chat is not None else person.id)
        query = self._sandbox.press(person, chat, asked.message_id, asked.data)
        return web.json_response({"id": query}, status=201)

    async def handle_chat(self, request: web.Request) -> web.StreamResponse:
        chat = self._chat(int(request.match_info["chat"]))
        about = self._sandbox.chats.describe(chat)
        return web.json_response({"chat": about, "messages": list(chat.messages.values())})

    async def handle_sent(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"sent": [one.view() for one in self._sandbox.api.sent]})

    async def handle_fault(self, request: web.Request) -> web.StreamResponse:
        self._sandbox.faults.pending.append(await read(request, Fault))
        return web.Response(status=204)

    async def handle_no_faults(self, _request: web.Request) -> web.StreamResponse:
        self._sandbox.faults.pending.clear()
        return web.Response(status=204)

    async def handle_stats(self, _request: web.Request) -> web.StreamResponse:
        updates = self._sandbox.updates
        return web.json_response(
            {
                "updates": {"waiting": len(updates.waiting), "delivered": updates.delivered},
                "attempts": updates.attempts,
                "sent": len(self._sandbox.api.sent),
                "violations": self._sandbox.violations,
            }
        )

    async def handle_reset(self, _request: web.Request) -> web.StreamResponse:
        self._sandbox.chats.clear()
        self._sandbox.api.sent.clear()
        return web.Response(status=204)

    def _person(self, number: int) -> Person:
        return self._sandbox.chats.people[number]

    def _chat(self, number: int) -> Chat:
        return self._sandbox.chats.chats[number]

    def _group(self, number: int | None) -> Chat | None:
        return None if number is None else self._chat(number)


def _known(handler: Handler) -> Handler:
    """Answer 404 where a person, chat or message is not known."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except KeyError as error:
            raise web.HTTPNotFound(text=f"There is no {error}.") from error

    return answer
