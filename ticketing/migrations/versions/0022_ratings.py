"""What customers thought of an answer."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = """
-- One row: when customers are asked.
CREATE TABLE survey_settings (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    enabled boolean NOT NULL DEFAULT true,
    delay interval NOT NULL DEFAULT '10 minutes',       -- after solving; reopened before: not asked
    not_again_within interval NOT NULL DEFAULT '14 days',   -- the same customer
    first_hour smallint NOT NULL DEFAULT 9 CHECK (first_hour BETWEEN 0 AND 23),
    last_hour smallint NOT NULL DEFAULT 21 CHECK (last_hour BETWEEN 1 AND 24),
    channels text[] NOT NULL DEFAULT '{}',              -- empty: all
    teams uuid[] NOT NULL DEFAULT '{}',                 -- empty: all
    version integer NOT NULL DEFAULT 1,
    CHECK (first_hour < last_hour)
);
INSERT INTO survey_settings DEFAULT VALUES;

-- One question for each time a ticket is solved.
CREATE TABLE ratings (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    solved_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'asked', 'answered', 'skipped')),
    reason text,                        -- why it was skipped
    due_at timestamptz NOT NULL,
    agent_id uuid REFERENCES agents,    -- who held the ticket when it was solved
    team_id uuid REFERENCES teams,
    category text,
    contact_id uuid,
    conversation_id uuid,
    channel text,
    asked_at timestamptz,
    score smallint CHECK (score BETWEEN 1 AND 5),
    comment text,
    answered_at timestamptz,
    commented_at timestamptz,
    UNIQUE (ticket_id, solved_at)
);
CREATE INDEX ratings_due ON ratings (due_at) WHERE state = 'waiting';
CREATE INDEX ratings_of_conversation ON ratings (conversation_id) WHERE state IN ('asked', 'answered');
CREATE INDEX ratings_of_contact ON ratings (contact_id, asked_at) WHERE asked_at IS NOT NULL;
CREATE INDEX ratings_by_time ON ratings (asked_at) WHERE asked_at IS NOT NULL;

-- The newest score, for lists.
ALTER TABLE tickets ADD COLUMN rating smallint;
CREATE INDEX tickets_by_rating ON tickets (rating, last_message_at DESC) WHERE rating IS NOT NULL;

UPDATE roles SET permissions = permissions || '{rating:read}' WHERE key IN ('supervisor', 'administrator');
UPDATE roles SET permissions = permissions || '{rating:write}' WHERE key = 'administrator';
"""

DOWN = """
UPDATE roles SET permissions = array_remove(array_remove(permissions, 'rating:read'), 'rating:write');
ALTER TABLE tickets DROP COLUMN rating;
DROP TABLE ratings;
DROP TABLE survey_settings;
"""


def upgrade() -> None:
    run(TABLES)


def downgrade() -> None:
    run(DOWN)
