"""Visitors' tokens: a random name, signed. No name, number or address of a person is in it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from channels.webchat.refused import Refused

DAY = 86_400
VISITOR = re.compile(r"[A-Za-z0-9_-]{22}")


class Tokens:
    """Issues and reads the tokens of one account; one account's token is worth nothing at another."""

    def __init__(self, account: str, keys: Sequence[str], days: int) -> None:
        """`keys`: oldest first; the last one signs, all of them verify."""
        self._serializer = URLSafeTimedSerializer(list(keys), salt=f"webchat:{account}")
        self._lifetime = days * DAY

    def new_visitor(self) -> str:
        return secrets.token_urlsafe(16)

    def issue(self, visitor: str) -> str:
        return str(self._serializer.dumps(visitor))

    def visitor(self, token: str) -> str:
        """Refused `token_expired` or `bad_token` (401)."""
        try:
            visitor = self._serializer.loads(token, max_age=self._lifetime)
        except SignatureExpired as error:
            raise Refused("token_expired", "The visitor's token has expired.", status=401) from error
        except BadSignature as error:
            raise Refused("bad_token", "The visitor's token is not one of ours.", status=401) from error
        if not isinstance(visitor, str) or not VISITOR.fullmatch(visitor):
            raise Refused("bad_token", "The visitor's token is not one of ours.", status=401)
        return visitor
