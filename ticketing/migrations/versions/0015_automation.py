"""Macros, automations and bulk changes."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MACROS = """
-- Several actions that an agent runs at once on a ticket: all of them happen, or none.
CREATE TABLE macros (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    names jsonb NOT NULL,               -- {"ar": …, "fr": …, "en": …}: at least one
    actions jsonb NOT NULL,             -- [{"action": "add_tags", "tags": […]}, …] in order
    visibility text NOT NULL CHECK (visibility IN ('everybody', 'team', 'personal')),
    team_id uuid REFERENCES teams ON DELETE CASCADE,
    owner_id uuid REFERENCES agents ON DELETE CASCADE,
    uses integer NOT NULL DEFAULT 0,
    last_used_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    is_demo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((visibility = 'team') = (team_id IS NOT NULL)),
    CHECK (visibility <> 'personal' OR owner_id IS NOT NULL)
);
"""

AUTOMATIONS = """
CREATE TABLE automations (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    names jsonb NOT NULL,
    position integer NOT NULL,          -- they are tried in this order
    enabled boolean NOT NULL DEFAULT false,
    trigger jsonb NOT NULL,             -- {"kind": "event", "event": …} or {"kind": "time", "since": …, "minutes": …}
    conditions jsonb NOT NULL,          -- a group: {"all": […]} or {"any": […]}
    actions jsonb NOT NULL,
    stops boolean NOT NULL DEFAULT false,   -- once it ran, later ones are not tried for the same event
    version integer NOT NULL DEFAULT 1,
    is_demo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- How far the event log has been followed. One process at a time holds the lease.
CREATE TABLE automation_progress (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    transaction_number bigint,          -- null: begin now
    sequence bigint NOT NULL DEFAULT 0,
    swept_at timestamptz,               -- when time rules were last looked at
    lease uuid,
    leased_until timestamptz
);
INSERT INTO automation_progress DEFAULT VALUES;

-- What each did. One row for a rule, a ticket and a cause, written with the actions: nothing is done twice.
CREATE TABLE automation_runs (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    automation_id uuid NOT NULL REFERENCES automations ON DELETE CASCADE,
    ticket_id uuid NOT NULL,
    cause text NOT NULL,                -- event:<id> or time:<the moment it counts from>
    trigger text NOT NULL,              -- the event's type, or what a time rule counts from
    outcome text NOT NULL CHECK (outcome IN ('done', 'nothing', 'refused', 'looped', 'switched_off')),
    steps jsonb NOT NULL DEFAULT '[]',  -- what each action did
    refusal jsonb,                      -- {"step", "code", "message"}
    at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (automation_id, ticket_id, cause)
);
CREATE INDEX automation_runs_of_ticket ON automation_runs (ticket_id, id DESC);

-- Rules that ran too often on a ticket leave it alone until somebody changes the rule.
CREATE TABLE automation_pauses (
    automation_id uuid NOT NULL REFERENCES automations ON DELETE CASCADE,
    ticket_id uuid NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (automation_id, ticket_id)
);
"""

BULK = """
CREATE TABLE bulk_jobs (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    actions jsonb NOT NULL,
    undoes uuid REFERENCES bulk_jobs ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'cancelled')),
    total integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE UNIQUE INDEX bulk_jobs_undone_once ON bulk_jobs (undoes) WHERE undoes IS NOT NULL;
CREATE INDEX bulk_jobs_running ON bulk_jobs (id) WHERE state = 'running';
CREATE INDEX bulk_jobs_of_agent ON bulk_jobs (agent_id, id DESC);

-- One ticket of a job: the row is the queue, and afterwards what is needed to take it back.
CREATE TABLE bulk_items (
    job_id uuid NOT NULL REFERENCES bulk_jobs ON DELETE CASCADE,
    ticket_id uuid NOT NULL,
    position integer NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'nothing', 'refused', 'cancelled')),
    refusal jsonb,                      -- {"step", "code", "message"}
    undo jsonb,                         -- {"steps": actions that take it back, "left": values as we left them}
    PRIMARY KEY (job_id, ticket_id)
);
CREATE INDEX bulk_items_waiting ON bulk_items (job_id, position) WHERE state = 'waiting';
"""

PERMISSIONS = """
UPDATE roles SET permissions = permissions || '{macro:write,automation:read}' WHERE key = 'supervisor';
UPDATE roles SET permissions = permissions || '{macro:write,automation:read,automation:write}'
    WHERE key = 'administrator';
"""

BACK = """
DROP TABLE bulk_items, bulk_jobs, automation_pauses, automation_runs, automation_progress, automations, macros;
UPDATE roles SET permissions = array_remove(array_remove(array_remove(permissions,
    'macro:write'), 'automation:read'), 'automation:write');
"""


def upgrade() -> None:
    for script in (MACROS, AUTOMATIONS, BULK, PERMISSIONS):
        run(script)


def downgrade() -> None:
    run(BACK)
