"""What is known of a contact beside his tickets: contracts, consents, notes."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = """
-- An agent says that a contract is this contact's. It proves nothing: no amount is told by it.
CREATE TABLE contact_contracts (
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    contract_id uuid NOT NULL REFERENCES contracts ON DELETE CASCADE,
    agent_id uuid REFERENCES agents,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (contact_id, contract_id)
);
CREATE INDEX contact_contracts_of_contract ON contact_contracts (contract_id);

-- The last word on each purpose; what was said before stands in the events.
CREATE TABLE contact_consents (
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN ('outage_notices', 'satisfaction_surveys', 'campaigns')),
    channel text,                       -- null: on all of them
    state text NOT NULL CHECK (state IN ('granted', 'refused')),
    source text NOT NULL CHECK (source IN ('message', 'call', 'agency', 'letter', 'form')),
    agent_id uuid REFERENCES agents,
    at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (contact_id, purpose, channel)
);

-- Kept with the contact, seen on each of his tickets.
CREATE TABLE contact_notes (
    id uuid PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    agent_id uuid REFERENCES agents,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz
);
CREATE INDEX contact_notes_of_contact ON contact_notes (contact_id, id DESC);

UPDATE roles SET permissions = permissions || '{contract:read,contract:write}'
    WHERE key IN ('agent', 'supervisor', 'administrator');
UPDATE roles SET permissions = permissions || '{contact_note:moderate}'
    WHERE key IN ('supervisor', 'administrator');
"""

DOWN = """
UPDATE roles SET permissions = array_remove(array_remove(array_remove(
    permissions, 'contract:read'), 'contract:write'), 'contact_note:moderate');
DROP TABLE contact_notes;
DROP TABLE contact_consents;
DROP TABLE contact_contracts;
"""


def upgrade() -> None:
    run(TABLES)


def downgrade() -> None:
    run(DOWN)
