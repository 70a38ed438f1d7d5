"""The composition root: every part of one process, made and joined here and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import ClientSession, ClientTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import safety
from bot.contract import Assistant, Language, ReplyMessage
from bot.notices import notice
from bot.rasa import RasaAssistant
from channels.adapter import ChannelAdapter, MediaSource
from channels.supervisor import AccountState, Supervisor
from config.accounts import AccountConfig, CodeDelivery, load_accounts
from config.assistant import NoAssistant
from config.billing import billing_source
from config.database import open_database
from config.doors import Doors, open_doors
from config.environment import account_environment
from config.hours import read_hours
from config.secrets import SecretStore
from config.settings import Settings
from knowledge_base.billing.source import BillingSource
from knowledge_base.network.reminders import reminders
from ticketing.accounts import Account, register_accounts
from ticketing.actions.base import Services
from ticketing.announcements import Announcements, Words
from ticketing.automation.worker import Automations
from ticketing.bulk.worker import BulkWorker
from ticketing.bus import Bus, MemoryBus, ValkeyBus
from ticketing.calendar import Calendar
from ticketing.contacts.merging import follow_merged
from ticketing.converse import Reception
from ticketing.desk import Desk, utc_now
from ticketing.hours.following import CalendarFollower
from ticketing.hours.tables import load_first, read_calendar
from ticketing.intake import Intake
from ticketing.maintenance import Maintenance
from ticketing.media import Media
from ticketing.outage_watch import watch_outages
from ticketing.outbox import Outbox
from ticketing.periodic import Periodic, Producer
from ticketing.routing.router import Router
from ticketing.scheduled import Scheduled
from ticketing.settings import GatheringSettings, TicketingSettings, TurnSettings
from ticketing.sla.alarms import Alarms
from ticketing.sla.keeper import ClockKeeper
from ticketing.storage import Storage
from ticketing.surveys.asking import Surveys, plan_surveys
from ticketing.timers import Timers
from ticketing.turns import Turns

# A provider that does not answer within this time is asked again later; sends have deadlines of their own.
HTTP_TIMEOUT = ClientTimeout(total=60, connect=5)
# What a telephone's provider waits for an answer, less the way there and back.
CALL_DEADLINE = timedelta(seconds=8)
# What looks at the records every minute, by name: reminders, detection.
_PRODUCERS: Mapping[str, Producer] = {"outages": watch_outages}


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs in one process. `adapters` are the accounts that could be configured, by key."""

    settings: Settings
    secrets: SecretStore
    environment: Mapping[str, str]
    engine: AsyncEngine
    bus: Bus
    desk: Desk
    storage: Storage
    configured: tuple[AccountConfig, ...]
    codes: CodeDelivery | None
    accounts: Mapping[str, Account]
    adapters: Mapping[str, ChannelAdapter[Any]]
    supervisor: Supervisor
    assistant: Assistant
    billing: BillingSource
    sink: Reception
    calendar: Calendar
    hours: CalendarFollower
    alarms: Alarms
    router: Router
    turns: Turns
    outbox: Outbox
    media: Media
    maintenance: Maintenance
    announcements: Announcements
    automations: Automations
    bulk: BulkWorker
    scheduled: Scheduled
    surveys: Surveys
    periodic: Periodic
    doors: Doors


@asynccontextmanager
async def open_parts(settings: Settings, *, serving: bool = False) -> AsyncIterator[Parts]:
    """Everything made and joined, nothing running yet. SettingsError in one sentence when it cannot be."""
    secrets = SecretStore(settings.data)
    environment = account_environment(settings, secrets)
    configuration = load_accounts(settings.accounts_file, environment)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession(timeout=HTTP_TIMEOUT))
        engine = await stack.enter_async_context(open_database(settings, serving=serving))
        bus = await _open_bus(settings, stack)
        calendar = Calendar()
        desk = Desk(engine, bus, [ClockKeeper(calendar), plan_surveys])
        storage = Storage.open(settings.files_url or settings.data / "files")
        adapters = {
            account.key: account.adapter(account.key, account.settings, http)
            for account in configuration.accounts
            if account.settings is not None
        }
        accounts = {
            account.key: Account(account.key, account.channel, account.adapter.capabilities)
            for account in configuration.accounts
        }
        async with engine.begin() as connection:
            await register_accounts(connection, accounts.values())

        ticketing = _ticketing_settings(settings)
        assistant = _assistant(settings, secrets, http)
        intake = Intake(desk, accounts, storage, safety.detect, ticketing)
        hours = await _open_calendar(desk, settings, calendar)
        turns = Turns(desk, assistant, accounts, ticketing.turns, calendar)
        sink = Reception(desk, intake, turns, deadline=CALL_DEADLINE, lease=ticketing.turns.lease)
        supervisor = Supervisor(adapters, sink)

        def sending(key: str) -> ChannelAdapter[Any] | None:
            return adapters[key] if _serves(supervisor, adapters, key) else None

        def fetching(key: str) -> MediaSource | None:
            adapter: object = sending(key)
            return adapter if isinstance(adapter, MediaSource) else None

        def step_services() -> Services:
            return Services(accounts, calendar.current, settings.brand.short_name)

        stack.push_async_callback(intake.close)
        yield Parts(
            settings=settings,
            secrets=secrets,
            environment=environment,
            engine=engine,
            bus=bus,
            desk=desk,
            storage=storage,
            configured=configuration.accounts,
            codes=configuration.codes,
            accounts=accounts,
            adapters=adapters,
            supervisor=supervisor,
            assistant=assistant,
            billing=billing_source(settings, engine, http),
            sink=sink,
            calendar=calendar,
            hours=hours,
            alarms=Alarms(desk, calendar, hours.load),
            router=Router(desk, calendar),
            turns=turns,
            outbox=Outbox(desk, sending, accounts, storage, ticketing.outbox),
            media=Media(desk, fetching, storage, ticketing.media),
            maintenance=Maintenance(engine, settings.learning_kept),
            automations=Automations(desk, step_services),
            bulk=BulkWorker(desk, step_services),
            announcements=Announcements(desk, accounts, _notices(settings), configuration.announcements),
            scheduled=Scheduled(desk, accounts),
            surveys=Surveys(desk, accounts, settings.zone),
            periodic=Periodic(desk, _producers(settings, desk, ticketing)),
            doors=open_doors(settings, secrets, desk, http),
        )


def _producers(settings: Settings, desk: Desk, ticketing: TicketingSettings) -> Mapping[str, Producer]:
    timers = Timers(desk, ticketing.lifecycle.solved_silence)
    return {
        **_PRODUCERS,
        "stop_reminders": reminders(settings.zone),
        "snoozed_tickets": timers.wake_snoozed,
        "merged_contacts": follow_merged,
        "solved_tickets": timers.close_solved,
    }


def _notices(settings: Settings) -> Words:
    def words(kind: str, data: Mapping[str, Any], language: Language) -> ReplyMessage:
        return notice(kind, data, language, now=utc_now(), timezone=settings.zone)

    return words


def _serves(supervisor: Supervisor, adapters: Mapping[str, ChannelAdapter[Any]], key: str) -> bool:
    """Whether an account may send now. A degraded one may: its own sends say what is wrong, and retry."""
    if key not in adapters:
        return False
    return supervisor.health(key).state in {AccountState.READY, AccountState.DEGRADED}


async def _open_calendar(desk: Desk, settings: Settings, calendar: Calendar) -> CalendarFollower:
    """The calendar of the tables, which hours.yaml fills once."""
    async with desk.engine.begin() as connection:
        if await read_calendar(connection) is None:
            await load_first(connection, read_hours(settings.hours_file))
    hours = CalendarFollower(desk, calendar, settings.zone)
    await hours.load()
    return hours


async def _open_bus(settings: Settings, stack: AsyncExitStack) -> Bus:
    if settings.valkey_url is None:
        return MemoryBus()
    return await stack.enter_async_context(ValkeyBus(settings.valkey_url))


def _ticketing_settings(settings: Settings) -> TicketingSettings:
    # The desk waits a little longer than the assistant's own deadline, whose reason is the better one.
    return TicketingSettings(
        gathering=GatheringSettings(quiet=settings.gathering_delay),
        turns=TurnSettings(deadline=settings.assistant_deadline + timedelta(seconds=2)),
    )


def _assistant(settings: Settings, secrets: SecretStore, http: ClientSession) -> Assistant:
    if settings.rasa_url is None:
        return NoAssistant()
    secret = settings.rasa_secret.get_secret_value() if settings.rasa_secret else secrets.get("rasa")
    return RasaAssistant(
        http, settings.rasa_url, secret, deadline=settings.assistant_deadline.total_seconds()
    )
