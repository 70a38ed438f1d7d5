"""Finds customers by a part of their name: a trigram index instead of reading every name."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UP = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX contacts_by_name ON contacts USING gin (name gin_trgm_ops);
CREATE INDEX identities_by_name ON identities USING gin (name gin_trgm_ops);
"""

DOWN = """
DROP INDEX identities_by_name;
DROP INDEX contacts_by_name;
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
