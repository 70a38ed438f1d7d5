"""Statuses, tags and fields of tickets; categories in groups."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATUSES = """
-- An organisation's own statuses, each within one of the desk's.
CREATE TABLE ticket_statuses (
    key text PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('open', 'pending', 'on_hold', 'solved')),
    names jsonb NOT NULL,               -- {"ar": …, "fr": …, "en": …}
    color text NOT NULL CHECK (color IN ('neutral', 'accent', 'note', 'success', 'warning', 'danger')),
    position smallint NOT NULL DEFAULT 0,
    archived_at timestamptz,            -- no longer offered; tickets that have it keep it
    created_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE tickets DROP CONSTRAINT tickets_status_check;
ALTER TABLE tickets
    ADD CONSTRAINT tickets_status_check
        CHECK (status IN ('new', 'open', 'pending', 'on_hold', 'snoozed', 'solved', 'closed')),
    ADD COLUMN snoozed_until timestamptz,
    ADD COLUMN solved_at timestamptz,
    ADD COLUMN status_key text REFERENCES ticket_statuses,  -- null: the plain status
    ADD COLUMN close_reason text,       -- why it was solved or closed where that matters: junk
    ADD COLUMN follows_id uuid REFERENCES tickets,  -- the ticket whose conversation this one goes on with
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN fields jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT tickets_snoozed_check CHECK ((status = 'snoozed') = (snoozed_until IS NOT NULL));
ALTER TABLE contacts
    ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN fields jsonb NOT NULL DEFAULT '{}';

DROP INDEX tickets_with_people;
DROP INDEX tickets_of_assignee;
DROP INDEX tickets_with_assistant;
DROP INDEX tickets_waiting;
CREATE INDEX tickets_with_people ON tickets (last_message_at DESC, id DESC)
    WHERE owner = 'agents' AND status NOT IN ('solved', 'closed');
CREATE INDEX tickets_of_assignee ON tickets (assignee_id, last_message_at DESC, id DESC)
    WHERE status NOT IN ('solved', 'closed');
CREATE INDEX tickets_with_assistant ON tickets (last_message_at DESC, id DESC)
    WHERE owner = 'assistant' AND status NOT IN ('solved', 'closed');
CREATE INDEX tickets_waiting ON tickets (team_id, priority, waiting_since)
    WHERE owner = 'agents' AND assignee_id IS NULL AND status NOT IN ('solved', 'closed');
CREATE INDEX tickets_snoozed ON tickets (snoozed_until) WHERE status = 'snoozed';
CREATE INDEX tickets_solved ON tickets (solved_at) WHERE status = 'solved';
CREATE INDEX tickets_with_tags ON tickets USING gin (tags) WHERE tags <> '{}';
CREATE INDEX tickets_of_status_key ON tickets (status_key) WHERE status_key IS NOT NULL;
"""

SETTINGS = """
-- Words tickets are marked with. A ticket holds the names themselves.
CREATE TABLE tags (
    name text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What an organisation keeps beside the desk's own columns, in tickets.fields and contacts.fields, by key.
CREATE TABLE custom_fields (
    key text PRIMARY KEY,
    subject text NOT NULL CHECK (subject IN ('ticket', 'contact')),
    kind text NOT NULL CHECK (kind IN
        ('text', 'number', 'date', 'choice', 'choices', 'checkbox', 'phone', 'contract')),
    names jsonb NOT NULL,               -- {"ar": …, "fr": …, "en": …}
    hints jsonb,                        -- the same, or null
    options jsonb NOT NULL DEFAULT '[]',        -- [{"key": …, "names": {…}}], of the two kinds of choice
    required_to_solve boolean NOT NULL DEFAULT false,
    pattern text,                       -- a regular expression the whole text must match
    minimum numeric,                    -- of a number; of a text, its length
    maximum numeric,
    roles text[] NOT NULL DEFAULT '{}', -- who sees it; empty: everybody
    position smallint NOT NULL DEFAULT 0,
    archived_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

UPDATE roles SET permissions = permissions || '{ticket_setting:write,category:write}' WHERE key = 'administrator';
"""

GROUPS = """
CREATE TABLE category_groups (
    key text PRIMARY KEY,
    position smallint NOT NULL,
    names jsonb NOT NULL                -- {"ar": …, "fr": …, "en": …}
);
INSERT INTO category_groups (key, position, names) VALUES
('electricity', 10, '{"ar": "الكهرباء", "fr": "Électricité", "en": "Electricity"}'),
('water', 20, '{"ar": "الماء", "fr": "Eau", "en": "Water"}'),
('sanitation', 30, '{"ar": "التطهير السائل", "fr": "Assainissement", "en": "Sanitation"}'),
('lighting', 40, '{"ar": "الإنارة العمومية", "fr": "Éclairage public", "en": "Public lighting"}'),
('billing', 50, '{"ar": "الفوترة والأداء", "fr": "Facturation et paiement", "en": "Billing and payment"}'),
('reconnection', 60, '{"ar": "القطع وإعادة التزويد", "fr": "Coupure et remise en service", "en": "Cut-off and reconnection"}'),
('prepaid', 70, '{"ar": "عدادات الدفع المسبق", "fr": "Compteurs à prépaiement", "en": "Prepaid meters"}'),
('connections', 80, '{"ar": "الاشتراكات والعقود", "fr": "Abonnements et contrats", "en": "Connections and contracts"}'),
('conduct', 90, '{"ar": "السلوك والأخلاقيات", "fr": "Conduite et éthique", "en": "Conduct"}'),
('agencies', 100, '{"ar": "الوكالات", "fr": "Agences", "en": "Agencies"}'),
('information', 110, '{"ar": "معلومات", "fr": "Information", "en": "Information"}');

ALTER TABLE categories
    ADD COLUMN parent text REFERENCES category_groups,  -- null: stands by itself
    ADD COLUMN is_active boolean NOT NULL DEFAULT true; -- false: no longer offered
UPDATE categories SET parent = CASE
    WHEN code LIKE 'E%' THEN 'electricity' WHEN code LIKE 'W%' THEN 'water' WHEN code LIKE 'S%' THEN 'sanitation'
    WHEN code LIKE 'L%' THEN 'lighting' WHEN code LIKE 'B%' THEN 'billing' WHEN code LIKE 'R%' THEN 'reconnection'
    WHEN code LIKE 'M%' THEN 'prepaid' WHEN code LIKE 'C%' THEN 'connections' WHEN code = 'X1' THEN 'conduct'
    WHEN code = 'X2' THEN 'agencies' ELSE 'information' END;
"""

DOWN = """
ALTER TABLE categories DROP COLUMN parent, DROP COLUMN is_active;
DROP TABLE category_groups;
UPDATE roles SET permissions = array_remove(array_remove(permissions, 'ticket_setting:write'), 'category:write');
DROP TABLE custom_fields;
DROP TABLE tags;
DROP INDEX tickets_with_people;
DROP INDEX tickets_of_assignee;
DROP INDEX tickets_with_assistant;
DROP INDEX tickets_waiting;
ALTER TABLE tickets DROP CONSTRAINT tickets_snoozed_check;
UPDATE tickets SET closed_at = coalesce(closed_at, solved_at), status = 'closed' WHERE status = 'solved';
UPDATE tickets SET status = CASE WHEN assignee_id IS NULL THEN 'new' ELSE 'open' END
    WHERE status IN ('pending', 'on_hold', 'snoozed');
ALTER TABLE tickets
    DROP CONSTRAINT tickets_status_check,
    ADD CONSTRAINT tickets_status_check CHECK (status IN ('new', 'open', 'closed')),
    DROP COLUMN snoozed_until, DROP COLUMN solved_at, DROP COLUMN status_key, DROP COLUMN close_reason,
    DROP COLUMN follows_id, DROP COLUMN tags, DROP COLUMN fields;
ALTER TABLE contacts DROP COLUMN tags, DROP COLUMN fields;
DROP TABLE ticket_statuses;
CREATE INDEX tickets_with_people ON tickets (last_message_at DESC, id DESC)
    WHERE owner = 'agents' AND status <> 'closed';
CREATE INDEX tickets_of_assignee ON tickets (assignee_id, last_message_at DESC, id DESC) WHERE status <> 'closed';
CREATE INDEX tickets_with_assistant ON tickets (last_message_at DESC, id DESC)
    WHERE owner = 'assistant' AND status <> 'closed';
CREATE INDEX tickets_waiting ON tickets (team_id, priority, waiting_since)
    WHERE owner = 'agents' AND assignee_id IS NULL AND status <> 'closed';
"""


def upgrade() -> None:
    run(STATUSES)
    run(SETTINGS)
    run(GROUPS)


def downgrade() -> None:
    run(DOWN)
