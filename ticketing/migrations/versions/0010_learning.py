"""What the assistant was asked and how it ended; training examples; past answers of agents."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE assistant_turns (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    conversation_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    text text NOT NULL,                 -- the customer's words, long numbers masked
    likeness text NOT NULL,             -- consonants of the words, in one alphabet: what is compared
    language text NOT NULL,
    intent text,
    confidence real,
    outcome text NOT NULL CHECK (outcome IN ('answered', 'asked', 'fallback', 'handed_over')),
    reason text,                        -- of a handover
    is_demo boolean NOT NULL DEFAULT false
);
CREATE INDEX assistant_turns_by_time ON assistant_turns (at);
CREATE INDEX assistant_turns_of_conversation ON assistant_turns (conversation_id, at);

-- Questions somebody has dealt with: what is like them stays away.
CREATE TABLE learning_decisions (
    language text NOT NULL,
    likeness text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('dismissed', 'article', 'example')),
    agent_id uuid REFERENCES agents ON DELETE SET NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (language, likeness)
);

CREATE TABLE training_examples (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    text text NOT NULL,
    language text NOT NULL,
    intent text NOT NULL,
    agent_id uuid REFERENCES agents ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (language, text)
);

-- What agents answered to what, from closed tickets; names and numbers masked.
CREATE TABLE past_answers (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    ticket_id uuid NOT NULL,
    message_id uuid NOT NULL UNIQUE,    -- the answer's
    language text NOT NULL,
    question text NOT NULL,
    likeness text NOT NULL,
    answer text NOT NULL,
    at timestamptz NOT NULL,
    is_demo boolean NOT NULL DEFAULT false
);
CREATE INDEX past_answers_of_ticket ON past_answers (ticket_id);
-- The language comes first: a search stays among its own, four times as fast as looking past the others.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE INDEX past_answers_by_likeness ON past_answers USING gist (language, likeness gist_trgm_ops(siglen=64));

CREATE TABLE suggestion_uses (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    kind text NOT NULL CHECK (kind IN ('article', 'answer')),
    source_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    agent_id uuid REFERENCES agents ON DELETE SET NULL,
    edited boolean NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX suggestion_uses_of_source ON suggestion_uses (source_id);

-- conversations.misunderstood is no longer read or written. It stays until the release after this one: processes
-- of the release before still name it while they are replaced one by one.

UPDATE roles SET permissions = permissions || '{learning:read,learning:write}'
    WHERE key IN ('supervisor', 'administrator');
"""

DOWN = """
UPDATE roles SET permissions = array_remove(array_remove(permissions, 'learning:read'), 'learning:write');
DROP TABLE suggestion_uses;
DROP TABLE past_answers;
DROP TABLE training_examples;
DROP TABLE learning_decisions;
DROP TABLE assistant_turns;
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
