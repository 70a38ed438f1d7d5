"""Refusals in the shape of the Graph API."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Refusal:
    """One Graph error: answered to a call, or reported by a `failed` status."""

    status: int
    code: int
    title: str
    details: str = ""
    subcode: int | None = None

    def response(self) -> web.Response:
        error: dict[str, object] = {
            "message": f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": uuid4().hex[:22],
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return web.json_response({"error": error}, status=self.status)

    def webhook(self) -> dict[str, object]:
        """The same, as an element of a status' `errors`."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }


NO_TOKEN = Refusal(401, 190, "Invalid OAuth access token.", "The access token could not be decrypted.")
NO_OBJECT = Refusal(400, 100, "Unsupported request.", "The object does not exist or may not be seen.", 33)
WINDOW_CLOSED = Refusal(
    400, 131047, "Re-engagement message", "More than 24 hours have passed since the customer last replied."
)
UNREACHABLE = Refusal(
    400, 131026, "Message undeliverable", "The receiver is incapable of receiving this message."
)
NEEDS_NUMBER = Refusal(
    400, 131062, "Business-scoped user id not supported", "Authentication templates need a telephone number."
)
NO_TEMPLATE = Refusal(404, 132001, "Template name does not exist in the translation")


class Refused(Exception):
    """The call ends with this refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.title)
        self.refusal = refusal


def invalid(details: str) -> Refused:
    return Refused(Refusal(400, 100, "Invalid parameter", details))
