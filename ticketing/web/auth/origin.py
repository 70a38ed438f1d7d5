"""Where a request comes from: its address, its scheme, and whether our own pages sent it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web
from yarl import URL

Networks = Sequence[IPv4Network | IPv6Network]


def _is_trusted(address: str, proxies: Networks) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in proxies)


def client_address(request: web.BaseRequest, proxies: Networks) -> str:
    """The address of whoever asked: the last one in X-Forwarded-For that is not a proxy of ours."""
    address = request.remote or ""
    if not _is_trusted(address, proxies):
        return address
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    for hop in reversed(forwarded):
        if not hop:
            break
        address = hop
        if not _is_trusted(hop, proxies):
            break
    return address


def is_secure(request: web.BaseRequest, proxies: Networks) -> bool:
    """Whether the agent's browser speaks HTTPS, with us or with a proxy of ours."""
    if request.secure:
        return True
    forwarded = request.headers.get("X-Forwarded-Proto", "").split(",")[0].strip().lower()
    return forwarded == "https" and _is_trusted(request.remote or "", proxies)


def is_same_origin(request: web.BaseRequest, allowed: Collection[str]) -> bool:
    """Whether one of our own pages sent this request.

    Browsers tell with Origin on every WebSocket and every request that changes something, and the newer
    ones with Sec-Fetch-Site as well; a client that sends neither is no browser and carries no one's cookie
    unasked. Origin's scheme is not compared: a proxy may have taken the TLS off.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin in allowed:
        return True
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    if origin is None:
        return True
    try:
        parsed = URL(origin)
        ours = URL(f"{parsed.scheme}://{request.host}")
    except ValueError:
        return False
    return parsed.scheme in {"http", "https"} and (parsed.host, parsed.port) == (ours.host, ours.port)
