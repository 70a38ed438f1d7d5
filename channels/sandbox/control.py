"""The sandbox' own JSON interface: for its page, and for programs that play many customers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import Field, HttpUrl

from channels.sandbox.control_requests import ControlBody, Handler, guarded, read
from channels.sandbox.faults import Fault, FaultKind, Flow
from channels.sandbox.graph import LARGEST_BODY
from channels.sandbox.sandbox import Sandbox
from channels.sandbox.screen import Written, WrittenFile, WrittenText
from channels.sandbox.store import Customer


class NewCustomer(ControlBody):
    """`address`: a number in any spelling with country code, or a business-scoped id ("MA.123")."""

    address: str = Field(pattern=r"^(\+?[\d ]{8,20}|[A-Z]{2}\.\w{1,128})$")
    name: str = Field(default="", max_length=100)


class CustomerChange(ControlBody):
    name: str | None = Field(default=None, max_length=100)
    blocked: bool | None = None


class WrittenBody(ControlBody):
    message: Written


class Injected(ControlBody):
    """One text of one customer, in a bulk injection."""

    from_: str = Field(alias="from")
    text: str
    name: str = ""


class Injection(ControlBody):
    """`per_webhook` above 1 puts so many messages into one body."""

    messages: list[Injected] = Field(max_length=10_000)
    per_webhook: int = Field(default=1, ge=1, le=1000)


class Address(ControlBody):
    url: HttpUrl


class Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/api/events", self.handle_events),
            ("POST", "/api/customers", self.handle_new_customer),
            ("PATCH", "/api/customers/{address}", self.handle_change),
            ("POST", "/api/customers/{address}/messages", self.handle_message),
            ("POST", "/api/customers/{address}/files", self.handle_file),
            ("POST", "/api/customers/{address}/look", self.handle_look),
            ("GET", "/api/media/{media}", self.handle_media),
            ("POST", "/api/inject", self.handle_inject),
            ("GET", "/api/accepted", self.handle_accepted),
            ("GET", "/api/stats", self.handle_stats),
            ("GET", "/api/faults", self.handle_faults),
            ("POST", "/api/faults", self.handle_new_fault),
            ("DELETE", "/api/faults", self.handle_no_faults),
            ("PUT", "/api/flow", self.handle_flow),
            ("PUT", "/api/webhook", self.handle_webhook),
            ("POST", "/api/reset", self.handle_reset),
        ]
        return [web.route(method, path, guarded(handler)) for method, path, handler in table]

    async def handle_events(self, request: web.Request) -> web.StreamResponse:
        settings = self._sandbox.settings
        first = {
            "type": "hello",
            "company": {"name": settings.verified_name, "number": settings.display_phone_number},
            "customers": self._sandbox.store.snapshot(),
            "suggestions": [suggestion.model_dump() for suggestion in settings.suggestions],
            "kinds": [kind.value for kind in FaultKind],
            "connected": self._sandbox.webhooks.url is not None,
            **self._faults(),
        }
        return await self._sandbox.pages.stream(request, first)

    async def handle_new_customer(self, request: web.Request) -> web.StreamResponse:
        asked = await read(request, NewCustomer)
        customer = self._sandbox.store.meet(asked.address.replace(" ", ""), asked.name.strip())
        return web.json_response(customer.view(), status=201)

    async def handle_change(self, request: web.Request) -> web.StreamResponse:
        customer = self._customer(request)
        change = await read(request, CustomerChange)
        if change.name is not None:
            customer.name = change.name
        if change.blocked is not None:
            customer.blocked = change.blocked
        view = customer.view(last=0)
        self._sandbox.pages.tell({"type": "customer", "customer": view})
        return web.json_response(view)

    async def handle_message(self, request: web.Request) -> web.StreamResponse:
        customer = self._customer(request)
        body = await read(request, WrittenBody)
        return self._write(customer, body.message)

    async def handle_file(self, request: web.Request) -> web.StreamResponse:
        """Multipart: `file`, and optionally `caption`, `voice`, `reply_to`."""
        customer = self._customer(request)
        form = await request.clone(client_max_size=LARGEST_BODY).post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            raise web.HTTPBadRequest(text="file is needed")
        with file.file as uploaded:
            media = self._sandbox.store.keep(file.content_type, uploaded.read(), file.filename)
        written = WrittenFile(
            type="file",
            media_id=media.id,
            caption=str(form.get("caption", "")),
            voice=form.get("voice") == "true",
            reply_to=str(form["reply_to"]) if form.get("reply_to") else None,
        )
        return self._write(customer, written)

    def _write(self, customer: Customer, written: Written) -> web.Response:
        try:
            bubble = self._sandbox.write(customer, written)
        except KeyError:
            raise web.HTTPNotFound(text="There is no such file.") from None
        return web.json_response(bubble.view(), status=201)

    async def handle_look(self, request: web.Request) -> web.StreamResponse:
        self._sandbox.look(self._customer(request))
        return web.Response(status=204)

    async def handle_media(self, request: web.Request) -> web.StreamResponse:
        media = self._sandbox.store.media.get(request.match_info["media"])
        if media is None:
            raise web.HTTPNotFound(text="There is no such file.")
        # Somebody else's file on our page: shown as a picture or sound, never run as a document.
        headers = {
            "Content-Type": media.content_type,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        }
        return web.Response(body=media.data, headers=headers)

    async def handle_inject(self, request: web.Request) -> web.StreamResponse:
        injection = await read(request.clone(client_max_size=LARGEST_BODY), Injection)
        pairs: list[tuple[Customer, Written]] = [
            (self._sandbox.store.meet(one.from_, one.name), WrittenText(type="text", text=one.text))
            for one in injection.messages
        ]
        size = injection.per_webhook
        if size == 1:
            bubbles = [self._sandbox.write(customer, written) for customer, written in pairs]
        else:
            chunks = [pairs[start : start + size] for start in range(0, len(pairs), size)]
            bubbles = [bubble for chunk in chunks for bubble in self._sandbox.write_batch(chunk)]
        return web.json_response({"ids": [bubble.id for bubble in bubbles]}, status=202)

    async def handle_accepted(self, request: web.Request) -> web.StreamResponse:
        """`?after=<sequence>&limit=`: what we sent, in order."""
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 10_000))
        accepted = self._sandbox.store.accepted[after : after + limit]
        return web.json_response({"accepted": [one.view() for one in accepted]})

    async def handle_stats(self, _request: web.Request) -> web.StreamResponse:
        store = self._sandbox.store
        return web.json_response(
            {
                "webhooks": asdict(self._sandbox.webhooks.counters),
                "accepted": len(store.accepted),
                "customers": sum(1 for _ in store.customers()),
                "violations": self._sandbox.violations,
            }
        )

    async def handle_faults(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self._faults())

    async def handle_new_fault(self, request: web.Request) -> web.StreamResponse:
        self._sandbox.faults.pending.append(await read(request, Fault))
        return self._faults_changed(201)

    async def handle_no_faults(self, _request: web.Request) -> web.StreamResponse:
        self._sandbox.faults.pending.clear()
        return self._faults_changed()

    async def handle_flow(self, request: web.Request) -> web.StreamResponse:
        self._sandbox.faults.flow = await read(request, Flow)
        self._sandbox.webhooks.update_flow()
        return self._faults_changed()

    async def handle_webhook(self, request: web.Request) -> web.StreamResponse:
        self._sandbox.connect(str((await read(request, Address)).url))
        return web.Response(status=204)

    async def handle_reset(self, _request: web.Request) -> web.StreamResponse:
        self._sandbox.store.clear()
        return web.Response(status=204)

    def _customer(self, request: web.Request) -> Customer:
        customer = self._sandbox.store.customer(request.match_info["address"])
        if customer is None:
            raise web.HTTPNotFound(text="There is no such customer.")
        return customer

    def _faults(self) -> dict[str, Any]:
        faults = self._sandbox.faults
        return {
            "faults": [fault.model_dump(mode="json") for fault in faults.pending],
            "flow": faults.flow.model_dump(),
        }

    def _faults_changed(self, status: int = 200) -> web.Response:
        self._sandbox.pages.tell({"type": "faults", **self._faults()})
        return web.json_response(self._faults(), status=status)
