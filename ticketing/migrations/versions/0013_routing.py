"""Queues, skills, capacity and presence."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

QUEUES = """
-- A team is a queue. `manual`: agents pick by hand, nothing is pushed.
ALTER TABLE teams
    ADD COLUMN routing text NOT NULL DEFAULT 'manual' CHECK (routing IN ('manual', 'round_robin', 'longest_idle')),
    ADD COLUMN channels text[],                 -- those that are pushed; null: all
    ADD COLUMN needs text[] NOT NULL DEFAULT '{}' CHECK (needs <@ ARRAY['language', 'subject']),
    ADD COLUMN level smallint NOT NULL DEFAULT 1 CHECK (level BETWEEN 1 AND 3),
    -- [{"after": seconds, "drop": "level" | "language" | "subject"}], in order
    ADD COLUMN relaxation jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN capacity smallint NOT NULL DEFAULT 100 CHECK (capacity BETWEEN 0 AND 1000),
    ADD COLUMN out_of_hours text NOT NULL DEFAULT 'hold' CHECK (out_of_hours IN ('hold', 'overflow', 'assign')),
    ADD COLUMN overflow_team_id uuid REFERENCES teams ON DELETE SET NULL CHECK (overflow_team_id <> id),
    ADD COLUMN overflow_after interval,         -- null: waiting alone moves nothing
    ADD COLUMN overflow_unskilled boolean NOT NULL DEFAULT false,   -- at once, when nobody with the skill is there
    ADD COLUMN max_wait interval,               -- longer than this is told loud to supervisors
    ADD COLUMN sticky_for interval DEFAULT '7 days',    -- back to the last agent within this; null: never
    ADD COLUMN offer_for interval DEFAULT '3 minutes',  -- pushed and not opened within this: back; null: it stays
    -- Back from a holder who has gone, so long after the customer wrote: a reopened ticket does not wait for him.
    ADD COLUMN reclaim_after interval DEFAULT '15 minutes',
    ADD COLUMN archived_at timestamptz;

-- One row, whatever concerns every queue.
CREATE TABLE routing_settings (
    id boolean PRIMARY KEY DEFAULT true CHECK (id),
    channel_weights jsonb NOT NULL DEFAULT '{"phone": 100, "email": 10}',   -- percent of an agent
    default_weight smallint NOT NULL DEFAULT 25 CHECK (default_weight BETWEEN 0 AND 100),
    idle_after interval NOT NULL DEFAULT '10 minutes'   -- an interface nobody touches says that its agent is away
);
INSERT INTO routing_settings DEFAULT VALUES;
"""

SKILLS = """
-- `matches`: the languages (contacts.language) or the groups of categories it is good for.
CREATE TABLE skills (
    key text PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_:-]{0,39}$'),
    kind text NOT NULL CHECK (kind IN ('language', 'subject')),
    names jsonb NOT NULL,               -- {"ar": …, "fr": …, "en": …}
    matches text[] NOT NULL,
    position smallint NOT NULL DEFAULT 0
);
INSERT INTO skills (key, kind, names, matches, position) VALUES
('language:ar', 'language', '{"ar": "العربية", "fr": "Arabe", "en": "Arabic"}', '{ar}', 10),
('language:ary', 'language', '{"ar": "الدارجة", "fr": "Darija", "en": "Darija"}', '{ary-Arab,ary-Latn}', 20),
('language:fr', 'language', '{"ar": "الفرنسية", "fr": "Français", "en": "French"}', '{fr}', 30),
('language:en', 'language', '{"ar": "الإنجليزية", "fr": "Anglais", "en": "English"}', '{en}', 40);
INSERT INTO skills (key, kind, names, matches, position)
    SELECT 'subject:' || key, 'subject', names, ARRAY[key], 100 + position FROM category_groups;

CREATE TABLE agent_skills (
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    skill text NOT NULL REFERENCES skills ON UPDATE CASCADE ON DELETE CASCADE,
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 3),
    PRIMARY KEY (agent_id, skill)
);
"""

PRESENCE = """
CREATE TABLE break_reasons (
    key text PRIMARY KEY CHECK (key ~ '^[a-z][a-z0-9_-]{0,39}$'),
    names jsonb NOT NULL,               -- {"ar": …, "fr": …, "en": …}
    state text NOT NULL DEFAULT 'away' CHECK (state IN ('busy', 'away')),
    position smallint NOT NULL DEFAULT 0,
    archived_at timestamptz
);
INSERT INTO break_reasons (key, names, state, position) VALUES
('break', '{"ar": "استراحة", "fr": "Pause", "en": "Break"}', 'away', 10),
('lunch', '{"ar": "غداء", "fr": "Déjeuner", "en": "Lunch"}', 'away', 20),
('prayer', '{"ar": "صلاة", "fr": "Prière", "en": "Prayer"}', 'away', 30),
('training', '{"ar": "تكوين", "fr": "Formation", "en": "Training"}', 'away', 40),
('meeting', '{"ar": "اجتماع", "fr": "Réunion", "en": "Meeting"}', 'busy', 50),
('casework', '{"ar": "معالجة ملف", "fr": "Traitement d''un dossier", "en": "Working on a case"}', 'busy', 60);

-- `wanted` is what the agent chose; `state` is what holds: away while idle, offline without a socket.
CREATE TABLE agent_presence (
    agent_id uuid PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'offline' CHECK (state IN ('online', 'busy', 'away', 'offline')),
    reason text,                        -- a break's key, or idle, missed_offers
    since timestamptz NOT NULL DEFAULT now(),
    connected_until timestamptz,
    wanted text NOT NULL DEFAULT 'online' CHECK (wanted IN ('online', 'busy', 'away')),
    wanted_reason text,
    is_idle boolean NOT NULL DEFAULT false,
    capacity smallint CHECK (capacity BETWEEN 0 AND 1000),  -- percent; null: the queue's
    last_assigned_at timestamptz        -- the newest push: who waits longest for work is next
) WITH (fillfactor = 80);
CREATE INDEX agents_connected ON agent_presence (connected_until) WHERE state <> 'offline';
"""

OFFERS = """
-- What was pushed to an agent who has not opened it yet.
CREATE TABLE ticket_offers (
    ticket_id uuid PRIMARY KEY REFERENCES tickets ON DELETE CASCADE,
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    offered_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX offers_due ON ticket_offers (due_at);
CREATE INDEX offers_of_agent ON ticket_offers (agent_id);

-- What a waiting ticket has been through: since when it waits in its queue, where it was, who let it pass.
CREATE TABLE ticket_routing (
    ticket_id uuid PRIMARY KEY REFERENCES tickets ON DELETE CASCADE,
    queued_at timestamptz NOT NULL,
    visited uuid[] NOT NULL DEFAULT '{}',
    declined_by uuid[] NOT NULL DEFAULT '{}',
    missed_by uuid[] NOT NULL DEFAULT '{}'
);
CREATE INDEX tickets_by_handover ON tickets (handed_over_at) WHERE handed_over_at IS NOT NULL;
"""

# Another migration may have given one of them already.
PERMISSIONS = {
    "agent:read": "{agent,supervisor,administrator}",
    "supervisor:read": "{supervisor,administrator}",
    "presence:write": "{supervisor,administrator}",
    "team:write": "{administrator}",
}

DOWN = """
DROP INDEX tickets_by_handover;
DROP TABLE ticket_routing;
DROP TABLE ticket_offers;
DROP TABLE agent_presence;
DROP TABLE break_reasons;
DROP TABLE agent_skills;
DROP TABLE skills;
DROP TABLE routing_settings;
ALTER TABLE teams DROP COLUMN routing, DROP COLUMN channels, DROP COLUMN needs, DROP COLUMN level,
    DROP COLUMN relaxation, DROP COLUMN capacity, DROP COLUMN out_of_hours, DROP COLUMN overflow_team_id,
    DROP COLUMN overflow_after, DROP COLUMN overflow_unskilled, DROP COLUMN max_wait, DROP COLUMN sticky_for,
    DROP COLUMN offer_for, DROP COLUMN reclaim_after, DROP COLUMN archived_at;
"""


def upgrade() -> None:
    for script in (QUEUES, SKILLS, PRESENCE, OFFERS):
        run(script)
    for permission, roles in PERMISSIONS.items():
        run(
            f"UPDATE roles SET permissions = permissions || '{{{permission}}}'"  # noqa: S608 - our own words
            f" WHERE key = ANY('{roles}') AND NOT '{permission}' = ANY(permissions)"
        )


def downgrade() -> None:
    for permission in PERMISSIONS:
        run(f"UPDATE roles SET permissions = array_remove(permissions, '{permission}')")  # noqa: S608
    run(DOWN)
