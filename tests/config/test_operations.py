"""What an engineer on call asks: is it alive, which part is not ready, what waits."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from config import health
from config.check import verdicts
from config.health import Part, examine
from config.settings import Settings
from tests.config.conftest import StartDesk


async def test_a_desk_without_its_assistant_is_ready(start_desk: StartDesk) -> None:
    desk = await start_desk()
    async with desk.get("/readyz") as response:
        verdict = await response.json()
    assert response.status == 200
    assert verdict["ready"] is True
    assert verdict["parts"]["database"] == {"ready": True, "detail": "answers"}
    assert verdict["parts"]["assistant"]["ready"] is False
    assert "whatsapp-main: off" in verdict["parts"]["accounts"]["detail"]


async def test_a_worker_that_does_not_run_is_named(start_desk: StartDesk) -> None:
    desk = await start_desk(alive={"turns": True, "outbox": False})
    async with desk.get("/readyz") as response:
        verdict = await response.json()
    assert response.status == 503
    assert verdict["parts"]["workers"] == {"ready": False, "detail": "restarting: outbox"}
    async with desk.get("/healthz") as response:
        assert response.status == 200, "it is alive all the same"


async def test_a_part_that_hangs_is_not_ready_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBE_DEADLINE", 0.05)

    async def hangs() -> Part:
        await asyncio.Event().wait()
        raise AssertionError

    async def breaks() -> Part:
        raise ConnectionError("gone")

    async def works() -> Part:
        return Part(ready=True, detail="fine")

    parts = await examine({"slow": hangs, "broken": breaks, "good": works})
    assert parts["good"].ready
    assert "did not answer" in parts["slow"].detail
    assert parts["broken"].detail == "ConnectionError: gone"


async def test_what_waits_is_measured(start_desk: StartDesk, database: AsyncEngine) -> None:
    desk = await start_desk()
    async with database.begin() as connection:
        await connection.execute(
            text("INSERT INTO failed_events (account, reason, raw) VALUES ('web', 'unreadable', '{}')")
        )
    async with desk.get("/healthz") as response:
        assert response.status == 200
    async with desk.get("/no/such/address/4711") as response:
        assert response.status == 404
    async with desk.get("/metrics") as response:
        metrics = await response.text()
    assert 'wasl_desk{what="failed_events"} 1.0' in metrics
    assert 'wasl_desk{what="work_send"} 0.0' in metrics
    assert 'wasl_http_requests_total{method="GET",route="/healthz",status="200"} 1.0' in metrics
    assert "4711" not in metrics, "an address as a label would make a series each"


async def test_the_desks_page_is_served_and_nothing_above_its_folder(
    start_desk: StartDesk,
) -> None:
    desk = await start_desk()
    for path in (
        "/assets/..%2f..%2fpackage.json",
        "/assets/%2e%2e/%2e%2e/vite.config.ts",
        "/favicon.svg/../index",
    ):
        async with desk.get(path) as response:
            assert response.status == 404, path
    async with desk.get("/tickets/mine") as response:
        assert response.status in {200, 503}  # 503 with a sentence where the interface is not built
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


async def test_rasa_alone_may_call_the_actions(start_desk: StartDesk) -> None:
    desk = await start_desk()
    async with desk.post("/internal/rasa/actions", json={}) as response:
        assert response.status == 403


async def test_check_has_a_verdict_for_everything(settings: Settings) -> None:
    found = {verdict.what: verdict async for verdict in verdicts(settings)}
    assert {"settings", "database", "files", "valkey", "assistant", "one-time codes"} <= set(found)
    assert found["database"].good is True
    assert found["account web"].good is not None
    assert found["account whatsapp-main"].good is None, "not set up is no mistake"


async def test_check_tells_a_half_configured_account(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WASL_WHATSAPP_TOKEN", "token")
    found = {verdict.what: verdict async for verdict in verdicts(settings)}
    assert found["account whatsapp-main"].good is False
    assert "WASL_WHATSAPP_APP_SECRET" in found["account whatsapp-main"].detail


async def test_check_says_that_the_database_is_away(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"})
    found = [verdict async for verdict in verdicts(away)]
    assert found[-1].good is False
    assert "database does not answer" in found[-1].detail
