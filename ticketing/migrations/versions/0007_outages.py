"""Incidents and planned works, and what is to be announced to customers."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ANNOUNCEMENTS = """
-- conversation_id is the desk's. No foreign key: the knowledge base also answers for a desk elsewhere.
CREATE TABLE announcements (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    key text NOT NULL UNIQUE,           -- the same thing is never said twice
    conversation_id uuid NOT NULL,
    language text,                      -- null: the conversation's
    kind text NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    due_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,             -- later it would be wrong or useless
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'skipped')),
    reason text,                        -- why it was skipped
    created_at timestamptz NOT NULL DEFAULT now(),
    said_at timestamptz
);
CREATE INDEX announcements_due ON announcements (due_at) WHERE state = 'pending';

-- What is done every minute by one of many processes.
CREATE TABLE periodic_runs (
    name text PRIMARY KEY,
    ran_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    run(ANNOUNCEMENTS)


def downgrade() -> None:
    run("DROP TABLE periodic_runs, announcements")
