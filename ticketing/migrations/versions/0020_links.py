"""Merging, splitting and linking of tickets."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE tickets
    ADD COLUMN merged_into_id uuid REFERENCES tickets,  -- it goes on there; its number keeps answering
    ADD COLUMN split_from_id uuid REFERENCES tickets,
    ADD COLUMN parent_id uuid REFERENCES tickets,       -- the incident that it is a case of
    ADD CHECK (merged_into_id <> id), ADD CHECK (split_from_id <> id), ADD CHECK (parent_id <> id);
CREATE INDEX tickets_merged_into ON tickets (merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX tickets_split_from ON tickets (split_from_id) WHERE split_from_id IS NOT NULL;
CREATE INDEX tickets_of_parent ON tickets (parent_id) WHERE parent_id IS NOT NULL;

-- Tickets that have to do with each other, without one being the other's cause.
CREATE TABLE ticket_relations (
    one uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    other uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    created_by uuid REFERENCES agents,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (one, other),
    CHECK (one < other)
);
CREATE INDEX ticket_relations_of_other ON ticket_relations (other);

-- What a merge or a split moved from one ticket to another, so that it can be taken back exactly.
CREATE TABLE ticket_moves (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('merge', 'split')),
    source_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    target_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    agent_id uuid REFERENCES agents,
    at timestamptz NOT NULL,
    undo_until timestamptz NOT NULL,
    conversations uuid[] NOT NULL,      -- that went along
    before jsonb NOT NULL,              -- how the source stood, and which tags the target had
    undone_at timestamptz,
    undone_by uuid REFERENCES agents
);
CREATE INDEX ticket_moves_of_source ON ticket_moves (source_id, id);
CREATE INDEX ticket_moves_of_target ON ticket_moves (target_id, id);
CREATE TABLE moved_messages (
    move_id uuid NOT NULL REFERENCES ticket_moves ON DELETE CASCADE,
    message_id uuid NOT NULL,
    PRIMARY KEY (move_id, message_id)
);

UPDATE roles SET permissions = permissions || '{ticket:merge}' WHERE key IN ('agent', 'supervisor', 'administrator');
"""

DOWN = """
UPDATE roles SET permissions = array_remove(permissions, 'ticket:merge');
DROP TABLE moved_messages;
DROP TABLE ticket_moves;
DROP TABLE ticket_relations;
ALTER TABLE tickets DROP COLUMN merged_into_id, DROP COLUMN split_from_id, DROP COLUMN parent_id;
"""


def upgrade() -> None:
    run(TABLES)


def downgrade() -> None:
    run(DOWN)
