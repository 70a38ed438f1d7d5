"""The desk: accounts, contacts, conversations, tickets, messages, events, people.

Messages and events are range-partitioned by their UUIDv7 primary key, so a month is a partition.
"""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PEOPLE = """
CREATE TABLE roles (
    key text PRIMARY KEY,
    permissions text[] NOT NULL
);
INSERT INTO roles (key, permissions) VALUES
    ('agent', '{ticket:read,ticket:claim,ticket:reply,ticket:close}'),
    ('supervisor', '{ticket:read,ticket:claim,ticket:reply,ticket:close,ticket:assign,channel:read,failed_event:read}'),
    ('administrator', '{ticket:read,ticket:claim,ticket:reply,ticket:close,ticket:assign,channel:read,channel:write,failed_event:read,failed_event:write}');

CREATE TABLE teams (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    key text NOT NULL UNIQUE,
    names jsonb NOT NULL,               -- {"ar": …, "fr": …, "en": …}
    is_default boolean NOT NULL DEFAULT false,
    is_demo boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX one_default_team ON teams (is_default) WHERE is_default;

CREATE TABLE agents (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL REFERENCES roles,
    language text NOT NULL DEFAULT 'fr' CHECK (language IN ('ar', 'fr', 'en')),
    is_active boolean NOT NULL DEFAULT true,
    is_demo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE team_members (
    team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    PRIMARY KEY (team_id, agent_id)
);

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,       -- SHA-256 of the cookie's token: a copy of the table opens no door
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    user_agent text
);
CREATE INDEX sessions_of_agent ON sessions (agent_id);
"""

CUSTOMERS = """
CREATE TABLE accounts (
    key text PRIMARY KEY,               -- as in accounts.yaml: what URLs and messages name
    channel text NOT NULL,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
    state_reason text,                  -- why it is paused (AccountRejected's words)
    state_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE contacts (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    name text,
    language text,                      -- bot.contract.Language as last seen
    is_demo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE identities (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    channel text NOT NULL,
    contact_id uuid NOT NULL REFERENCES contacts,
    address text NOT NULL,              -- the preferred address to answer to
    name text,                          -- as the channel shows it
    phone text,                         -- E.164, only when the provider attests it
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX identities_of_contact ON identities (contact_id);
CREATE INDEX identities_by_phone ON identities (phone) WHERE phone IS NOT NULL;

-- Every address a channel knows a person by (a wa_id and a business-scoped id are one identity).
CREATE TABLE identity_addresses (
    channel text NOT NULL,
    address text NOT NULL,
    identity_id uuid NOT NULL REFERENCES identities,
    PRIMARY KEY (channel, address)
);
CREATE INDEX addresses_of_identity ON identity_addresses (identity_id);
"""

TICKETS = """
CREATE SEQUENCE ticket_numbers START 10001;

CREATE TABLE tickets (
    id uuid PRIMARY KEY,
    number text UNIQUE,                 -- digits with a check digit; given when the ticket reaches people
    contact_id uuid NOT NULL REFERENCES contacts,
    owner text NOT NULL CHECK (owner IN ('assistant', 'agents')),
    status text NOT NULL CHECK (status IN ('new', 'open', 'closed')),
    priority smallint NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 4),
    team_id uuid REFERENCES teams,
    assignee_id uuid REFERENCES agents,
    handover jsonb,                     -- reason, summary, intent, slots, language, at: the newest handover
    version integer NOT NULL DEFAULT 1, -- grows with every change an agent makes: two claims, one winner
    opened_at timestamptz NOT NULL,
    handed_over_at timestamptz,
    closed_at timestamptz,
    last_message_at timestamptz NOT NULL,
    waiting_since timestamptz,          -- first customer message not yet answered; null when answered
    last_message jsonb,                 -- author and first words, for the list
    unread integer NOT NULL DEFAULT 0   -- customer messages since people last answered or opened it
);
CREATE INDEX tickets_with_people ON tickets (last_message_at DESC, id DESC) WHERE owner = 'agents' AND status <> 'closed';
CREATE INDEX tickets_of_assignee ON tickets (assignee_id, last_message_at DESC, id DESC) WHERE status <> 'closed';
CREATE INDEX tickets_with_assistant ON tickets (last_message_at DESC, id DESC) WHERE owner = 'assistant' AND status <> 'closed';
CREATE INDEX tickets_by_time ON tickets (last_message_at DESC, id DESC);
CREATE INDEX tickets_of_contact ON tickets (contact_id, opened_at DESC);

-- One thread on one account with one identity.
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    account text NOT NULL REFERENCES accounts,
    identity_id uuid NOT NULL REFERENCES identities,
    ticket_id uuid REFERENCES tickets,  -- the current one; null before the customer ever wrote
    language text,
    last_position integer NOT NULL DEFAULT 0,   -- position of the newest message
    turn_position integer NOT NULL DEFAULT 0,   -- inbound messages up to here have been answered or handed over
    last_inbound_at timestamptz,
    window_expires_at timestamptz,      -- reply window of the channel; null: none
    misunderstood smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account, identity_id)
);
CREATE INDEX conversations_of_ticket ON conversations (ticket_id);
CREATE INDEX conversations_of_identity ON conversations (identity_id);
"""

MESSAGES = """
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL,
    ticket_id uuid,
    position integer NOT NULL,          -- 1, 2, 3 … per conversation: the order of the thread and of sending
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'note')),
    author text NOT NULL CHECK (author IN ('customer', 'assistant', 'agent', 'system')),
    author_id uuid,                     -- the agent's
    kind text NOT NULL,
    content jsonb NOT NULL,             -- channels.envelope.Content without attachments' bytes
    search_text text NOT NULL DEFAULT '',
    external_id text,
    reply_to text,                      -- external id it quotes
    state text CHECK (state IN ('pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'cancelled')),
    failure jsonb,                      -- reason, provider_code, detail
    attempts smallint NOT NULL DEFAULT 0,
    client_id uuid,                     -- idempotency key of the agent's client
    provider_at timestamptz,            -- the provider's clock
    created_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (id);
CREATE INDEX messages_of_conversation ON messages (conversation_id, position);
CREATE INDEX messages_of_ticket ON messages (ticket_id, id);
CREATE INDEX messages_to_send ON messages (conversation_id, position) WHERE state IN ('pending', 'sending');

-- (account, external id) is unique for ever, across partitions: a replay is stored once, a receipt finds its message.
CREATE TABLE external_ids (
    account text NOT NULL,
    external_id text NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (account, external_id)
);

-- A reply is stored once however often the agent's client repeats it.
CREATE TABLE client_ids (
    client_id uuid PRIMARY KEY,
    message_id uuid NOT NULL
);

-- Receipts that arrived before our own commit of the send.
CREATE TABLE early_receipts (
    account text NOT NULL,
    external_id text NOT NULL,
    state text NOT NULL,
    failure jsonb,
    at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, external_id, state)
);

CREATE TABLE attachments (
    id uuid PRIMARY KEY,
    message_id uuid,                    -- null: uploaded by an agent, not yet sent
    conversation_id uuid,
    account text,
    uploaded_by uuid REFERENCES agents,
    position smallint NOT NULL DEFAULT 0,
    kind text NOT NULL,
    content_type text NOT NULL,
    name text,
    size bigint,
    state text NOT NULL CHECK (state IN ('pending', 'stored', 'failed')),
    reference jsonb,                    -- the provider's handle while it waits to be downloaded
    storage_key text,
    sha256 bytea,
    failure text,
    attempts smallint NOT NULL DEFAULT 0,
    due_at timestamptz,                 -- next download attempt
    leased_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX attachments_of_message ON attachments (message_id, position);
CREATE INDEX attachments_due ON attachments (due_at) WHERE state = 'pending';

-- The row is the queue: a conversation that has work due. Deleted when drained; a dead worker's lease runs out.
CREATE TABLE work (
    kind text NOT NULL CHECK (kind IN ('turn', 'send')),
    conversation_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    leased_until timestamptz,
    lease uuid,
    generation integer NOT NULL DEFAULT 1,  -- grows when more work arrives: a drain that missed it does not delete it
    attempts smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, conversation_id)
) WITH (fillfactor = 70);
CREATE INDEX work_due ON work (kind, due_at);

CREATE TABLE failed_events (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    account text NOT NULL,
    reason text NOT NULL,
    raw jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);
"""

EVENTS = """
CREATE SEQUENCE event_sequence CACHE 32;

CREATE TABLE events (
    id uuid NOT NULL DEFAULT uuidv7(),
    sequence bigint NOT NULL DEFAULT nextval('event_sequence'),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    type text NOT NULL,
    ticket_id uuid,
    conversation_id uuid,
    contact_id uuid,
    message_id uuid,
    actor text NOT NULL CHECK (actor IN ('customer', 'assistant', 'agent', 'system', 'channel')),
    actor_id uuid,
    data jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
-- Readers order by (transaction_id, sequence) below pg_snapshot_xmin: sequence order is not commit order.
CREATE INDEX events_in_order ON events (transaction_id, sequence);
CREATE INDEX events_of_ticket ON events (ticket_id, id);
CREATE INDEX events_of_contact ON events (contact_id, id) WHERE contact_id IS NOT NULL;
"""

PARTITIONS = """
CREATE FUNCTION uuidv7_floor(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- Makes the monthly partitions of messages and events from last month to `ahead` months from now; repeatable.
CREATE FUNCTION ensure_partitions(moment timestamptz DEFAULT now(), ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    made integer := 0;
    starts timestamptz;
    parent text;
    partition_name text;
BEGIN
    FOR month IN -1 .. ahead LOOP
        starts := date_trunc('month', moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => month);
        FOREACH parent IN ARRAY ARRAY['messages', 'events'] LOOP
            partition_name := parent || '_' || to_char(starts AT TIME ZONE 'UTC', 'YYYY_MM');
            IF to_regclass(partition_name) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', partition_name, parent,
                    uuidv7_floor(starts),
                    uuidv7_floor((date_trunc('month', starts AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'));
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

-- Nothing is lost to a wrong clock: what fits no month lands here and is seen.
CREATE TABLE messages_default PARTITION OF messages DEFAULT;
CREATE TABLE events_default PARTITION OF events DEFAULT;
SELECT ensure_partitions();
"""


def upgrade() -> None:
    for script in (PEOPLE, CUSTOMERS, TICKETS, MESSAGES, EVENTS, PARTITIONS):
        run(script)


def downgrade() -> None:
    raise NotImplementedError("The first migration has nothing to go back to: drop the database instead.")
