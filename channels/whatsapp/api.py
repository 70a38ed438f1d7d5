"""Calls to the Graph API, each with its one failure class. The codes are in `codes.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
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
    InvalidURL,
)

from channels.envelope import Attachment, FailureReason, Kind
from channels.errors import PermanentFailure, TemporaryFailure
from channels.whatsapp.codes import OBJECT_MISSING, GraphError, error_for
from channels.whatsapp.settings import WhatsAppSettings

LARGEST_DOWNLOAD = 100 * 2**20  # documents; everything else is smaller
CHUNK = 64 * 2**10


class GraphClient:
    """One telephone number, on the session of the whole process."""

    def __init__(self, http: ClientSession, settings: WhatsAppSettings) -> None:
        self._http = http
        self._number = settings.phone_number_id
        self._base = f"{str(settings.graph_url).rstrip('/')}/{settings.graph_version}"
        self._headers = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        total = settings.timeout.total_seconds()
        self._timeout = ClientTimeout(total=total, connect=total / 4)
        self._download_timeout = ClientTimeout(connect=total / 4, sock_read=total)

    async def probe(self) -> None:
        """Is the number ours with this token? AccountRejected or TemporaryFailure otherwise."""
        await self._call("GET", self._number, params={"fields": "display_phone_number,verified_name"})

    async def send(self, body: Mapping[str, Any]) -> str:
        """Hand a message over; the provider's id (wamid). ChannelError otherwise."""
        answer = await self._call("POST", f"{self._number}/messages", sending=True, json=body)
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError) as error:
            # Success without an id: taken, but we shall never recognise its statuses except by our own id.
            raise TemporaryFailure("Taken without a message id.", maybe_sent=True) from error

    async def mark_read(self, body: Mapping[str, Any]) -> None:
        await self._call("POST", f"{self._number}/messages", json=body)

    async def upload(self, attachment: Attachment) -> str:
        """Give the file to the provider (kept 30 days); its media id."""
        if attachment.data is None:
            raise PermanentFailure(FailureReason.MEDIA_UNSUPPORTED, "The file has no content.")
        form = FormData()
        form.add_field("messaging_product", "whatsapp")
        form.add_field("type", attachment.content_type)
        name = attachment.name or attachment.kind.value
        form.add_field("file", BytesIO(attachment.data), filename=name, content_type=attachment.content_type)
        answer = await self._call("POST", f"{self._number}/media", data=form)
        try:
            return str(answer["id"])
        except (KeyError, TypeError) as error:
            raise TemporaryFailure("Uploaded without a media id.") from error

    async def download(self, media_id: str, kind: Kind) -> Attachment:
        """Two steps: ask where the file is (valid for five minutes), then fetch it there with our token."""
        about = await self._call(
            "GET", media_id, params={"phone_number_id": self._number}, missing="The file is no longer there."
        )
        try:
            url, content_type = str(about["url"]), str(about["mime_type"])
        except (KeyError, TypeError) as error:
            raise TemporaryFailure("The provider did not say where the file is.") from error
        data = await self._fetch(url)
        return Attachment(kind, content_type, size=len(data), data=data)

    async def _fetch(self, url: str) -> bytes:
        try:
            async with self._http.get(url, headers=self._headers, timeout=self._download_timeout) as response:
                if not response.ok:
                    raise error_for(await _error(response), sending=False)
                data = bytearray()
                async for chunk in response.content.iter_chunked(CHUNK):
                    data += chunk
                    if len(data) > LARGEST_DOWNLOAD:
                        raise PermanentFailure(
                            FailureReason.MEDIA_TOO_LARGE, "The file is larger than 100 MB."
                        )
                return bytes(data)
        except InvalidURL as error:
            raise PermanentFailure(FailureReason.OTHER, "The provider gave a wrong address.") from error
        except (ClientError, TimeoutError, OSError) as error:
            raise TemporaryFailure(f"The download broke off: {_words(error)}") from error

    async def _call(
        self, method: str, path: str, *, sending: bool = False, missing: str | None = None, **request: Any
    ) -> Any:
        """JSON of a successful answer. `missing`: what to say when the object asked for does not exist.

        A refused or never made connection was certainly not taken; anything that breaks later may have been.
        """
        url = f"{self._base}/{path}"
        try:
            async with self._http.request(
                method, url, headers=self._headers, timeout=self._timeout, **request
            ) as response:
                if response.ok:
                    return await _json(response)
                error = await _error(response)
        except (ClientConnectorError, ConnectionTimeoutError) as problem:
            raise TemporaryFailure(f"No connection to the provider: {_words(problem)}") from problem
        except (ClientError, TimeoutError, OSError) as problem:
            detail = f"The connection to the provider broke off: {_words(problem)}"
            raise TemporaryFailure(detail, maybe_sent=sending) from problem
        if missing is not None and error.code == 100 and error.subcode == OBJECT_MISSING:
            raise PermanentFailure(FailureReason.OTHER, missing, provider_code="100")
        raise error_for(error, sending=sending)


async def _json(response: ClientResponse) -> Any:
    try:
        return json.loads(await response.read())
    except ValueError:
        return None  # the caller misses what it needs and says so


async def _error(response: ClientResponse) -> GraphError:
    body = await _json(response)
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    return GraphError(
        status=response.status,
        code=_integer(error.get("code")),
        subcode=_integer(error.get("error_subcode")),
        detail=". ".join(str(part).rstrip(".") for part in (error.get("message"), details) if part),
        retry_after=_retry_after(response.headers.get("Retry-After")),
    )


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _retry_after(header: str | None) -> timedelta | None:
    return timedelta(seconds=int(header)) if header and header.isdecimal() and len(header) < 7 else None


def _words(error: BaseException) -> str:
    return f"{type(error).__name__} {error}".strip()
