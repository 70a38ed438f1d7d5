"""The calendar as data, clocks of tickets with their policies, and agents' notifications."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CALENDAR = """
-- Weeks of opening hours. A week is seven lists of [start, end] in minutes since midnight, Monday first;
-- `ramadan` is the week of that month where it differs.
CREATE TABLE schedules (
    key text PRIMARY KEY,
    names jsonb NOT NULL,                       -- {"ar": …, "fr": …, "en": …}
    week jsonb NOT NULL,
    ramadan jsonb,
    keeps_holidays boolean NOT NULL DEFAULT true,   -- false: open on holidays too (day and night duty)
    version integer NOT NULL DEFAULT 1
);

-- One row: what holds for the whole company. No row: nothing was loaded yet.
CREATE TABLE calendar (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    office text NOT NULL REFERENCES schedules,  -- whose days are working days
    emergencies boolean NOT NULL DEFAULT true,  -- what is dangerous is handled day and night
    loaded_at timestamptz NOT NULL DEFAULT now()
);

-- By the team's key: the hours of a team that is not named are the office's.
CREATE TABLE team_schedules (
    team text PRIMARY KEY,
    schedule text NOT NULL REFERENCES schedules
);

CREATE TABLE holidays (
    day date PRIMARY KEY,
    names jsonb NOT NULL,
    expected boolean NOT NULL DEFAULT false,    -- the moon has not been seen yet
    confirmed_by uuid REFERENCES agents,
    confirmed_at timestamptz
);

CREATE TABLE ramadans (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    first_day date NOT NULL UNIQUE,
    last_day date NOT NULL CHECK (last_day >= first_day),
    expected boolean NOT NULL DEFAULT false,
    confirmed_by uuid REFERENCES agents,
    confirmed_at timestamptz
);

-- One day that is unlike its week, holiday or Ramadan. Without a schedule: every schedule that keeps holidays.
CREATE TABLE day_edits (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    day date NOT NULL,
    schedule text REFERENCES schedules ON DELETE CASCADE,
    intervals jsonb NOT NULL,                   -- [] is closed
    reason text,
    edited_by uuid REFERENCES agents,
    edited_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (day, schedule)
);
"""

CLOCKS = """
-- Which tickets have which targets and what happens as they run out; the first that fits in the order holds.
CREATE TABLE sla_policies (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    name text NOT NULL,
    position integer NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    conditions jsonb NOT NULL DEFAULT '{}',
    targets jsonb NOT NULL DEFAULT '{}',        -- by kind of clock; what is absent is the category's own
    pauses_on_hold boolean NOT NULL DEFAULT false,  -- waiting for a third party stops the resolution clock too
    steps jsonb NOT NULL DEFAULT '[]',
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE categories ADD COLUMN next_answer interval,
    ADD COLUMN next_answer_clock text CHECK (next_answer_clock IN ('always', 'open_hours', 'working_days', 'calendar_days')),
    ADD CHECK ((next_answer IS NULL) = (next_answer_clock IS NULL));

-- A promise to answer or solve that runs, rests or is over. `due_at` and `next_at` follow from target, start and
-- pauses under the calendar of the day; they are null while it rests and once it is over.
CREATE TABLE ticket_clocks (
    id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('first_response', 'next_response', 'resolution', 'legal')),
    target interval NOT NULL,
    calendar text NOT NULL CHECK (calendar IN ('always', 'open_hours', 'working_days', 'calendar_days')),
    team text,                                  -- whose open hours count
    policy_id uuid,
    started_at timestamptz NOT NULL,
    pauses jsonb NOT NULL DEFAULT '[]',         -- [[from, to]], the last without an end while it rests
    due_at timestamptz,
    warn_at timestamptz,                        -- from then on it is shown as running out
    next_at timestamptz,                        -- when the next step is to be taken
    warned_at timestamptz,
    escalated_at timestamptz,
    breached_at timestamptz,
    met_at timestamptz
);
CREATE UNIQUE INDEX ticket_clocks_running ON ticket_clocks (ticket_id, kind) WHERE met_at IS NULL;
CREATE INDEX ticket_clocks_of_ticket ON ticket_clocks (ticket_id, started_at);
CREATE INDEX ticket_clocks_next ON ticket_clocks (next_at) WHERE next_at IS NOT NULL;

-- What was done as a clock ran out, each step once.
CREATE TABLE sla_escalations (
    clock_id uuid NOT NULL REFERENCES ticket_clocks ON DELETE CASCADE,
    step text NOT NULL,
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (clock_id, step)
);

-- Tickets whose clocks are to be worked out again: the calendar or the targets were changed.
CREATE TABLE sla_stale (
    ticket_id uuid PRIMARY KEY REFERENCES tickets ON DELETE CASCADE,
    since timestamptz NOT NULL DEFAULT now()
);

-- What a list shows of a ticket's clocks, written with them: the most urgent one, and when it is due.
ALTER TABLE tickets ADD COLUMN due_at timestamptz, ADD COLUMN sla jsonb;
CREATE INDEX tickets_by_due ON tickets (due_at, id) WHERE due_at IS NOT NULL;

-- Who is asked when a team's promise runs out.
ALTER TABLE team_members ADD COLUMN is_lead boolean NOT NULL DEFAULT false;
"""

POLICIES = """
INSERT INTO sla_policies (name, position, conditions, targets, steps) VALUES
('Sans catégorie', 10, '{"without_category": true}',
    '{"first_response": {"amount": "PT30M", "clock": "open_hours"},
      "next_response": {"amount": "PT2H", "clock": "open_hours"},
      "resolution": {"amount": "P2D", "clock": "working_days"}}',
    '[{"key": "half", "percent": 50, "notify": ["assignee"]},
      {"key": "late_soon", "percent": 80, "notify": ["lead"]},
      {"key": "late", "percent": 100, "notify": ["assignee", "supervisors"]}]'),
('Standard', 20, '{}', '{}',
    '[{"key": "half", "percent": 50, "notify": ["assignee"]},
      {"key": "late_soon", "percent": 80, "notify": ["lead"]},
      {"key": "late", "percent": 100, "notify": ["assignee", "supervisors"]}]');
"""

NOTIFICATIONS = """
CREATE TABLE notifications (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    kind text NOT NULL,
    ticket_id uuid,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz
);
CREATE INDEX notifications_of_agent ON notifications (agent_id, id DESC);
CREATE INDEX notifications_unread ON notifications (agent_id) WHERE read_at IS NULL;
"""

PERMISSIONS = """
UPDATE roles SET permissions = permissions || '{calendar:read,sla:read}';
UPDATE roles SET permissions = permissions || '{calendar:write}' WHERE key IN ('supervisor', 'administrator');
UPDATE roles SET permissions = permissions || '{sla:write}' WHERE key = 'administrator';
"""

DOWN = """
UPDATE roles SET permissions = ARRAY(SELECT unnest(permissions)
    EXCEPT SELECT unnest('{calendar:read,calendar:write,sla:read,sla:write}'::text[]));
DROP TABLE notifications;
ALTER TABLE team_members DROP COLUMN is_lead;
ALTER TABLE tickets DROP COLUMN due_at, DROP COLUMN sla;
DROP TABLE sla_stale, sla_escalations, ticket_clocks, sla_policies;
ALTER TABLE categories DROP COLUMN next_answer, DROP COLUMN next_answer_clock;
DROP TABLE day_edits, ramadans, holidays, team_schedules, calendar, schedules;
"""


def upgrade() -> None:
    for script in (CALENDAR, CLOCKS, POLICIES, NOTIFICATIONS, PERMISSIONS):
        run(script)


def downgrade() -> None:
    run(DOWN)
