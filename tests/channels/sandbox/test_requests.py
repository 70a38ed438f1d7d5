"""Sends that Meta would refuse are refused here."""

from __future__ import annotations

from typing import Any

import pytest

from channels.sandbox.errors import Refused
from channels.sandbox.requests import read_mark, read_send
from tests.channels.sandbox.conftest import sending


def interactive(part: dict[str, Any]) -> dict[str, Any]:
    body = sending(type="interactive", interactive=part)
    del body["text"]
    return body


def buttons(*pairs: tuple[str, str], text: str = "Quoi ?") -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": one, "title": title}} for one, title in pairs]
    return interactive({"type": "button", "body": {"text": text}, "action": {"buttons": replies}})


def rows(count: int, label: str = "Choisir", **more: Any) -> dict[str, Any]:
    listed = [{"id": str(number), "title": f"Ligne {number}", **more} for number in range(count)]
    action = {"button": label, "sections": [{"rows": listed}]}
    return interactive({"type": "list", "body": {"text": "Quoi ?"}, "action": action})


def template(**more: Any) -> dict[str, Any]:
    body = sending(type="template", template={"name": "follow_up", "language": {"code": "fr"}, **more})
    del body["text"]
    return body


GOOD = [sending(), buttons(("a", "Oui"), ("b", "Non")), rows(10), template(), sending("x" * 4096)]
BAD = {
    "another product": sending() | {"messaging_product": "sms"},
    "nobody": {key: value for key, value in sending().items() if key != "to"},
    "a name as number": sending(to="amina"),
    "no text": sending(""),
    "long text": sending("x" * 4097),
    "a field nobody knows": sending() | {"bodyy": 1},
    "a type nobody knows": sending() | {"type": "hologram"},
    "type and part differ": sending() | {"type": "image"},
    "no button": buttons(),
    "four buttons": buttons(*((str(number), str(number)) for number in range(4))),
    "a long title": buttons(("a", "x" * 21)),
    "two buttons alike": buttons(("a", "Oui"), ("b", "Oui")),
    "one id twice": buttons(("a", "Oui"), ("a", "Non")),
    "no question": buttons(("a", "Oui"), text=""),
    "eleven rows": rows(11),
    "no row": rows(0),
    "a long label": rows(1, "x" * 21),
    "a long description": rows(1, description="x" * 73),
    "no language": template(language={}),
    "a strange component": template(components=[{"type": "footer", "parameters": []}]),
    "a place off the Earth": {
        **{key: value for key, value in sending().items() if key != "text"},
        "type": "location",
        "location": {"latitude": "91", "longitude": "0"},
    },
    "a long tracker": sending() | {"biz_opaque_callback_data": "x" * 513},
    "not an object": [],
}


@pytest.mark.parametrize("body", GOOD)
def test_good_sends_pass(body: dict[str, Any]) -> None:
    assert read_send(body).messaging_product == "whatsapp"


@pytest.mark.parametrize("name", BAD)
def test_bad_sends_are_refused_with_the_place(name: str) -> None:
    with pytest.raises(Refused) as refused:
        read_send(BAD[name])
    assert refused.value.refusal.code == 100
    assert refused.value.refusal.details


def test_marks() -> None:
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    assert read_mark(mark).typing_indicator is None
    assert read_mark(mark | {"typing_indicator": {"type": "text"}}).typing_indicator is not None
    with pytest.raises(Refused):
        read_mark(mark | {"status": "unread"})
