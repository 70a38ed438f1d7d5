"""Are the requests we send those that Meta describes? (tests/contracts/README.md)"""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FILE = Path(__file__).parent / "whatsapp_cloud_schemas.json"
COMPONENTS = {"header": "HeaderComponent", "body": "BodyComponent", "button": "ButtonComponent"}


@cache
def _validator(schema: str) -> Draft202012Validator:
    schemas = json.loads(FILE.read_text("utf-8"))
    return Draft202012Validator(schemas | {"$ref": f"#/components/schemas/{schema}"})


def check_request(body: Any) -> None:
    """Raises AssertionError naming what Meta's description of POST /<number>/messages does not allow."""
    if "status" in body:
        _check("MarkMessageRequestPayload", body)
        return
    body = _described(body)
    _check("Message", body)
    for component in body.get("template", {}).get("components", []):
        _check(COMPONENTS[component["type"]], component)


def _check(schema: str, body: Any) -> None:
    errors = sorted(_validator(schema).iter_errors(body), key=lambda error: len(error.context or ()))
    assert not errors, f"{schema}: {errors[0].message}"


def _described(body: Any) -> Any:
    """The body without three things that Meta documents elsewhere and leaves out of its description: the
    tracker (messages reference), the business-scoped recipient, and index 0 of a template's button."""
    body = copy.deepcopy(body)
    tracker = body.pop("biz_opaque_callback_data", "")
    assert isinstance(tracker, str)
    assert len(tracker) <= 512
    if "recipient" in body:
        assert "to" not in body
        body["to"] = body.pop("recipient")
    for component in body.get("template", {}).get("components", []):
        if component.get("index") in {"0", "1"}:
            component["index"] = "2"
    return body
