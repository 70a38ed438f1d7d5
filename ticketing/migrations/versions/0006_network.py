"""Payment points, seasonal hours, who asked for a stop and who wants to be reminded."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NETWORK = """
-- What the company has not confirmed is said as such to customers.
ALTER TABLE agencies ADD COLUMN is_verified boolean NOT NULL DEFAULT true;

-- Other hours for some weeks of the year (Ramadan, summer): of one agency, or of every agency.
CREATE TABLE agency_seasons (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    agency_id uuid REFERENCES agencies ON DELETE CASCADE,
    name_ar text NOT NULL,
    name_fr text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,              -- last day
    hours jsonb NOT NULL,               -- as agencies.hours
    is_demo boolean NOT NULL DEFAULT false,
    CHECK (ends_on >= starts_on)
);

-- Whole days on which one agency, or every agency, is closed.
CREATE TABLE agency_closures (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    agency_id uuid REFERENCES agencies ON DELETE CASCADE,
    starts_on date NOT NULL,
    ends_on date NOT NULL,              -- last day
    reason_key text NOT NULL,           -- holiday, works, event, other
    reason_ar text,
    reason_fr text,
    is_demo boolean NOT NULL DEFAULT false,
    CHECK (ends_on >= starts_on)
);

-- Partners that take payments: thousands.
CREATE TABLE payment_points (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    key text NOT NULL UNIQUE,
    name text NOT NULL,                 -- as on its sign
    network text,                       -- Cash Plus, Wafacash …
    address_ar text,
    address_fr text,
    commune_id text NOT NULL REFERENCES places,
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    services text[] NOT NULL DEFAULT '{payment}',
    is_verified boolean NOT NULL DEFAULT true,
    is_demo boolean NOT NULL DEFAULT false
);
CREATE INDEX payment_points_of_commune ON payment_points (commune_id);
-- Nearest first by the index alone. A degree of longitude is 0.84 of a degree of latitude in this country;
-- whoever asks ranks the nearest few again by their true distance.
CREATE INDEX payment_points_by_position ON payment_points USING gist (point(longitude * 0.84, latitude));

-- Conversations that were told of a stop: they are told when it changes within a week. No foreign keys to
-- the desk: the knowledge base also answers for a desk elsewhere.
CREATE TABLE stop_interests (
    conversation_id uuid NOT NULL,
    stop_id uuid NOT NULL REFERENCES stops ON DELETE CASCADE,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (stop_id, conversation_id)
);
CREATE INDEX stop_interests_by_age ON stop_interests (asked_at);

-- Conversations that want to be reminded the evening before every stop of a place (or of a commune).
CREATE TABLE stop_subscriptions (
    conversation_id uuid NOT NULL,
    place_id text NOT NULL REFERENCES places ON DELETE CASCADE,
    since_at timestamptz NOT NULL,
    PRIMARY KEY (place_id, conversation_id)
);
CREATE INDEX stop_subscriptions_of_conversation ON stop_subscriptions (conversation_id);

-- Who was told of which change: the same hear it when the change is taken back, after which it is gone.
CREATE TABLE stop_notices (
    exception_id uuid NOT NULL,
    stop_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (exception_id, stop_id, conversation_id)
);

UPDATE roles SET permissions = permissions || '{network:read}';
UPDATE roles SET permissions = permissions || '{network:write}' WHERE key IN ('supervisor', 'administrator');
"""


def upgrade() -> None:
    run(NETWORK)


def downgrade() -> None:
    run("""
        DROP TABLE stop_notices, stop_subscriptions, stop_interests, payment_points, agency_closures,
            agency_seasons;
        ALTER TABLE agencies DROP COLUMN is_verified;
        UPDATE roles SET permissions = array_remove(array_remove(permissions, 'network:read'), 'network:write');
    """)
