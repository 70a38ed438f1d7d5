"""Ids of the demonstration: UUIDv7 like all others, and the same at every load."""

from __future__ import annotations

from config.sample.identifiers import sample_id


def test_the_same_row_has_the_same_id_and_others_have_others() -> None:
    assert sample_id("contract", "20417731") == sample_id("contract", "20417731")
    ids = {sample_id(kind, str(number)) for kind in ("bill", "contract") for number in range(20_000)}
    assert len(ids) == 40_000


def test_ids_are_uuid_version_seven() -> None:
    for number in range(100):
        identifier = sample_id("stop", str(number))
        assert identifier.version == 7
        assert identifier.variant == "specified in RFC 4122"
