"""The catalogue of permissions says everything that is needed, in three languages, and nothing else."""

from __future__ import annotations

from ticketing.canned.answers import WRITE as CANNED_FOR_OTHERS
from ticketing.customer.notes import MODERATE
from ticketing.macros import WRITE as MACROS_FOR_OTHERS
from ticketing.permissions import GROUPS, KEYS
from ticketing.saved_views import SHARE
from ticketing.visibility import RESTRICTED
from ticketing.web.auth.guard import IN_PERSON, PUBLIC, SIGNED_IN
from ticketing.web.routes import ROUTES

# They open no address, but more at other addresses.
BESIDE_ROUTES = {MODERATE, RESTRICTED, MACROS_FOR_OTHERS, CANNED_FOR_OTHERS, SHARE}


def test_it_is_what_the_routes_need() -> None:
    needed = {route.needs for route in ROUTES} - {PUBLIC, SIGNED_IN, IN_PERSON} | BESIDE_ROUTES
    assert sorted(needed - KEYS) == [], "these have no words in permissions.yaml"
    assert sorted(KEYS - needed) == [], "these open nothing"


def test_every_word_is_there_once() -> None:
    keys = [permission["key"] for group in GROUPS for permission in group["permissions"]]
    assert len(keys) == len(set(keys))
    for group in GROUPS:
        texts = [group["names"]]
        for permission in group["permissions"]:
            texts += [permission["names"], permission["explanations"]]
        for words in texts:
            assert set(words) == {"ar", "fr", "en"}
            assert all(isinstance(text, str) and text.strip() for text in words.values())
