"""The desk's own section of the settings."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field


class GatheringSettings(BaseModel):
    """How long the assistant waits for the next bubble before it answers all of them as one turn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet: timedelta = timedelta(milliseconds=800)
    at_most: timedelta = timedelta(seconds=3)


class LifecycleSettings(BaseModel):
    """When a customer's message reopens a ticket, joins it, or opens another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reopen_within: timedelta = timedelta(days=7)
    assistant_silence: timedelta = timedelta(hours=12)
    solved_silence: timedelta = timedelta(hours=72)  # after which a solved ticket closes itself
    resume_on_hold: bool = True  # whether a customer's message takes a ticket off hold
    safety_text_again_after: timedelta = timedelta(minutes=10)
    danger_team: str | None = "technical"


class IntakeSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    # Transactions in flight; a sender always rides the same lane. One gathers the largest batches and is
    # fastest beside its database; more pay where the way to the database is long.
    lanes: int = Field(default=1, ge=1, le=16)
    batch: int = Field(default=128, ge=1, le=1000)  # events that share a commit
    waiting: int = Field(default=2000, ge=1)  # events in the queue before callers are told to come again


class TurnSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    in_flight: int = Field(default=32, ge=1)
    deadline: timedelta = timedelta(seconds=10)
    lease: timedelta = timedelta(seconds=30)
    overdue: timedelta = timedelta(seconds=30)  # with a failing assistant: people get the turn unasked
    hopeless: timedelta = timedelta(minutes=5)  # with any assistant
    shutdown: timedelta = timedelta(seconds=5)


class OutboxSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    per_account: int = Field(default=16, ge=1)
    deadline: timedelta = timedelta(seconds=30)
    lease: timedelta = timedelta(seconds=60)
    give_up_after: timedelta = timedelta(hours=24)
    longest_wait: timedelta = timedelta(minutes=5)
    adapter_wait: timedelta = timedelta(seconds=2)
    shutdown: timedelta = timedelta(seconds=10)


class MediaSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    in_flight: int = Field(default=4, ge=1)
    deadline: timedelta = timedelta(seconds=120)
    lease: timedelta = timedelta(seconds=180)
    attempts: int = Field(default=8, ge=1)
    max_bytes: int = Field(default=100 * 1024 * 1024, ge=1)
    shutdown: timedelta = timedelta(seconds=5)


class TicketingSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    gathering: GatheringSettings = GatheringSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    intake: IntakeSettings = IntakeSettings()
    turns: TurnSettings = TurnSettings()
    outbox: OutboxSettings = OutboxSettings()
    media: MediaSettings = MediaSettings()
