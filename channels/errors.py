"""Failure classes of a channel, each with one consequence for the desk. Nothing above sees a provider's code.

ChannelError
├── TemporaryFailure   wait (retry_after) and try again, in order
├── PermanentFailure   this message failed; tell the agent why
├── AccountRejected    pause the account, keep its messages, raise an alarm
├── BadSignature       inbound: 403, nothing stored
└── AnomalousPayload   inbound: not from this provider at all: 400
"""

from __future__ import annotations

from datetime import timedelta

from channels.envelope import Failure, FailureReason


class ChannelError(Exception):
    """Root of what a channel may raise."""


class TemporaryFailure(ChannelError):
    """The provider cannot take it now. `maybe_sent` says the request may have been carried out
    (the answer was lost): the message becomes `unknown` instead of being sent twice."""

    def __init__(
        self, detail: str, *, retry_after: timedelta | None = None, maybe_sent: bool = False
    ) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.maybe_sent = maybe_sent


class PermanentFailure(ChannelError):
    """This message will never go through as it is."""

    def __init__(self, reason: FailureReason, detail: str, *, provider_code: str | None = None) -> None:
        super().__init__(detail)
        self.failure = Failure(reason, provider_code, detail)


class AccountRejected(ChannelError):
    """The provider refuses our credentials or has suspended the account."""


class BadSignature(ChannelError):
    """The request does not carry the provider's signature over these exact bytes."""


class AnomalousPayload(ChannelError):
    """The body is not this provider's at all."""
