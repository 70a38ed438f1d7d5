"""The web chat over HTTP: who may speak, what is stored, what a browser reads back."""

from __future__ import annotations

import asyncio
import gzip
import time
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientSession
from itsdangerous import URLSafeTimedSerializer

from channels.adapter import DemonstrationPage
from channels.envelope import Choice, Content, DeliveryState, Kind, Location, OutboundMessage
from channels.errors import TemporaryFailure
from channels.webchat.rates import network
from channels.webchat.settings import WebchatSettings
from tests.channels.webchat.conftest import SECRET, Chat, StartChat, Visitor

NAUGHTY = [
    "السلام عليكم خويا 🙏🏽",
    "\u202eمقلوب\u202c",
    "l7sab \u0000 dyali",
    "Z̸̢͝a̶l̵g̷o̸",
    "<script>alert('x')</script>",
    "'; DROP TABLE messages; --",
    "\ud83d alone",
    "👩‍👩‍👧‍👦" * 50,
    "\ufeff\u200f",
    "a\u2028b",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "ﷺ" * 4000,
]


async def test_a_message_is_stored_before_it_is_acknowledged(chat: Chat, visitor: Visitor) -> None:
    assert await visitor.send({"client_id": "first-001", "text": "imta tji l camion l Zemamra?"}) == (
        202,
        {"client_id": "first-001"},
    )
    (stored,) = chat.desk.messages
    assert stored.account == "web"
    assert stored.external_id == f"{visitor.name}:first-001"
    assert stored.sender.addresses == (visitor.name,)
    assert (stored.sender.name, stored.sender.phone) == (None, None)
    assert stored.sent_at.tzinfo is not None

    chat.desk.down = True
    status, body = await visitor.send({"client_id": "second-01", "text": "again"})
    assert (status, body["error"]["code"]) == (503, "not_stored")
    chat.desk.down = False
    assert (await visitor.send({"client_id": "second-01", "text": "again"}))[0] == 202
    assert [message.content.text for message in chat.desk.messages][1:] == ["again"]


async def test_the_same_message_twenty_times_at_once_is_one(chat: Chat, visitor: Visitor) -> None:
    body = {"client_id": "replayed-1", "text": "once"}
    answers = await asyncio.gather(*(visitor.send(body) for _ in range(20)))
    assert {status for status, _ in answers} == {202}
    assert len(chat.desk.messages) == 1
    assert [message["client_id"] for message in await visitor.messages()] == ["replayed-1"]


@pytest.mark.parametrize("text", NAUGHTY)
async def test_strange_words_arrive_readable(chat: Chat, visitor: Visitor, text: str) -> None:
    assert (await visitor.send({"client_id": "strange-01", "text": text}))[0] in {202, 422}
    for message in await visitor.messages():
        assert message["text"]
        assert "\x00" not in message["text"]


async def test_choices_and_places(chat: Chat, visitor: Visitor) -> None:
    await visitor.send({"client_id": "choice-001", "choice_id": "bill", "text": "ch7al fatora"})
    await visitor.send({"client_id": "place-0001", "location": {"latitude": 32.63, "longitude": -8.71}})
    choice, place = (message.content for message in chat.desk.messages)
    assert (choice.kind, choice.choice_id, choice.text) == (Kind.CHOICE, "bill", "ch7al fatora")
    assert (place.kind, place.location) == (Kind.LOCATION, Location(32.63, -8.71))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "no id"}, 422, "bad_client_id"),
        ({"client_id": "a:b:c:d:e", "text": "x"}, 422, "bad_client_id"),
        ({"client_id": "too-long-1", "text": "x" * 4001}, 413, "text_too_long"),
        ({"client_id": "too-large1", "text": "x" * 70_000}, 413, "too_large"),
        ({"client_id": "empty-0001", "text": " "}, 422, "empty"),
        ([], 400, "unreadable"),
    ],
)
async def test_what_is_refused_says_why(
    chat: Chat, visitor: Visitor, body: object, status: int, code: str
) -> None:
    answered, answer = await visitor.send(body)
    assert (answered, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"].endswith(".")
    assert chat.desk.messages == []


def forged(visitor: Visitor) -> list[str]:
    good = visitor.token
    middle = len(good) // 2
    other_key = URLSafeTimedSerializer("another secret of ours", salt="webchat:web").dumps(visitor.name)
    other_account = URLSafeTimedSerializer(SECRET, salt="webchat:other").dumps(visitor.name)
    not_a_visitor = URLSafeTimedSerializer(SECRET, salt="webchat:web").dumps({"admin": True})
    flipped = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    return [
        "",
        "x",
        good[:-2],
        good + "x",
        flipped,
        visitor.name,
        other_key,
        other_account,
        not_a_visitor,
        "é",
        "." * 50,
    ]


async def test_forged_tokens_read_and_store_nothing(chat: Chat, visitor: Visitor) -> None:
    await visitor.send({"client_id": "private-01", "text": "mine"})
    for token in forged(visitor):
        headers = {"Authorization": f"Bearer {token}"}
        for method, path in (
            ("GET", "/messages"),
            ("POST", "/messages"),
            ("POST", "/files"),
            ("POST", "/receipts"),
            ("GET", "/socket"),
        ):
            async with chat.session.request(method, chat.url(path), headers=headers, json={}) as response:
                assert response.status == 401, (method, path, token)
                assert (await response.json())["error"]["code"] == "bad_token"
    assert len(chat.desk.messages) == 1


async def test_expired_tokens_and_rotated_secrets(
    start_chat: StartChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await start_chat(previous_secrets=("the secret before this",), token_days=1)
    name = "A" * 22
    old = URLSafeTimedSerializer("the secret before this", salt="webchat:web").dumps(name)
    async with chat.session.get(
        chat.url("/messages"), headers={"Authorization": f"Bearer {old}"}
    ) as response:
        assert response.status == 200
    visitor = await chat.visitor()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 2 * 86_400)
    async with chat.session.get(chat.url("/messages"), headers=visitor.headers) as response:
        assert response.status == 401
        assert (await response.json())["error"]["code"] == "token_expired"


async def test_a_known_visitor_keeps_his_name_under_a_fresh_token(chat: Chat, visitor: Visitor) -> None:
    async with chat.session.post(chat.url("/visitors"), json={}, headers=visitor.headers) as response:
        assert response.status == 200
        body = await response.json()
    assert body["visitor"] == visitor.name
    assert set(body["settings"]) >= {"title", "welcome", "languages", "accent", "demonstration"}
    assert (await chat.visitor()).name != visitor.name


async def test_one_visitor_never_sees_another(chat: Chat, visitor: Visitor) -> None:
    stranger = await chat.visitor()
    await visitor.send({"client_id": "private-01", "text": "mine"})
    await chat.say(visitor.name, "your bill is …")
    assert await stranger.messages() == []
    assert len(await visitor.messages()) == 2


async def test_messages_after_a_position_in_order(chat: Chat, visitor: Visitor) -> None:
    for number in range(1, 6):
        await chat.say(visitor.name, f"answer {number}")
    assert [message["text"] for message in await visitor.messages(after=3)] == ["answer 4", "answer 5"]
    assert [message["position"] for message in await visitor.messages()] == [1, 2, 3, 4, 5]


async def test_what_has_not_left_is_not_shown_and_not_jumped_over(chat: Chat, visitor: Visitor) -> None:
    await chat.say(visitor.name, "sent")
    waiting = chat.desk.add(visitor.name, Content(text="waiting"), state="pending")
    await visitor.send({"client_id": "meanwhile1", "text": "hello?"})
    shown = await visitor.messages()
    assert [message["text"] for message in shown] == ["sent"]
    chat.desk.mark(waiting.message_id, "sent")
    assert [message["text"] for message in await visitor.messages(after=1)] == ["waiting", "hello?"]
    failed = chat.desk.add(visitor.name, Content(text="withdrawn"), state="failed")
    assert failed.position == 4
    assert await visitor.messages(after=3) == []


async def test_a_poll_waits_for_the_answer(chat: Chat, visitor: Visitor) -> None:
    polling = asyncio.create_task(visitor.messages(wait=25))
    async with asyncio.timeout(10):
        while not len(chat.adapter._hub):
            await asyncio.sleep(0)
        choices = (Choice("yes", "Oui"),)
        await chat.say(visitor.name, "", content=Content(text="Oui ?", choices=choices))
        (message,) = await polling
    assert message["choices"] == [{"id": "yes", "title": "Oui", "description": None}]
    assert len(chat.adapter._hub) == 0


async def test_receipts_come_from_the_browser_and_only_for_its_own_thread(
    chat: Chat, visitor: Visitor
) -> None:
    stranger = await chat.visitor()
    mine = [await chat.say(visitor.name, f"answer {number}") for number in range(3)]
    theirs = await chat.say(stranger.name, "not yours")

    async def receipt(state: str, position: object) -> int:
        body = {"state": state, "position": position}
        async with chat.session.post(chat.url("/receipts"), json=body, headers=visitor.headers) as response:
            return response.status

    assert await receipt("read", 2) == 204
    assert await receipt("delivered", 3) == 204  # read before delivered: neither goes back
    assert await receipt("delivered", 3) == 204  # said again: nothing new to report
    assert [(receipt.external_id, receipt.state) for receipt in chat.desk.receipts] == [
        (str(mine[0].message_id), DeliveryState.READ),
        (str(mine[1].message_id), DeliveryState.READ),
        (str(mine[2].message_id), DeliveryState.DELIVERED),
    ]
    assert chat.desk.entry(theirs.message_id).state == "sent"
    assert await receipt("failed", 3) == 422
    assert await receipt("read", "x") == 422


async def test_rates_by_visitor(start_chat: StartChat) -> None:
    chat = await start_chat(message_rate="3/minute")
    visitor, stranger = await chat.visitor(), await chat.visitor()
    body = {"text": "hello"}
    statuses = [(await visitor.send(body | {"client_id": f"message-{number}"}))[0] for number in range(4)]
    assert statuses == [202, 202, 202, 429]
    assert (await stranger.send(body | {"client_id": "message-0"}))[0] == 202
    async with chat.session.post(
        chat.url("/messages"), json=body | {"client_id": "message-9"}, headers=visitor.headers
    ) as response:
        assert (await response.json())["error"]["code"] == "rate_limited"
        assert 1 <= int(response.headers["Retry-After"]) <= 60


async def test_rates_by_address_behind_a_proxy(start_chat: StartChat) -> None:
    chat = await start_chat(address_visitor_rate="1/minute", trusted_proxies=1)

    async def knock(forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        async with chat.session.post(chat.url("/visitors"), json={}, headers=headers) as response:
            return response.status

    assert await knock("105.1.1.1") == 201
    assert await knock("8.8.8.8, 105.1.1.1") == 429  # what the caller claims himself counts for nothing
    assert await knock("105.1.1.2") == 201
    assert await knock("2001:db8:1:2::1") == 201
    assert await knock("2001:db8:1:2:ffff::9") == 429


def test_what_counts_as_one_caller() -> None:
    assert network("::ffff:105.1.1.1") == "105.1.1.1"
    assert network("nonsense") == "unknown"


ALLOWED = "https://www.example.ma"


async def test_only_allowed_origins_may_use_the_chat(start_chat: StartChat) -> None:
    chat = await start_chat(allowed_origins=(ALLOWED,))
    own = str(chat.server.make_url("/")).rstrip("/")
    for origin, allowed in (
        (ALLOWED, True),
        (own, True),
        ("https://evil.example", False),
        ("null", False),
        ("https://www.example.ma.evil.example", False),
    ):
        async with chat.session.post(chat.url("/visitors"), json={}, headers={"Origin": origin}) as response:
            assert (response.status == 201) is allowed, origin
            assert response.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        async with chat.session.options(chat.url("/messages"), headers={"Origin": origin}) as response:
            assert (response.status == 204) is allowed
            if allowed:
                assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
                assert "Access-Control-Allow-Credentials" not in response.headers


async def test_errors_can_be_read_across_origins(start_chat: StartChat) -> None:
    chat = await start_chat(allowed_origins=("*",))
    visitor = await chat.visitor()
    chat.desk.down = True
    headers = visitor.headers | {"Origin": "https://any.example"}
    async with chat.session.get(chat.url("/messages"), headers=headers) as response:
        assert response.status == 503
        assert response.headers["Access-Control-Allow-Origin"] == "https://any.example"


async def test_the_widget_is_served_compressed_and_revalidated(chat: Chat, tmp_path: Path) -> None:
    built = tmp_path / "widget.js"
    chat.adapter.widget._path = built
    async with chat.session.get(chat.url("/widget.js")) as response:
        assert response.status == 503
    with pytest.raises(TemporaryFailure, match="not built"):
        await chat.adapter.__aenter__()

    built.write_bytes(b"console.log('widget')")
    assert await chat.adapter.__aenter__() is chat.adapter
    async with ClientSession(auto_decompress=False) as plain:
        async with plain.get(chat.url("/widget.js"), headers={"Accept-Encoding": "gzip"}) as response:
            assert gzip.decompress(await response.read()) == built.read_bytes()
            assert response.headers["Content-Type"].startswith("text/javascript")
            etag = response.headers["ETag"]
        async with plain.get(chat.url("/widget.js"), headers={"If-None-Match": etag}) as response:
            assert response.status == 304
        async with plain.get(chat.url("/widget.js"), headers={"Accept-Encoding": "identity"}) as response:
            assert await response.read() == built.read_bytes()


async def test_the_demonstration_page_embeds_its_own_account(chat: Chat) -> None:
    assert isinstance(chat.adapter, DemonstrationPage)
    async with chat.session.get(str(chat.server.make_url("/demo"))) as response:
        page = await response.text()
        assert 'src="/channels/web/widget.js"' in page
        assert "{{" not in page
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    for name, status in (("page.js", 200), ("page.css", 200), ("page.py", 404), ("..%2fadapter.py", 404)):
        async with chat.session.get(str(chat.server.make_url("/demo")) + "/" + name) as response:
            assert response.status == status


async def test_sending_to_nobody_connected_is_sent(chat: Chat) -> None:
    message = OutboundMessage(uuid4(), "web", "gone", Content(text="later"), "agent")
    assert (await chat.adapter.send(message)).external_id == str(message.message_id)


@pytest.mark.parametrize(
    "settings",
    [
        {"secret": "short"},
        {"secret": SECRET, "message_rate": "many"},
        {"secret": SECRET, "allowed_origins": ("example.ma",)},
        {"secret": SECRET, "allowed_origins": ("https://example.ma/path",)},
        {"secret": SECRET, "accent": "teal"},
        {"secret": SECRET, "languages": ()},
        {"secret": SECRET, "unknown": 1},
    ],
)
def test_settings_are_checked(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        WebchatSettings.model_validate(settings)


def test_no_secret_in_words() -> None:
    settings = WebchatSettings.model_validate({"secret": SECRET})
    assert SECRET not in repr(settings)
