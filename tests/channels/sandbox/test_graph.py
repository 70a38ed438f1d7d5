"""The Graph API of the sandbox, as a client sees it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientConnectionError, FormData

from channels.sandbox.sandbox import Sandbox
from channels.sandbox.screen import WrittenText
from tests.channels.sandbox.conftest import AUTHORISED, NUMBER, Client, sending


async def post(client: Client, body: Any, path: str = NUMBER + "/messages") -> tuple[int, Any]:
    async with client.post(path, json=body, headers=AUTHORISED) as answer:
        return answer.status, await answer.json()


async def test_a_send_is_taken_and_remembered_in_order(client: Client, sandbox: Sandbox) -> None:
    for number in range(3):
        status, answer = await post(client, sending(str(number), biz_opaque_callback_data=f"t{number}"))
        assert status == 200
        assert answer["contacts"] == [{"input": "212600000001", "wa_id": "212600000001"}]
        assert answer["messages"][0]["id"].startswith("wamid.")
    async with client.get("/sandbox/api/accepted", params={"after": 1}) as accepted:
        listed = (await accepted.json())["accepted"]
    assert [(one["sequence"], one["tracker"], one["body"]["text"]["body"]) for one in listed] == [
        (2, "t1", "1"),
        (3, "t2", "2"),
    ]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}, {"Authorization": "Bearer é"}])
async def test_without_the_token_nothing_works(client: Client, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/messages"), ("POST", "/media"), ("GET", "")):
        async with client.request(method, NUMBER + path, headers=headers) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (401, 190)


async def test_refusals_are_graph_shaped(client: Client) -> None:
    status, answer = await post(client, sending(), NUMBER.replace("2922", "0000") + "/messages")
    assert (status, answer["error"]["code"], answer["error"]["error_subcode"]) == (400, 100, 33)
    async with client.post(NUMBER + "/messages", data=b"not json", headers=AUTHORISED) as broken:
        assert (await broken.json())["error"]["error_data"]["details"] == "the body is not a JSON object"


async def test_a_request_the_description_forbids_is_a_violation(client: Client, sandbox: Sandbox) -> None:
    status, _ = await post(client, sending() | {"surprise": True})
    assert status == 400
    assert len(sandbox.violations) == 1
    sandbox.violations.clear()


async def test_files_go_up_and_come_down(client: Client) -> None:
    form = FormData({"messaging_product": "whatsapp", "type": "image/png"})
    form.add_field("file", b"png", filename="a.png", content_type="image/png")
    async with client.post(NUMBER + "/media", data=form, headers=AUTHORISED) as answer:
        media_id = (await answer.json())["id"]
    async with client.get(f"/sandbox/graph/v23.0/{media_id}", headers=AUTHORISED) as answer:
        about = await answer.json()
    assert about["mime_type"] == "image/png"
    async with client.session.get(about["url"]) as answer:
        assert answer.status == 401
    async with client.session.get(about["url"], headers=AUTHORISED) as answer:
        assert await answer.read() == b"png"


@pytest.mark.parametrize(
    ("content_type", "data"),
    [("image/png", b""), ("image/heic", b"x"), ("image/png", b"x" * (5 * 2**20 + 1))],
)
async def test_files_meta_refuses(client: Client, content_type: str, data: bytes) -> None:
    form = FormData({"messaging_product": "whatsapp", "type": content_type})
    form.add_field("file", BytesIO(data), filename="a", content_type=content_type)
    async with client.post(NUMBER + "/media", data=form, headers=AUTHORISED) as answer:
        assert (await answer.json())["error"]["code"] == 131053


async def test_marking_as_read_turns_the_ticks_blue(client: Client, sandbox: Sandbox) -> None:
    bubble = sandbox.write(sandbox.store.meet("212600000001"), WrittenText(type="text", text="Salam"))
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": bubble.id}
    assert await post(client, mark) == (200, {"success": True})
    assert bubble.state == "read"
    assert (await post(client, mark | {"message_id": "wamid.unknown"}))[0] == 400


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rate_limit", 429, 130429),
        ("pair_limit", 400, 131056),
        ("server_error", 500, 131000),
        ("window_closed", 400, 131047),
        ("unreachable", 400, 131026),
        ("token_expired", 401, 190),
        ("account_locked", 403, 131031),
    ],
)
async def test_faults_befall_the_next_sends(client: Client, kind: str, status: int, code: int) -> None:
    await client.post("/sandbox/api/faults", json={"kind": kind, "count": 2})
    for _ in range(2):
        refused, answer = await post(client, sending())
        assert (refused, answer["error"]["code"]) == (status, code)
    assert (await post(client, sending()))[0] == 200


@pytest.mark.parametrize(("kind", "taken"), [("drop_before", 0), ("drop_after", 1)])
async def test_connections_break_on_demand(client: Client, sandbox: Sandbox, kind: str, taken: int) -> None:
    await client.post("/sandbox/api/faults", json={"kind": kind})
    with pytest.raises(ClientConnectionError):
        await post(client, sending())
    assert len(sandbox.store.accepted) == taken


async def test_a_fault_without_count_lasts_until_taken_away(client: Client) -> None:
    await client.post("/sandbox/api/faults", json={"kind": "rate_limit", "count": None})
    for _ in range(4):
        assert (await post(client, sending()))[0] == 429
    await client.delete("/sandbox/api/faults")
    assert (await post(client, sending()))[0] == 200
