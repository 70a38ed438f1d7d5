"""Merging of contacts, told apart again whenever one wants."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE contacts
    ADD COLUMN merged_into_id uuid REFERENCES contacts,     -- kept as a sign to the contact it went into
    ADD CHECK (merged_into_id <> id);
CREATE INDEX contacts_merged_into ON contacts (merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX contacts_by_time ON contacts (created_at DESC, id DESC) WHERE merged_into_id IS NULL;
CREATE INDEX identities_by_mail ON identities (lower(address)) WHERE channel = 'email';

-- What a merge moved, so that it can be taken back exactly.
CREATE TABLE contact_merges (
    id uuid PRIMARY KEY,
    source_id uuid NOT NULL REFERENCES contacts,
    target_id uuid NOT NULL REFERENCES contacts,
    agent_id uuid REFERENCES agents,
    at timestamptz NOT NULL,
    identities uuid[] NOT NULL,
    tickets uuid[] NOT NULL,
    before jsonb NOT NULL,              -- name, language, tags and fields of the target before, and after
    undone_at timestamptz,
    undone_by uuid REFERENCES agents
);
CREATE INDEX contact_merges_of_source ON contact_merges (source_id);
CREATE INDEX contact_merges_of_target ON contact_merges (target_id);

-- Two who look alike and are not the same: not suggested again.
CREATE TABLE distinct_contacts (
    one uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    other uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    agent_id uuid REFERENCES agents,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (one, other),
    CHECK (one < other)
);

UPDATE roles SET permissions = permissions || '{contact:merge}' WHERE key IN ('agent', 'supervisor', 'administrator');
"""

DOWN = """
UPDATE roles SET permissions = array_remove(permissions, 'contact:merge');
DROP TABLE distinct_contacts;
DROP TABLE contact_merges;
DROP INDEX identities_by_mail;
DROP INDEX contacts_by_time;
ALTER TABLE contacts DROP COLUMN merged_into_id;
"""


def upgrade() -> None:
    run(TABLES)


def downgrade() -> None:
    run(DOWN)
