"""The one table of the provider's error codes: code → what it means for the desk.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes (May 2026)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from channels.envelope import FailureReason
from channels.errors import AccountRejected, ChannelError, PermanentFailure, TemporaryFailure

OBJECT_MISSING = 33  # subcode of 100: no such object, or not ours to see


@dataclass(frozen=True, slots=True)
class Wait:
    """TemporaryFailure: try again after this."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class GraphError:
    """What the Graph API answered instead of success. `code` is None when the body was not Meta's."""

    status: int
    code: int | None = None
    subcode: int | None = None
    detail: str = ""
    retry_after: timedelta | None = None


ACCOUNT = AccountRejected
_SECONDS, _MINUTE, _QUARTER = timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=15)

CODES: Mapping[int, Wait | FailureReason | type[AccountRejected]] = {
    # Authorisation and integrity: the account, not this message.
    0: ACCOUNT,  # the token could not be read
    3: ACCOUNT,  # capability missing
    10: ACCOUNT,  # permission denied
    190: ACCOUNT,  # token expired
    **dict.fromkeys(range(200, 300), ACCOUNT),  # permission
    368: ACCOUNT,  # blocked for policy violations
    131005: ACCOUNT,  # access denied
    131031: ACCOUNT,  # account locked
    131037: ACCOUNT,  # the number's display name is not approved
    131042: ACCOUNT,  # payment
    131045: ACCOUNT,  # number not registered (certificate)
    133010: ACCOUNT,  # number not registered
    # Throttling and trouble on their side.
    1: Wait(_SECONDS),
    2: Wait(_SECONDS),
    4: Wait(_MINUTE),  # too many calls of the app
    80007: Wait(_MINUTE),  # too many calls of the business account
    130429: Wait(_SECONDS),  # throughput of the number
    131000: Wait(_SECONDS),  # something went wrong
    131016: Wait(_SECONDS),  # service unavailable
    131048: Wait(_QUARTER),  # too many of our messages were reported as spam
    131056: Wait(timedelta(seconds=6)),  # one message in 6 s to one person after a burst
    131057: Wait(_MINUTE),  # account in maintenance
    132069: Wait(_MINUTE),  # flow throttled
    133004: Wait(_SECONDS),  # server temporarily unavailable
    # This message.
    100: FailureReason.CONTENT_REJECTED,  # a parameter is wrong
    130472: FailureReason.POLICY,  # the person is in an experiment of Meta's
    130497: FailureReason.POLICY,  # this business may not write to that country
    131008: FailureReason.CONTENT_REJECTED,  # parameter missing
    131009: FailureReason.CONTENT_REJECTED,  # parameter value
    131021: FailureReason.RECIPIENT_INVALID,  # ourselves
    131026: FailureReason.RECIPIENT_UNREACHABLE,
    131030: FailureReason.RECIPIENT_INVALID,  # not in the list of a test number
    131047: FailureReason.WINDOW_CLOSED,
    131049: FailureReason.POLICY,  # "healthy ecosystem engagement"
    131050: FailureReason.POLICY,  # the person stopped marketing messages
    131051: FailureReason.CONTENT_REJECTED,  # message type
    131052: FailureReason.MEDIA_UNSUPPORTED,  # could not download the customer's file
    131053: FailureReason.MEDIA_UNSUPPORTED,  # could not take our file
    131062: FailureReason.RECIPIENT_INVALID,  # this kind of message needs a telephone number
    132000: FailureReason.TEMPLATE_UNKNOWN,  # number of parameters
    132001: FailureReason.TEMPLATE_UNKNOWN,  # not there in this language
    132005: FailureReason.TEMPLATE_UNKNOWN,  # text too long once filled in
    132007: FailureReason.POLICY,  # template breaks the rules on characters
    132012: FailureReason.TEMPLATE_UNKNOWN,  # format of parameters
    132015: FailureReason.TEMPLATE_UNKNOWN,  # paused
    132016: FailureReason.TEMPLATE_UNKNOWN,  # disabled
    132068: FailureReason.TEMPLATE_UNKNOWN,  # its flow is blocked
    135000: FailureReason.CONTENT_REJECTED,  # a parameter is wrong, unknown which
}


def reason_for(code: int | None) -> FailureReason:
    """Why a message that was taken failed later (a `failed` status)."""
    entry = CODES.get(code) if code is not None else None
    if isinstance(entry, FailureReason):
        return entry
    return FailureReason.ACCOUNT_REJECTED if entry is ACCOUNT else FailureReason.OTHER


def error_for(error: GraphError, *, sending: bool) -> ChannelError:
    """The ChannelError of a refusal. `sending`: the call would have sent a message.

    A 5xx that carries Meta's code was decided by the API: not taken, try again. A 5xx without it comes from a
    gateway in between, behind which the message may have been taken, except 503: nobody was there to take it.
    """
    entry = CODES.get(error.code) if error.code is not None else None
    if error.code == 100 and error.subcode == OBJECT_MISSING:
        entry = ACCOUNT  # our own number is not there for this token
    text = f"{error.detail or 'no detail'} (code {error.code}, HTTP {error.status})"
    if isinstance(entry, Wait):
        return TemporaryFailure(text, retry_after=error.retry_after or entry.after)
    if isinstance(entry, FailureReason):
        return PermanentFailure(entry, text, provider_code=str(error.code))
    if entry is ACCOUNT or error.status == 401:
        return AccountRejected(text)
    if error.status == 429:
        return TemporaryFailure(text, retry_after=error.retry_after or _MINUTE)
    if error.status >= 500:
        gateway = error.code is None and error.status != 503
        return TemporaryFailure(text, retry_after=error.retry_after, maybe_sent=sending and gateway)
    code = str(error.code) if error.code is not None else None
    return PermanentFailure(FailureReason.OTHER, text, provider_code=code)
