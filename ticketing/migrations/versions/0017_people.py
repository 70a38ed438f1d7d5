"""Second factors, invitations, tokens and roles."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ROLES = """
ALTER TABLE roles
    ADD COLUMN names jsonb NOT NULL DEFAULT '{"ar": "", "fr": "", "en": ""}',
    ADD COLUMN is_builtin boolean NOT NULL DEFAULT false,            -- cannot be deleted
    ADD COLUMN second_factor_required boolean NOT NULL DEFAULT false,
    ADD COLUMN version integer NOT NULL DEFAULT 1;
UPDATE roles SET is_builtin = true, names = CASE key
    WHEN 'agent' THEN '{"ar": "موظف", "fr": "Agent", "en": "Agent"}'::jsonb
    WHEN 'supervisor' THEN '{"ar": "مشرف", "fr": "Superviseur", "en": "Supervisor"}'::jsonb
    ELSE '{"ar": "مدير النظام", "fr": "Administrateur", "en": "Administrator"}'::jsonb END
WHERE key IN ('agent', 'supervisor', 'administrator');
UPDATE roles SET permissions = permissions || '{agent:write,role:write,token:write}' WHERE key = 'administrator';
"""

AGENTS = """
ALTER TABLE agents
    ALTER COLUMN password_hash DROP NOT NULL,                        -- invited, or signing in elsewhere
    ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE sessions
    ADD COLUMN id uuid NOT NULL DEFAULT uuidv7() UNIQUE,             -- what lists name: the hash stays inside
    ADD COLUMN address text,
    ADD COLUMN method text NOT NULL DEFAULT 'password' CHECK (method IN ('password', 'oidc')),
    ADD COLUMN second_factor boolean NOT NULL DEFAULT false;         -- proven here, or by the OpenID provider
"""

SIGN_IN = """
CREATE TABLE second_factors (
    agent_id uuid PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
    secret bytea NOT NULL,                  -- sealed (ticketing/sealing.py)
    confirmed_at timestamptz,               -- null: being set up, asked of nobody
    last_step bigint NOT NULL DEFAULT 0,    -- the newest 30 s step whose code was used: none is used twice
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE recovery_codes (
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (agent_id, code_hash)
);
-- The right password was given; the second factor is awaited.
CREATE TABLE sign_in_challenges (
    token_hash bytea PRIMARY KEY,
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    method text NOT NULL CHECK (method IN ('password', 'oidc')),
    expires_at timestamptz NOT NULL
);
CREATE INDEX challenges_of_agent ON sign_in_challenges (agent_id);
-- Links in mails: a copy of the table opens no door.
CREATE TABLE account_links (
    token_hash bytea PRIMARY KEY,
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN ('invitation', 'reset')),
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX links_of_agent ON account_links (agent_id);
CREATE TABLE oidc_identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX oidc_identities_of_agent ON oidc_identities (agent_id);
"""

TOKENS = """
CREATE TABLE access_tokens (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    token_hash bytea NOT NULL UNIQUE,       -- SHA-256
    hint text NOT NULL,                     -- its first letters, to tell it from others
    agent_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('personal', 'service')),
    scopes text[] NOT NULL,
    created_by uuid REFERENCES agents ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    seen_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX tokens_of_agent ON access_tokens (agent_id);

-- Mails of the desk itself, sealed until they are sent, then gone. The row is the queue.
CREATE TABLE mails (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    sealed bytea NOT NULL,                  -- recipient, subject and text
    due_at timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL         -- what it says is no longer true afterwards
);
CREATE INDEX mails_due ON mails (due_at);
"""

BACK = """
DROP TABLE mails, access_tokens, oidc_identities, account_links, sign_in_challenges, recovery_codes, second_factors;
ALTER TABLE sessions DROP COLUMN id, DROP COLUMN address, DROP COLUMN method, DROP COLUMN second_factor;
UPDATE agents SET password_hash = '' WHERE password_hash IS NULL;
ALTER TABLE agents ALTER COLUMN password_hash SET NOT NULL, DROP COLUMN version;
UPDATE roles SET permissions = array_remove(array_remove(array_remove(permissions,
    'agent:write'), 'role:write'), 'token:write');
ALTER TABLE roles DROP COLUMN names, DROP COLUMN is_builtin, DROP COLUMN second_factor_required, DROP COLUMN version;
"""


def upgrade() -> None:
    for script in (ROLES, AGENTS, SIGN_IN, TOKENS):
        run(script)


def downgrade() -> None:
    run(BACK)
