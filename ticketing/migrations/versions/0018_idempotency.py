"""Keys of repeated requests."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = """
-- One row for each Idempotency-Key of the last day. A row is there before anything is done; the transaction that
-- does it sets `committed_at`, so that a crash afterwards leaves a trace, and `attempt` keeps an attempt that was
-- given up for lost from committing after another has begun.
CREATE TABLE idempotency_keys (
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    key text NOT NULL,
    fingerprint bytea NOT NULL,         -- SHA-256 of method, address and body
    attempt uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    begun_at timestamptz NOT NULL DEFAULT now(),
    committed_at timestamptz,
    answered_at timestamptz,
    status smallint,
    content_type text,
    body bytea,                         -- null with an answer: it was a secret, and is not kept
    PRIMARY KEY (agent_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
"""


def upgrade() -> None:
    run(TABLES)


def downgrade() -> None:
    run("DROP TABLE idempotency_keys")
