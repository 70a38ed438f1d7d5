"""The sandbox alone: `python -m channels.sandbox --webhook http://…/channels/whatsapp-main/webhook`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from datetime import timedelta

from aiohttp import web
from pydantic import ValidationError

from channels.sandbox.app import GRAPH_PATH, sandbox_app
from channels.sandbox.settings import SandboxSettings

MOUNT = "/sandbox"


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m channels.sandbox", description="Plays WhatsApp on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--webhook", help="where webhooks go; PUT /sandbox/api/webhook tells it later")
    parser.add_argument("--token", help="what our calls must carry")
    parser.add_argument("--app-secret", help="signs the webhooks")
    parser.add_argument("--phone-number-id")
    parser.add_argument("--no-window", action="store_true", help="allow free-form messages at any time")
    parser.add_argument("--sent-after", type=float, metavar="SECONDS")
    parser.add_argument("--delivered-after", type=float, metavar="SECONDS")
    parser.add_argument("--read-after", type=float, metavar="SECONDS", help="default: when a person looks")
    parser.add_argument(
        "--retry-longest", type=float, metavar="SECONDS", help="between two tries of a webhook"
    )
    return parser


def settings(given: argparse.Namespace) -> SandboxSettings:
    seconds = ("sent_after", "delivered_after", "read_after", "retry_longest")
    values: dict[str, object] = {
        name: timedelta(seconds=getattr(given, name)) for name in seconds if getattr(given, name) is not None
    }
    for name in ("token", "app_secret", "phone_number_id"):
        if getattr(given, name) is not None:
            values[name] = getattr(given, name)
    if given.webhook:
        values["webhook_url"] = given.webhook
    if given.no_window:
        values["window"] = None
    return SandboxSettings.model_validate(values)


async def serve(given: argparse.Namespace) -> None:
    app = web.Application()
    app.add_subapp(MOUNT, sandbox_app(settings(given)))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, given.host, given.port).start()
        port = runner.addresses[0][1]
        address = f"http://{given.host}:{port}{MOUNT}"
        # A program that starts us reads these two lines.
        sys.stdout.write(f"page {address}/\ngraph {address}{GRAPH_PATH}\n")
        sys.stdout.flush()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await stop.wait()
    finally:
        await runner.cleanup()


def main() -> int:
    given = arguments().parse_args()
    try:
        asyncio.run(serve(given))
    except (OSError, ValidationError) as error:
        sys.stderr.write(f"The sandbox cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
