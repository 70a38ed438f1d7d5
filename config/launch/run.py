"""`./wasl run`: everything, from nothing."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from config.launch.context import Context
from config.launch.environments import ensure_main_environment
from config.launch.interfaces import ensure_interfaces
from config.launch.machine import DataLock, require_free_port, require_space, require_writable
from config.launch.places import child_environment, read_settings
from config.launch.progress import elapsed
from config.launch.services import LogWatch, Service, Supervisor
from config.launch.training import ensure_model, rasa_environment_variables
from config.launch.trouble import Stopped, Trouble, from_system
from config.secrets import SecretStore

HOST = "127.0.0.1"
AGENTS = (
    ("salma@demo.wasl", "agent, customer service"),
    ("youssef@demo.wasl", "agent, technical service"),
    ("nadia@demo.wasl", "supervisor"),
    ("admin@demo.wasl", "administrator"),
)
PASSWORD = "wasl-demo"


@dataclass(frozen=True)
class Options:
    port: int
    assistant: bool = True
    sandbox: bool = True
    sample: bool = True


class Runner:
    """One run: the desk first, the assistant behind it."""

    def __init__(self, context: Context, options: Options) -> None:
        self.context = context
        self.options = options
        self.began = time.monotonic()
        self.port = 0
        self.rasa_port = 0
        self.secret = ""
        self.desk: Supervisor | None = None
        self.rasa: Supervisor | None = None

    def run(self) -> None:
        """Return when we were asked to stop and all has ended; raise Trouble when it cannot go on."""
        places = self.context.places
        require_writable(places.data)
        lock = DataLock(places.data)
        lock.acquire()
        self.context.children.start_guard(held_descriptors=[lock.descriptor])
        try:
            self._prepare()
            self._serve()
        except Stopped:
            pass
        finally:
            self._end()
            lock.release()

    def _prepare(self) -> None:
        context = self.context
        self.port = require_free_port(self.options.port, HOST)
        require_space(context.places.data, 200_000_000)
        ensure_main_environment(context)
        ensure_interfaces(context)
        self.port = require_free_port(self.options.port or self.port, HOST)
        self.rasa_port = require_free_port(0, HOST)
        self.secret = read_secret(context)
        if not read_settings(context.places.root, os.environ).get("DATABASE_URL"):
            context.children.watch_postgres(context.places.data / "postgres")

    def _serve(self) -> None:
        """Start the desk, then the assistant, and stay until asked to stop."""
        context = self.context
        stopping = context.children.stopping
        service = self.desk_service()
        LogWatch(service.log, context.progress, stopping).start()
        self.desk = Supervisor(service, context.children, context.progress, lambda: None)
        self.desk.start()
        while not self.desk.ready.wait(0.1):
            if stopping.is_set():
                return
            if self.desk.trouble:
                raise self.desk.trouble
            context.progress.status(f"  Starting the desk … {elapsed(time.monotonic() - self.began)}")
        context.progress.status("")
        self.welcome()
        if self.options.assistant:
            threading.Thread(target=self._start_assistant, name="assistant", daemon=True).start()
        while not stopping.wait(0.5):
            if self.desk.trouble:
                raise self.desk.trouble

    def _start_assistant(self) -> None:
        """Install, train and start Rasa while the desk already works. Failures cost the assistant only."""
        context = self.context
        try:
            model = ensure_model(context, background=True)
        except Stopped:
            return
        except Trouble as trouble:
            self._without_assistant(trouble)
            return
        except OSError as error:
            self._without_assistant(from_system(error))
            return
        service = self.rasa_service(str(model))
        self.rasa = Supervisor(
            service,
            context.children,
            context.progress,
            lambda: context.progress.line("  ✓ The assistant is ready"),
        )
        self.rasa.start()

    def _without_assistant(self, trouble: Trouble) -> None:
        self.context.progress.line(f"  The assistant is off, messages go to people: {trouble.sentence}")
        if trouble.details:
            self.context.progress.line(trouble.details)

    def _end(self) -> None:
        """Desk first, so that what it is doing may still use the rest; then Rasa; then whatever is left."""
        children = self.context.children
        children.stopping.set()
        self.context.progress.status("")
        running = [supervisor for supervisor in (self.desk, self.rasa) if supervisor is not None]
        if running:
            self.context.progress.line("Stopping …")
        for supervisor in running:
            supervisor.stop()
        children.end_all()
        if running:
            self.context.progress.line("Everything has stopped.")

    def desk_service(self) -> Service:
        places = self.context.places
        environment = {
            "WASL_PORT": str(self.port),
            "WASL_HOST": HOST,
            "WASL_DATA": str(places.data),
            "WASL_SANDBOX": "1" if self.options.sandbox else "0",
            "WASL_DEMONSTRATION": "1" if self.options.sample else "0",
            "WASL_RASA_SECRET": self.secret,
        }
        if self.options.assistant:
            environment["WASL_RASA_URL"] = f"http://{HOST}:{self.rasa_port}"
        return Service(
            name="The desk",
            command=[str(places.main_python), "-m", "config.cli", "serve"],
            directory=places.root,
            environment=child_environment(places, environment),
            health=f"http://{HOST}:{self.port}/healthz",
            log=places.logs / "desk.log",
            patience=20,
            essential=True,
        )

    def rasa_service(self, model: str) -> Service:
        places = self.context.places
        environment = {
            **rasa_environment_variables(places),
            "WASL_RASA_SECRET": self.secret,
            "WASL_ACTIONS_URL": f"http://{HOST}:{self.port}/internal/rasa/actions",
        }
        command = [str(places.rasa_python), "-m", "rasa", "run", "-i", HOST]
        command += ["-p", str(self.rasa_port), "--model", model]
        command += ["--credentials", "credentials.yml", "--endpoints", "endpoints.yml"]
        return Service(
            name="The assistant",
            command=command,
            directory=places.assistant,
            environment=child_environment(places, environment),
            health=f"http://{HOST}:{self.rasa_port}/webhooks/platform/",
            log=places.logs / "assistant.log",
            patience=8,
        )

    def welcome(self) -> None:
        """Where to look and who to log in as."""
        line = self.context.progress.line
        url = f"http://{HOST}:{self.port}"
        line()
        line(f"Wasl is up after {elapsed(time.monotonic() - self.began)}.")
        line()
        line(f"  The desk             {url}/")
        if self.options.sandbox:
            line(f"  The customer's side  {url}/sandbox   (play a customer on WhatsApp)")
            line(f"  A page with the chat {url}/demo")
        line(f"  What is ready        {url}/readyz")
        line(f"  Data and logs        {self.context.places.data}")
        if self.options.sample:
            line()
            line(f"  Demonstration data: nothing in it is real. Sign in with the password {PASSWORD} as")
            for address, role in AGENTS:
                line(f"    {address:<18} {role}")
        line()
        if self.options.assistant:
            line("  The assistant is being prepared; until it is ready messages go to people.")
        line("  Ctrl-C stops everything.")


def read_secret(context: Context) -> str:
    """What the desk and Rasa show each other; kept in the data folder so that a restart keeps it."""
    try:
        return SecretStore(context.places.data).get("rasa")
    except (OSError, json.JSONDecodeError) as error:
        path = context.places.data / "secrets.json"
        raise Trouble(f"{path} cannot be read ({error}): repair or remove it.") from error


def port_option(given: int | None, settings: Mapping[str, str]) -> int:
    """`--port`, else `WASL_PORT`, else 8080; Trouble when it is not a number."""
    if given is not None:
        return given
    text = settings.get("WASL_PORT") or "8080"
    if not text.isdigit():
        raise Trouble(f"WASL_PORT is {text!r}, which is not a number.")
    return int(text)
