"""Who looked at what and who changed what; what was written down stays as it is."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = """
-- What the event log does not tell: looks at personal data, changes of settings, doors that stayed shut, exports.
CREATE TABLE audit_entries (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    at timestamptz NOT NULL DEFAULT now(),
    kind text NOT NULL CHECK (kind IN ('view', 'change', 'sign_in', 'export', 'retention')),
    what text NOT NULL,                 -- of a view: ticket, contact, attachment, list, search …; of a change: the address
    agent_id uuid,
    token_id uuid,                      -- a program that acted as the agent
    ticket_id uuid,
    contact_id uuid,
    subject text,                       -- what was looked at or changed, where it is neither ticket nor contact
    detail jsonb NOT NULL DEFAULT '{}',
    address text                        -- where the request came from
);
CREATE INDEX audit_entries_of_agent ON audit_entries (agent_id, id);
CREATE INDEX audit_entries_of_contact ON audit_entries (contact_id, id) WHERE contact_id IS NOT NULL;
CREATE INDEX audit_entries_of_ticket ON audit_entries (ticket_id, id) WHERE ticket_id IS NOT NULL;
CREATE INDEX events_of_agent ON events (actor_id, id) WHERE actor_id IS NOT NULL;

-- Nobody rewrites what happened. Old entries go by forget_audit() alone, which says that it was there.
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('wasl.retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

CREATE FUNCTION forget_audit(before timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM set_config('wasl.retention', 'on', true);
    DELETE FROM audit_entries WHERE at < before AND kind <> 'retention';
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('wasl.retention', 'off', true);
    INSERT INTO audit_entries (kind, what, detail)
        VALUES ('retention', 'audit_entries', jsonb_build_object('before', before, 'entries', gone));
    RETURN gone;
END $$;

UPDATE roles SET permissions = permissions || '{audit:read}' WHERE key = 'administrator';
"""

DOWN = """
UPDATE roles SET permissions = array_remove(permissions, 'audit:read');
DROP FUNCTION forget_audit(timestamptz);
DROP TRIGGER events_stay ON events;
DROP INDEX events_of_agent;
DROP TABLE audit_entries;
DROP FUNCTION refuse_rewriting();
"""


def upgrade() -> None:
    run(TABLES)


def downgrade() -> None:
    run(DOWN)
