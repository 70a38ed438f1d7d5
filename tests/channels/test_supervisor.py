"""Accounts live, are lost, come back, are rejected, and stop without leaving a task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

import pytest
from aiohttp import ClientSession
from pydantic import BaseModel

from channels.adapter import ChannelAdapter, InboundSink
from channels.envelope import Capabilities, OutboundMessage, Sent
from channels.errors import AccountRejected, TemporaryFailure
from channels.supervisor import AccountState, Backoff, Health, Supervisor
from tests.channels.recorder import Recorder

QUICK = Backoff(first=timedelta(milliseconds=1), longest=timedelta(milliseconds=2))


class Settings(BaseModel):
    pass


class Actor(ChannelAdapter[Settings]):
    """Plays two scripts: what each probe raises, and what each `listen` raises (None: nothing)."""

    capabilities = Capabilities(text_length=10)
    settings_type = Settings

    def __init__(self, account: str, http: ClientSession) -> None:
        super().__init__(account, Settings(), http)
        self.probes: list[Exception | None] = []
        self.lives: list[Exception | None] = []
        self.entered = self.left = 0
        self.waits = True

    async def __aenter__(self) -> Self:
        error = self.probes.pop(0) if self.probes else None
        if error is not None:
            raise error
        self.entered += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.left += 1

    async def listen(self, sink: InboundSink) -> None:
        error = self.lives.pop(0) if self.lives else None
        if error is not None:
            raise error
        if self.waits:
            await asyncio.Event().wait()

    async def send(self, message: OutboundMessage) -> Sent:
        raise NotImplementedError


class History:
    """The states an account went through; `reach` waits for one."""

    def __init__(self) -> None:
        self.states: list[AccountState] = []
        self._changed = asyncio.Event()

    def __call__(self, account: str, health: Health) -> None:
        self.states.append(health.state)
        self._changed.set()

    async def reach(self, condition: Callable[[list[AccountState]], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition(self.states):
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def actor(http: ClientSession) -> Actor:
    return Actor("main", http)


@pytest.fixture
async def no_leftovers() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    assert not [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()]


pytestmark = pytest.mark.usefixtures("no_leftovers")


def supervise(actor: Actor, sink: Recorder, history: History | None = None) -> Supervisor:
    return Supervisor({"main": actor}, sink, on_change=history, backoff=QUICK)


@pytest.mark.parametrize("waits", [True, False])
async def test_an_account_is_ready_whether_or_not_it_listens(
    actor: Actor, sink: Recorder, waits: bool
) -> None:
    actor.waits = waits
    supervisor = supervise(actor, sink)
    assert supervisor.health("main").state is AccountState.STARTING
    async with supervisor:
        await supervisor.settled()
        assert supervisor.health("main").state is AccountState.READY
        assert supervisor.adapter("main") is actor
    assert supervisor.health("main").state is AccountState.STOPPED
    assert (actor.entered, actor.left) == (1, 1)


async def test_a_lost_account_comes_back_and_is_logged_once_each_way(
    actor: Actor, sink: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    history = History()
    actor.probes = [TemporaryFailure("no network")] * 5
    caplog.set_level(logging.INFO, "channels.supervisor")
    async with supervise(actor, sink, history):
        await history.reach(lambda states: states[-1:] == [AccountState.READY])
    assert history.states == [AccountState.DEGRADED, AccountState.READY, AccountState.STOPPED]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "no network" in caplog.text


@pytest.mark.parametrize("error", [TemporaryFailure("broke off"), ValueError("a bug")])
async def test_a_listener_that_fails_is_started_again(actor: Actor, sink: Recorder, error: Exception) -> None:
    history = History()
    actor.lives = [error]
    async with supervise(actor, sink, history) as supervisor:
        await history.reach(lambda states: states.count(AccountState.READY) == 2)
        assert supervisor.health("main").reason is None
    assert history.states[:3] == [AccountState.READY, AccountState.DEGRADED, AccountState.READY]
    assert actor.entered == actor.left == 2


async def test_a_rejected_account_waits_for_a_person(actor: Actor, sink: Recorder) -> None:
    history = History()
    actor.probes = [AccountRejected("token expired"), AccountRejected("still expired")]
    async with supervise(actor, sink, history) as supervisor:
        await supervisor.settled()
        health = supervisor.health("main")
        assert (health.state, health.reason) == (AccountState.REJECTED, "token expired")
        supervisor.retry("main")
        while supervisor.health("main").reason != "still expired":
            await asyncio.sleep(0)
        assert actor.entered == 0
        supervisor.retry("main")
        await history.reach(lambda states: states[-1] is AccountState.READY)
    assert history.states == [AccountState.REJECTED, AccountState.READY, AccountState.STOPPED]


async def test_an_account_rejected_while_sending_leaves_until_retried(actor: Actor, sink: Recorder) -> None:
    history = History()
    async with supervise(actor, sink, history) as supervisor:
        await supervisor.settled()
        supervisor.reject("main", "account locked")
        assert supervisor.health("main").state is AccountState.REJECTED
        while actor.left == 0:
            await asyncio.sleep(0)
        assert supervisor.health("main").reason == "account locked"
        supervisor.retry("main")
        await history.reach(lambda states: states[-1] is AccountState.READY)
    assert (actor.entered, actor.left) == (2, 2)


async def test_one_lost_account_does_not_touch_another(http: ClientSession, sink: Recorder) -> None:
    good, bad = Actor("good", http), Actor("bad", http)
    bad.probes = [AccountRejected("no")]
    async with Supervisor({"good": good, "bad": bad}, sink, backoff=QUICK) as supervisor:
        await supervisor.settled()
        states = {account: health.state for account, health in supervisor.report().items()}
    assert states == {"good": AccountState.READY, "bad": AccountState.REJECTED}


async def test_a_listener_of_changes_that_fails_does_not_stop_the_account(
    actor: Actor, sink: Recorder
) -> None:
    def fail(account: str, health: Health) -> None:
        raise RuntimeError(f"cannot tell {account} is {health.state}")

    async with Supervisor({"main": actor}, sink, on_change=fail) as supervisor:
        await supervisor.settled()
        assert supervisor.health("main").state is AccountState.READY


def test_waits_double_up_to_the_longest_with_jitter_downwards() -> None:
    backoff = Backoff(first=timedelta(seconds=1), longest=timedelta(seconds=60))
    assert [backoff.delay(attempt, 0).total_seconds() for attempt in (1, 2, 3, 6, 7, 1000)] == [
        1,
        2,
        4,
        32,
        60,
        60,
    ]
    assert backoff.delay(3, 0.5) == timedelta(seconds=3)
