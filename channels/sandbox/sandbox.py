"""The provider itself: customers write, we send, statuses follow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from channels.sandbox.errors import NEEDS_NUMBER, UNREACHABLE, WINDOW_CLOSED, Refusal, Refused
from channels.sandbox.faults import Faults
from channels.sandbox.pages import Pages
from channels.sandbox.requests import Send, TemplateSend
from channels.sandbox.screen import Written, shown, told
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.store import Accepted, Bubble, Customer, Store, new_message_id
from channels.sandbox.webhooks import Webhooks, message_value, status_value

# Called with each body of a send before anything else; what it raises becomes a refusal and a violation.
Validate = Callable[[Any], None]


class Sandbox:
    """`async with` it; `violations` holds what `validate` complained about."""

    def __init__(self, settings: SandboxSettings, validate: Validate | None = None) -> None:
        self.settings = settings
        self.validate = validate
        self.violations: list[str] = []
        self.faults = Faults()
        self.pages = Pages()
        self.store = Store(self.pages.tell)
        self.webhooks = Webhooks(settings, self.faults)
        self._reports: set[asyncio.Task[None]] = set()

    def connect(self, webhook_url: str) -> None:
        """Where webhooks go, from now on; those that waited leave."""
        self.webhooks.url = webhook_url
        self.webhooks.update_flow()

    async def __aenter__(self) -> Self:
        await self.webhooks.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pages.close()
        for report in self._reports:
            report.cancel()
        await asyncio.gather(*self._reports, return_exceptions=True)
        await self.webhooks.close()

    def write(self, customer: Customer, written: Written) -> Bubble:
        """A customer sends a message. KeyError when it names a file that is not there."""
        bubble, message = self._written(customer, written)
        value = message_value(self.settings, [(customer, message)])
        self.webhooks.send(customer.id, value, lambda: self.store.advance(customer, bubble, "delivered"))
        return bubble

    def write_batch(self, writings: Iterable[tuple[Customer, Written]]) -> list[Bubble]:
        """Several messages in one webhook, as Meta sends them under load."""
        pairs = [(customer, *self._written(customer, written)) for customer, written in writings]

        def stored() -> None:
            for customer, bubble, _ in pairs:
                self.store.advance(customer, bubble, "delivered")

        value = message_value(self.settings, [(customer, message) for customer, _, message in pairs])
        self.webhooks.send("batches", value, stored)
        return [bubble for _, bubble, _ in pairs]

    def accept(self, send: Send, body: dict[str, Any]) -> Accepted:
        """We send a message. Refused when the provider says so at once; other failures come as statuses."""
        customer = self.store.meet(send.to or send.recipient or "")
        template = send.template if isinstance(send, TemplateSend) else None
        if template is not None and template.one_time_code is not None and send.to is None:
            raise Refused(NEEDS_NUMBER)
        view = shown(send, self.store, strict_templates=self.settings.strict_templates)
        at = datetime.now(UTC)
        tracker = send.biz_opaque_callback_data
        accepted = Accepted(
            len(self.store.accepted) + 1, new_message_id(), customer.address, tracker, body, at
        )
        self.store.accepted.append(accepted)
        quoted = send.context.message_id if send.context else None
        bubble = Bubble(accepted.id, "in", view, at, reply_to=quoted, tracker=tracker)
        failure = self._failure(customer, free_form=template is None)
        if failure is None:
            self.store.show(customer, bubble)
        report = asyncio.create_task(self._report(customer, bubble, failure))
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)
        return accepted

    def mark_read(self, message_id: str, *, typing: bool) -> bool:
        """We have read a customer's message; False when there is none of this id."""
        found = self.store.find(message_id)
        if found is None:
            return False
        customer, bubble = found
        self.store.advance(customer, bubble, "read")
        if typing:
            self.pages.tell({"type": "typing", "customer": customer.id})
        return True

    def look(self, customer: Customer) -> None:
        """The customer looks at the telephone: what was delivered is read."""
        for bubble in customer.bubbles:
            if bubble.direction == "in" and bubble.state == "delivered":
                self._tell_status(customer, bubble, "read")

    def _written(self, customer: Customer, written: Written) -> tuple[Bubble, dict[str, Any]]:
        message, view = told(written, self.store)
        now = datetime.now(UTC)
        bubble = Bubble(new_message_id(), "out", view, now, state="sent", reply_to=written.reply_to)
        message = {"id": bubble.id, "timestamp": str(int(now.timestamp())), **message}
        if written.reply_to is not None:
            message["context"] = {"from": self.settings.phone_number_id, "id": written.reply_to}
        customer.wrote_at = now
        self.store.show(customer, bubble)
        return bubble, message

    def _failure(self, customer: Customer, *, free_form: bool) -> Refusal | None:
        window = self.settings.window
        if customer.blocked:
            return UNREACHABLE
        if free_form and window is not None and not customer.within(window):
            return WINDOW_CLOSED
        return None

    async def _report(self, customer: Customer, bubble: Bubble, failure: Refusal | None) -> None:
        """The statuses of one message, each after its delay."""
        if failure is not None:
            await asyncio.sleep((self.settings.sent_after or timedelta()).total_seconds())
            self._tell_status(customer, bubble, "failed", failure)
            return
        steps = (
            ("sent", self.settings.sent_after),
            ("delivered", self.settings.delivered_after),
            ("read", self.settings.read_after),
        )
        for state, delay in steps:
            if delay is None:
                return
            await asyncio.sleep(delay.total_seconds())
            if bubble.state != "read":  # a person looked sooner
                self._tell_status(customer, bubble, state)

    def _tell_status(
        self, customer: Customer, bubble: Bubble, state: str, failure: Refusal | None = None
    ) -> None:
        self.store.advance(customer, bubble, state, failure.title if failure else None)
        if self.faults.flow.silent:
            return
        more: dict[str, Any] = {"errors": [failure.webhook()]} if failure else {}
        if state == "sent":
            more["pricing"] = {"billable": True, "pricing_model": "PMP", "category": "service"}
        self.webhooks.send(customer.id, status_value(self.settings, customer, bubble, state, **more))
