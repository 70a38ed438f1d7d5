"""The assistant's model: trained when its sources changed, kept under the hash of what it was made from."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from config.launch.context import Context
from config.launch.environments import ensure_rasa_environment
from config.launch.machine import require_space, require_writable
from config.launch.places import Places
from config.launch.stamps import digest
from config.launch.trouble import Trouble

MODELS_KEPT = 3
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",  # hundreds of lines about Rasa's own dependencies
}


def model_name(places: Places) -> str:
    """The hash of everything that goes into the model."""
    shared = [places.root / name for name in ("bot/language.py", "knowledge_base/text.py")]
    network = places.root / "knowledge_base" / "network"
    shared += [*network.glob("places*"), network / "spellings.py", network / "data"]
    # Tests of the assistant and its serving settings do not change what it learns.
    left_out = {"tests", "credentials.yml", "endpoints.yml", "tensorflow_stub.py", "understand.py"}
    sources = [entry for entry in places.assistant.iterdir() if entry.name not in left_out]
    shared.append(places.root / "requirements" / "rasa.txt")
    return digest(places.root, [source for source in (*sources, *shared) if source.exists()])[:32]


def model_path(places: Places) -> Path:
    return places.models / f"{model_name(places)}.tar.gz"


def rasa_environment_variables(places: Places) -> dict[str, str]:
    """What both training and serving need: our modules, and a cache that is not another environment's."""
    return {
        **QUIET,
        "PYTHONPATH": str(places.root),
        "RASA_CACHE_DIRECTORY": str(places.tools / "cache" / "rasa"),
        "MPLCONFIGDIR": str(places.tools / "cache" / "matplotlib"),
    }


def ensure_model(context: Context, *, background: bool = False) -> Path:
    """Return the model of the sources as they are now, training it when there is none yet."""
    places = context.places
    python = ensure_rasa_environment(context, background=background)
    if not (places.assistant / "config.yml").is_file():
        raise Trouble(f"There is no assistant to train: {places.assistant / 'config.yml'} is missing.")
    model = model_path(places)
    if model.is_file():
        os.utime(model)
        return model
    require_writable(places.models)
    require_space(places.models, 200_000_000)
    unfinished = places.models / f"unfinished-{uuid.uuid4().hex}"
    try:
        command = [str(python), "-m", "rasa", "train", "--force", "--out", str(unfinished)]
        command += ["--fixed-model-name", "model"]
        context.step(
            "training the assistant",
            command,
            log="training",
            directory=places.assistant,
            extra=rasa_environment_variables(places),
            background=background,
        )
        trained = unfinished / "model.tar.gz"
        if not trained.is_file():
            raise Trouble(
                f"Training ended without a model; its output is in {places.tool_logs / 'training.log'}."
            )
        trained.replace(model)  # a model that has its name is whole
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    forget_old_models(places, keep=model)
    return model


def forget_old_models(places: Places, keep: Path) -> None:
    """Remove all but the most recently used models."""
    others = [path for path in places.models.glob("*.tar.gz") if path != keep]
    others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[MODELS_KEPT - 1 :]:
        path.unlink(missing_ok=True)
