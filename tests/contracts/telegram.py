"""Are our calls, and the updates of the sandbox, those of the Bot API? (tests/contracts/README.md)"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FILE = Path(__file__).parent / "telegram_bot_api.json"
PATH = "/bot{token}/"


@cache
def _description() -> Any:
    return json.loads(FILE.read_text("utf-8"))


@cache
def _validator(schema: str) -> Draft202012Validator:
    """`schema`: that of a call, or of an object with a capital letter."""
    about = _description()
    if schema[0].isupper():
        return Draft202012Validator(
            {"components": about["components"], "$ref": f"#/components/schemas/{schema}"}
        )
    body = about["paths"][PATH + schema]["post"].get("requestBody")
    of_body = (
        body["content"]["application/json"]["schema"] if body else {"type": "object", "maxProperties": 0}
    )
    return Draft202012Validator({**of_body, "components": about["components"]})


def check_call(method: str, parameters: Mapping[str, Any]) -> None:
    """Raises AssertionError naming what the description of this method does not allow. Files are strings."""
    assert PATH + method in _description()["paths"], f"{method} is no method of the Bot API"
    _check(method, dict(parameters))


def check_update(update: Any) -> None:
    _check("Update", update)


def _check(schema: str, value: Any) -> None:
    errors = sorted(_validator(schema).iter_errors(value), key=lambda error: len(error.context or ()))
    assert not errors, f"{schema}: {errors[0].json_path}: {errors[0].message}"
