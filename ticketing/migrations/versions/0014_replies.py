"""Canned answers, drafts and scheduled messages; who is mentioned, who looks at what, how long a send waits."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CANNED = """
CREATE TABLE canned_answers (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    shortcode text NOT NULL,            -- what an agent types after "/"
    title text NOT NULL,
    texts jsonb NOT NULL,               -- by language (ar, ary-Arab, ary-Latn, fr, en), at least one
    category text,                      -- a code of `categories`: it is offered first there
    scope text NOT NULL CHECK (scope IN ('everybody', 'team', 'personal')),
    team_id uuid REFERENCES teams ON DELETE CASCADE,
    owner_id uuid REFERENCES agents ON DELETE CASCADE,
    uses integer NOT NULL DEFAULT 0,
    used_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    search_text text NOT NULL,          -- shortcode, title and texts, folded
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((scope = 'team') = (team_id IS NOT NULL)),
    CHECK ((scope = 'personal') = (owner_id IS NOT NULL))
);
CREATE UNIQUE INDEX canned_answers_shortcode ON canned_answers
    (shortcode, scope, coalesce(team_id, owner_id, '00000000-0000-0000-0000-000000000000'));
UPDATE roles SET permissions = permissions || '{canned:write}' WHERE key IN ('supervisor', 'administrator');
"""

WRITING = """
CREATE SEQUENCE draft_changes;

-- Unsent words of one agent on one ticket. Emptied ones stay a while, so that other devices hear of it.
CREATE TABLE drafts (
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    mode text NOT NULL CHECK (mode IN ('reply', 'note')),
    reply text NOT NULL,
    note text NOT NULL,
    conversation_id uuid,
    counter bigint NOT NULL DEFAULT nextval('draft_changes'),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agent_id, ticket_id)
);
CREATE INDEX drafts_changed ON drafts (changed_at);

-- A reply for later. It becomes a message when it leaves, and takes its place in the thread only then.
CREATE TABLE scheduled_replies (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    client_id uuid NOT NULL UNIQUE,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    conversation_id uuid NOT NULL,
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    text text NOT NULL,
    attachment_ids uuid[] NOT NULL DEFAULT '{}',
    status_after text,
    send_at timestamptz NOT NULL,
    send_anyway boolean NOT NULL DEFAULT false,
    seen_position integer NOT NULL,     -- the conversation's newest message when it was written
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'held', 'sent', 'cancelled')),
    reason text,                        -- why it is held
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX scheduled_replies_due ON scheduled_replies (send_at) WHERE state = 'waiting';
CREATE INDEX scheduled_replies_of_ticket ON scheduled_replies (ticket_id) WHERE state IN ('waiting', 'held');

CREATE TABLE composer_preferences (
    agent_id uuid PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
    undo_seconds smallint CHECK (undo_seconds BETWEEN 0 AND 30),    -- null: the desk's own
    signatures jsonb NOT NULL DEFAULT '{}'                          -- by language: ar, fr, en
);
"""

UNDO = """
ALTER TABLE messages ADD COLUMN due_at timestamptz;     -- leaves not before: until then it can be taken back

-- `held`: due_at is a message's own time, which a message without one need not wait for.
ALTER TABLE work ADD COLUMN held boolean NOT NULL DEFAULT false;

-- What a ticket was before a reply, for as long as that reply can be taken back.
CREATE TABLE reply_undos (
    client_id uuid PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    version integer NOT NULL,           -- the ticket's after the reply: changed since, it stays as it is
    before jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reply_undos_by_age ON reply_undos (created_at);
"""

NOTES = """
-- The outbox sends messages that have a state. A note has none, whatever a program tries.
ALTER TABLE messages ADD CONSTRAINT notes_are_not_sent CHECK (direction <> 'note' OR state IS NULL);
"""

TOGETHER = """
CREATE TABLE mentions (
    message_id uuid NOT NULL,
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    ticket_id uuid NOT NULL REFERENCES tickets ON DELETE CASCADE,
    team_id uuid REFERENCES teams ON DELETE SET NULL,   -- mentioned as a member of this team
    by_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, agent_id)
);
CREATE INDEX mentions_of_agent ON mentions (agent_id, created_at DESC);
CREATE INDEX mentions_of_ticket ON mentions (ticket_id);

-- Who has which ticket on the screen, one row a socket. Nothing worth a log: it runs out by itself.
CREATE UNLOGGED TABLE lookers (
    socket_id uuid PRIMARY KEY,
    agent_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    typing_until timestamptz,
    expires_at timestamptz NOT NULL
);
CREATE INDEX lookers_of_ticket ON lookers (ticket_id);
"""

DOWN = """
DROP TABLE lookers, mentions, reply_undos, composer_preferences, scheduled_replies, drafts, canned_answers;
DROP SEQUENCE draft_changes;
ALTER TABLE work DROP COLUMN held;
ALTER TABLE messages DROP CONSTRAINT notes_are_not_sent;
ALTER TABLE messages DROP COLUMN due_at;
UPDATE roles SET permissions = array_remove(permissions, 'canned:write');
"""


def upgrade() -> None:
    for script in (CANNED, WRITING, UNDO, NOTES, TOGETHER):
        run(script)


def downgrade() -> None:
    run(DOWN)
