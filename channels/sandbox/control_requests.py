"""What the sandbox' own JSON interfaces share: bodies read as models, and a clear status for bad ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ModelT = TypeVar("ModelT", bound=BaseModel)


class ControlBody(BaseModel):
    """A body without fields nobody asked for."""

    model_config = ConfigDict(extra="forbid")


async def read(request: web.Request, model: type[ModelT]) -> ModelT:
    """Return the body; raises pydantic's ValidationError, which `guarded` answers."""
    return model.model_validate_json(await request.read())


def guarded(handler: Handler) -> Handler:
    """Answer 422 with the errors for a body that does not fit, 400 for what cannot be done."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=False)
            return web.json_response({"errors": errors}, status=422)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error

    return answer
