"""The second factor: set up, asked for, each code once, and taken away."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import WSMsgType

from tests.ticketing.web.office import PASSWORD, Office, Person
from tests.ticketing.web.test_session import cookie_of, sign_in
from ticketing.people.one_time_codes import code_at, step_of


def code_of(secret: str, away: int = 0) -> str:
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return code_at(raw, step_of(datetime.now(UTC)) + away)


async def enrol(person: Person) -> tuple[str, list[str]]:
    """Set it up with the code of the step before, so that the present one is still unused."""
    begun = await person.post("/security/second_factor", {"password": PASSWORD})
    answer = await person.post("/security/second_factor/confirm", {"code": code_of(begun["secret"], -1)})
    return begun["secret"], answer["recovery_codes"]


async def challenge_of(office: Office, email: str = "salma@desk.example") -> str:
    response = await sign_in(office, email)
    answer: dict[str, Any] = await response.json()
    assert response.status == 200
    assert answer["second_factor"] is True
    assert "wasl_session" not in response.cookies
    challenge: str = answer["challenge"]
    return challenge


async def answer_with(office: Office, challenge: str, code: str) -> Any:
    response = await office.http.post(
        office.server.make_url("/api/session/second_factor"),
        json={"challenge": challenge, "code": code},
        headers={"X-Wasl": "1"},
    )
    await response.read()
    return response


async def test_set_up_and_sign_in_with_it(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    secret, codes = await enrol(salma)
    overview = await salma.get("/security")
    assert overview["second_factor"]["since"]
    assert overview["recovery_codes_left"] == len(codes) == 10
    stored = await office.one("SELECT secret FROM second_factors")
    assert base64.b32decode(secret) not in bytes(stored), "sealed at rest"

    challenge = await challenge_of(office)
    wrong = await answer_with(office, challenge, "000000")
    assert (wrong.status, (await wrong.json())["code"]) == (401, "bad_code")
    right = await answer_with(office, challenge, code_of(secret))
    assert right.status == 200
    assert (await right.json())["agent"]["name"] == "Salma"
    assert cookie_of(right).value
    again = await answer_with(office, challenge, code_of(secret, 1))
    assert (await again.json())["code"] == "challenge_expired", "a challenge is met once"


async def test_a_code_is_used_once_even_by_two_at_once(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    secret, _ = await enrol(salma)
    challenges = [await challenge_of(office) for _ in range(4)]
    code = code_of(secret)
    answers = await asyncio.gather(*(answer_with(office, one, code) for one in challenges))
    assert sorted(answer.status for answer in answers) == [200, 401, 401, 401]
    replayed = await answer_with(office, await challenge_of(office), code)
    assert replayed.status == 401
    older = await answer_with(office, await challenge_of(office), code_of(secret, -1))
    assert older.status in {401, 429}, "nor one from before it"


async def test_a_recovery_code_opens_once(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    _, codes = await enrol(salma)
    challenges = [await challenge_of(office) for _ in range(2)]
    answers = await asyncio.gather(*(answer_with(office, one, codes[0].upper()) for one in challenges))
    assert sorted(answer.status for answer in answers) == [200, 401]
    assert await office.one("SELECT count(*) FROM recovery_codes WHERE used_at IS NULL") == 9
    assert await office.one("SELECT count(*) FROM events WHERE type = 'agent.recovery_code_used'") == 1


async def test_codes_cannot_be_guessed(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    secret, _ = await enrol(salma)
    challenge = await challenge_of(office)
    answers = await asyncio.gather(*(answer_with(office, challenge, f"{n:06}") for n in range(9)))
    assert [answer.status for answer in answers].count(429) >= 4
    assert (await answer_with(office, challenge, code_of(secret))).status == 429, "not even the right one"


async def test_new_recovery_codes_void_the_old(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    secret, old = await enrol(salma)
    new = (await salma.post("/security/recovery_codes", {"code": code_of(secret)}))["recovery_codes"]
    assert set(new).isdisjoint(old)
    assert (await answer_with(office, await challenge_of(office), old[1])).status == 401
    assert (await answer_with(office, await challenge_of(office), new[1])).status == 200


async def test_setting_up_needs_the_password_and_a_right_code(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    refused = await salma.post("/security/second_factor", {"password": "no"}, expect=422)
    assert refused["code"] == "password_wrong"
    await salma.post("/security/second_factor", {"password": PASSWORD})
    refused = await salma.post("/security/second_factor/confirm", {"code": "000000"}, expect=422)
    assert refused["code"] == "bad_code"
    assert (await salma.get("/security"))["second_factor"] is None, "nothing is in force yet"
    assert (await (await sign_in(office, "salma@desk.example")).json())["agent"]["name"] == "Salma"
    await enrol(salma)
    twice = await salma.post("/security/second_factor", {"password": PASSWORD}, expect=409)
    assert twice["code"] == "second_factor_exists"


async def test_a_role_may_demand_it(office: Office) -> None:
    await office.run("UPDATE roles SET second_factor_required = true WHERE key = 'agent'")
    salma = await office.person("agent", "Salma")
    session = await salma.get("/session")
    assert (session["second_factor_due"], session["permissions"]) == (True, [])
    assert (await salma.get("/views", expect=403))["code"] == "second_factor_due"
    refused = await salma.post(
        "/security/password", {"current": PASSWORD, "password": "bleu tracteur menthe"}, expect=403
    )
    assert refused["code"] == "second_factor_due"
    begun = await salma.post("/security/second_factor", {"password": PASSWORD})
    await salma.post("/security/second_factor/confirm", {"code": code_of(begun["secret"], -1)})
    assert (await salma.get("/session"))["second_factor_due"] is False
    await salma.get("/views")
    response = await salma.ask(
        "DELETE", "/security/second_factor", {"password": PASSWORD, "code": code_of(begun["secret"])}
    )
    assert (response.status, (await response.json())["code"]) == (409, "second_factor_required")


async def test_it_can_be_taken_away_by_its_owner_and_by_an_administrator(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    secret, _ = await enrol(salma)
    response = await salma.ask(
        "DELETE", "/security/second_factor", {"password": PASSWORD, "code": code_of(secret)}
    )
    assert response.status == 204
    assert (await salma.get("/security"))["recovery_codes_left"] == 0

    admin = await office.person("administrator", "Admin")
    youssef = await office.person("agent", "Youssef")
    await enrol(youssef)
    assert (await admin.ask("DELETE", f"/people/{youssef.id}/second_factor")).status == 204
    await youssef.get("/session", expect=401)
    assert (await (await sign_in(office, "youssef@desk.example")).json())["agent"]["name"] == "Youssef"


@pytest.mark.parametrize("ending", ["one", "all", "others", "password", "deactivate", "by_administrator"])
async def test_a_session_that_is_ended_closes_its_socket(office: Office, ending: str) -> None:
    here = await office.person("agent", "Salma")
    admin = await office.person("administrator", "Admin")
    there = Person(office, here.id, "Salma", cookie_of(await sign_in(office, "salma@desk.example")).value)
    socket = await there.connect()
    assert (await socket.receive_json())["type"] == "hello"
    rows = (await here.get("/security"))["sessions"]
    other = next(row for row in rows if not row["current"])
    if ending == "one":
        assert (await here.ask("DELETE", f"/security/sessions/{other['id']}")).status == 204
    elif ending in {"all", "others"}:
        query = "?keep=current" if ending == "others" else ""
        assert (await here.ask("DELETE", f"/security/sessions{query}")).status == 204
    elif ending == "password":
        await here.post(
            "/security/password", {"current": PASSWORD, "password": "bleu tracteur menthe"}, expect=204
        )
    elif ending == "deactivate":
        version = (await admin.get(f"/people/{here.id}"))["version"]
        await admin.post(f"/people/{here.id}/deactivate", {"version": version})
    else:
        assert (await admin.ask("DELETE", f"/people/{here.id}/sessions")).status == 204
    async with asyncio.timeout(5):
        while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED}:
            pass
    assert socket.close_code == 4401
    await there.get("/session", expect=401)
    await here.get("/session", expect=200 if ending in {"one", "others", "password"} else 401)
