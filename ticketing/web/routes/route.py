"""One address of the desk: its method, path and handler, what an agent needs to use it, and its shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from ticketing.web.errors import Handler

JSON: Final = "application/json"
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class File:
    """Bytes instead of JSON, as a body or an answer.

    `field` is the name of the form's part that holds them (multipart/form-data), None when they are the
    whole body.
    """

    content_type: str = "application/octet-stream"
    field: str | None = None


class Route(NamedTuple):
    """`needs` is a permission, or PUBLIC or SIGNED_IN; `path` lies below /api.

    `body` and `query` are what the handler reads, `answer` is what it gives back with `status`: a model of
    `ticketing.web.schemas`, any other type that pydantic knows, a File, or None where nothing comes back
    (204). From these the OpenAPI document is made, and tests hold every answer against it. `secret`: the
    answer holds what is shown once and never kept.
    """

    method: str
    path: str
    handler: Handler
    needs: str
    body: type[BaseModel] | File | None = None
    query: type[BaseModel] | None = None
    answer: Any = None
    status: int = 200
    secret: bool = False
