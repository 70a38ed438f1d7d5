"""/healthz (alive) and /readyz (each part, and whether it is ready)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

PROBE_DEADLINE = 2.0  # seconds: a load balancer gives up soon after


@dataclass(frozen=True, slots=True)
class Part:
    """One part's verdict. A part that is not `required` may be down while the desk is ready."""

    ready: bool
    detail: str
    required: bool = True


Probe = Callable[[], Awaitable[Part]]


async def healthz(_request: web.Request) -> web.Response:
    """Answers while the event loop turns; looks at nothing else, so that a slow database restarts no desk."""
    return web.json_response({"status": "alive"})


def readyz(probes: Mapping[str, Probe]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler that asks every part at once: 200 when all required ones are ready, else 503."""

    async def handler(_request: web.Request) -> web.Response:
        parts = await examine(probes)
        ready = all(part.ready for part in parts.values() if part.required)
        body = {
            "ready": ready,
            "parts": {name: {"ready": part.ready, "detail": part.detail} for name, part in parts.items()},
        }
        return web.json_response(body, status=200 if ready else 503)

    return handler


async def examine(probes: Mapping[str, Probe]) -> dict[str, Part]:
    """Every part's verdict; a probe that fails or hangs is a part that is not ready."""
    verdicts = await asyncio.gather(*(_ask(probe) for probe in probes.values()))
    return dict(zip(probes, verdicts, strict=True))


async def _ask(probe: Probe) -> Part:
    try:
        return await asyncio.wait_for(probe(), PROBE_DEADLINE)
    except TimeoutError:
        return Part(ready=False, detail=f"did not answer within {PROBE_DEADLINE:g} s")
    except Exception as error:
        return Part(ready=False, detail=f"{type(error).__name__}: {error}")
