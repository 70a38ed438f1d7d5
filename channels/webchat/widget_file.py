"""The built widget as it is served: one file, compressed once, with an ETag."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

BUILT = Path(__file__).parent / "widget" / "dist" / "widget.js"
CACHE = "public, max-age=600, stale-while-revalidate=86400"


@dataclass(frozen=True, slots=True)
class _Version:
    modified_ns: int
    plain: bytes
    compressed: bytes
    etag: str


class WidgetFile:
    """Notices a new build by itself."""

    def __init__(self, path: Path = BUILT) -> None:
        self._path = path
        self._version: _Version | None = None

    def load(self) -> _Version | None:
        """The file as it is now (small; read again only when it changed), or None when it is not built."""
        try:
            modified_ns = self._path.stat().st_mtime_ns
            if self._version is None or self._version.modified_ns != modified_ns:
                plain = self._path.read_bytes()
                etag = hashlib.sha256(plain).hexdigest()[:32]
                self._version = _Version(modified_ns, plain, gzip.compress(plain, 9, mtime=0), etag)
        except OSError:
            return None
        return self._version

    def response(self, request: web.Request) -> web.Response:
        version = self.load()
        if version is None:
            return web.Response(status=503, text="The web chat widget is not built yet.")
        headers = {
            "ETag": f'"{version.etag}"',
            "Cache-Control": CACHE,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if any(known.value == version.etag for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = version.plain
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = version.compressed
        return web.Response(body=body, headers=headers, content_type="text/javascript", charset="utf-8")
