"""Carries the library's calls over the HTTP session of the whole process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from io import BytesIO
from typing import Any

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    FormData,
)
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

LARGEST_DOWNLOAD = 20_000_000 + 2**20  # the Bot API gives files of up to 20 MB
CHUNK = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal. `decided`: in the Bot API's own words, not those of a gateway before it."""

    status: int
    description: str = ""
    decided: bool = True
    retry_after: timedelta | None = None
    moved_to: int | None = None  # the group has become a supergroup of this id


class Refusal(TelegramError):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.description or f"HTTP {answer.status}")
        self.answer = answer


class NotConnected(NetworkError):
    """The connection was never made: nothing was asked of the provider."""


class BrokenOff(NetworkError):
    """The connection broke after the request may have left."""


class TooLarge(TelegramError):
    """The file is larger than the provider ever gives."""


class SessionRequest(BaseRequest):
    """The session is not ours to open or close."""

    def __init__(self, http: ClientSession, timeout: timedelta) -> None:
        self._http = http
        self._seconds = timeout.total_seconds()

    @property
    def read_timeout(self) -> float | None:
        return self._seconds

    async def initialize(self) -> None:
        return None

    async def shutdown(self) -> None:
        return None

    async def do_request(  # noqa: PLR0917 - the library's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of a success; NotConnected, BrokenOff, TooLarge or Refusal otherwise.

        A call must be over within its time; a download may last, but not stand still. The words of an error
        never hold the address, which holds the token.
        """
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._seconds
        limit = seconds if method == "POST" else None
        timeout = ClientTimeout(total=limit, connect=self._seconds / 4, sock_read=seconds)
        data = _form(request_data) if request_data is not None else None
        try:
            async with self._http.request(method, url, data=data, timeout=timeout) as response:
                if response.ok:
                    return response.status, await _body(response)
                raise Refusal(_answer(response.status, await response.read()))
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise NotConnected(f"No connection to the provider: {_words(error)}") from error
        except (ClientError, TimeoutError, OSError) as error:
            raise BrokenOff(f"The connection to the provider broke off: {_words(error)}") from error


def _form(request: RequestData) -> FormData:
    # File names leave as they are: the provider does not undo the percent signs of quoted ones.
    form = FormData(quote_fields=False, default_to_multipart=request.contains_files)
    for name, value in request.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, data, content_type) in request.multipart_data.items():
        content = BytesIO(data) if isinstance(data, bytes) else data
        form.add_field(name, content, filename=file_name, content_type=content_type)
    return form


async def _body(response: ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        data += chunk
        if len(data) > LARGEST_DOWNLOAD:
            raise TooLarge("The file is larger than 20 MB.")
    return bytes(data)


def _answer(status: int, body: bytes) -> Answer:
    try:
        said: Any = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("ok") is not False:
        return Answer(status, _phrase(status), decided=False)
    parameters = said.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    seconds, moved_to = parameters.get("retry_after"), parameters.get("migrate_to_chat_id")
    return Answer(
        status,
        str(said.get("description") or ""),
        retry_after=timedelta(seconds=seconds) if isinstance(seconds, int) and 0 <= seconds < 10**6 else None,
        moved_to=moved_to if isinstance(moved_to, int) else None,
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown status"


def _words(error: BaseException) -> str:
    """An OSError's own words name host and port; other texts may quote the address of the call."""
    return f"{type(error).__name__} {error}" if isinstance(error, OSError) else type(error).__name__
