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

OUTAGES = """
-- A disturbance of one service: an incident, or planned works.
CREATE TABLE outages (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    service text NOT NULL CHECK (service IN ('electricity', 'water', 'sanitation')),
    is_planned boolean NOT NULL DEFAULT false,
    status text NOT NULL CHECK (status IN ('reported', 'confirmed', 'in_progress', 'restored', 'cancelled')),
    cause text NOT NULL DEFAULT 'unknown',      -- a key the assistant has words for
    cause_ar text,                      -- what customers are told instead of the key's words
    cause_fr text,
    note_ar text,                       -- advice: tankers, which floors, where to get water
    note_fr text,
    starts_at timestamptz NOT NULL,
    estimated_at timestamptz,           -- when service is expected back; null: not known
    ended_at timestamptz,
    merged_into uuid REFERENCES outages ON DELETE SET NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    is_demo boolean NOT NULL DEFAULT false,
    CHECK ((status IN ('restored', 'cancelled')) = (ended_at IS NOT NULL)),
    CHECK (estimated_at > starts_at),
    CHECK (NOT is_planned OR estimated_at IS NOT NULL)
);
CREATE INDEX outages_open ON outages (service, starts_at) WHERE ended_at IS NULL;

-- Any mix of whole communes, places in them, and feeders (network zones, which contracts have).
CREATE TABLE outage_areas (
    outage_id uuid NOT NULL REFERENCES outages ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('commune', 'place', 'feeder')),
    value text NOT NULL,                -- the place's id or the feeder's name
    place_id text REFERENCES places,    -- the same id again, for a commune or place that must exist
    PRIMARY KEY (outage_id, kind, value),
    CHECK (place_id IS NOT DISTINCT FROM CASE WHEN kind = 'feeder' THEN NULL ELSE value END)
);
CREATE INDEX outage_areas_of_value ON outage_areas (value);

CREATE TABLE outage_revisions (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    outage_id uuid NOT NULL REFERENCES outages ON DELETE CASCADE,
    revised_at timestamptz NOT NULL DEFAULT now(),
    estimated_before timestamptz,
    estimated_at timestamptz,
    agent_id uuid                       -- the desk's
);
CREATE INDEX outage_revisions_of_outage ON outage_revisions (outage_id, id);

-- Who told us. identity_id and conversation_id are the desk's.
CREATE TABLE outage_reports (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    service text NOT NULL,
    commune_id text NOT NULL REFERENCES places,
    place_id text REFERENCES places,    -- a quarter or douar of it, where one was named
    identity_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    outage_id uuid REFERENCES outages ON DELETE SET NULL,
    reported_at timestamptz NOT NULL
);
CREATE INDEX outage_reports_recent ON outage_reports (reported_at);
CREATE INDEX outage_reports_of_outage ON outage_reports (outage_id) WHERE outage_id IS NOT NULL;
CREATE INDEX outage_reports_of_identity ON outage_reports (identity_id, reported_at);

-- Who asked to be told.
CREATE TABLE outage_followers (
    outage_id uuid NOT NULL REFERENCES outages ON DELETE CASCADE,
    conversation_id uuid NOT NULL,
    language text,
    place_id text REFERENCES places,    -- where it is dark for this customer
    followed_at timestamptz NOT NULL,
    updated_at timestamptz,             -- when a new estimate was last announced to this conversation
    PRIMARY KEY (outage_id, conversation_id)
);
CREATE INDEX outage_followers_of_conversation ON outage_followers (conversation_id, followed_at);

-- Which feeder (network zone) supplies a contract, where the network's own systems say so.
CREATE TABLE contract_feeders (
    contract_id uuid PRIMARY KEY REFERENCES contracts ON DELETE CASCADE,
    feeder text NOT NULL
);
CREATE INDEX contract_feeders_by_feeder ON contract_feeders (feeder);

UPDATE roles SET permissions = permissions || '{outage:read}';
UPDATE roles SET permissions = permissions || '{outage:write}' WHERE key IN ('supervisor', 'administrator');
"""


def upgrade() -> None:
    for script in (ANNOUNCEMENTS, OUTAGES):
        run(script)


def downgrade() -> None:
    run("""
        UPDATE roles SET permissions = array_remove(array_remove(permissions, 'outage:read'), 'outage:write');
        DROP TABLE contract_feeders, outage_followers, outage_reports, outage_revisions, outage_areas, outages,
            periodic_runs, announcements
    """)
