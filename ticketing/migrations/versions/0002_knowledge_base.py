"""What assistant and agents look up: the agency network and its rounds, contracts, bills, verification."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NETWORK = """
-- Seeded from the packaged gazetteer; staff may add places, which a new gazetteer leaves alone.
CREATE TABLE places (
    id text PRIMARY KEY,                -- a slug: stable, readable in rules and reports
    kind text NOT NULL CHECK (kind IN ('commune', 'souk', 'douar', 'agency', 'quarter')),
    name_ar text NOT NULL,
    name_fr text NOT NULL,
    commune_id text NOT NULL REFERENCES places DEFERRABLE INITIALLY DEFERRED,
    province_ar text NOT NULL,
    province_fr text NOT NULL,
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    is_approximate boolean NOT NULL DEFAULT true,   -- the position is the locality's, not the spot's
    aliases text[] NOT NULL DEFAULT '{}',
    everyday text[] NOT NULL DEFAULT '{}',          -- spellings that are everyday words too
    weekday smallint CHECK (weekday BETWEEN 1 AND 7),
    source text NOT NULL DEFAULT 'staff' CHECK (source IN ('gazetteer', 'staff')),
    is_demo boolean NOT NULL DEFAULT false,
    CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CHECK (kind <> 'commune' OR commune_id = id)
);
CREATE INDEX places_of_commune ON places (commune_id);

CREATE TABLE agencies (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    key text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('fixed', 'mobile')),
    status text NOT NULL CHECK (status IN ('open', 'planned', 'closed')),
    name_ar text NOT NULL,
    name_fr text NOT NULL,
    address_ar text,
    address_fr text,
    commune_id text NOT NULL REFERENCES places,
    latitude double precision,
    longitude double precision,
    services text[] NOT NULL DEFAULT '{}',
    hours jsonb NOT NULL DEFAULT '{}',  -- ISO weekday → [[from, to], …] in local time: {"1": [["08:30", "16:30"]]}
    single_counter boolean NOT NULL DEFAULT false,
    opens_on date,                      -- when it opened or is planned to
    is_demo boolean NOT NULL DEFAULT false
);
CREATE INDEX agencies_of_commune ON agencies (commune_id);

CREATE TABLE vans (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    code text NOT NULL UNIQUE,
    name_ar text NOT NULL,
    name_fr text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'out_of_service')),
    is_demo boolean NOT NULL DEFAULT false
);

CREATE TABLE rounds (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    van_id uuid NOT NULL REFERENCES vans ON DELETE CASCADE,
    effective_from date NOT NULL,
    effective_to date,                  -- last day; null: until further notice
    is_demo boolean NOT NULL DEFAULT false,
    CHECK (effective_to >= effective_from)
);
CREATE INDEX rounds_of_van ON rounds (van_id);

-- Once a week, in the company's local time.
CREATE TABLE stops (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    round_id uuid NOT NULL REFERENCES rounds ON DELETE CASCADE,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),   -- ISO: 1 is Monday
    starts time NOT NULL,
    ends time NOT NULL,
    place_id text NOT NULL REFERENCES places,
    commune_id text NOT NULL REFERENCES places,
    services text[] NOT NULL DEFAULT '{}',
    is_demo boolean NOT NULL DEFAULT false,
    CHECK (ends > starts)
);
CREATE INDEX stops_of_round ON stops (round_id);
CREATE INDEX stops_of_place ON stops (place_id);
CREATE INDEX stops_of_commune ON stops (commune_id);

-- One day of a stop, of all stops of a van, or (neither named) of every stop.
CREATE TABLE stop_exceptions (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    stop_id uuid REFERENCES stops ON DELETE CASCADE,
    van_id uuid REFERENCES vans ON DELETE CASCADE,
    on_date date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('cancelled', 'moved', 'holiday')),
    reason_key text NOT NULL,           -- breakdown, holiday, weather, road, event …
    reason_ar text,
    reason_fr text,
    new_starts time,
    new_ends time,
    new_place_id text REFERENCES places,
    is_demo boolean NOT NULL DEFAULT false,
    CHECK (stop_id IS NULL OR van_id IS NULL),
    CHECK ((new_starts IS NULL) = (new_ends IS NULL) AND (new_ends IS NULL OR new_ends > new_starts)),
    CHECK ((kind = 'moved') = (new_starts IS NOT NULL OR new_place_id IS NOT NULL))
);
CREATE INDEX stop_exceptions_by_date ON stop_exceptions (on_date);
CREATE INDEX stop_exceptions_of_stop ON stop_exceptions (stop_id) WHERE stop_id IS NOT NULL;
CREATE INDEX stop_exceptions_of_van ON stop_exceptions (van_id) WHERE van_id IS NOT NULL;
"""

BILLING = """
CREATE TABLE contracts (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    reference text NOT NULL,            -- as printed; opaque
    lookup_key text NOT NULL UNIQUE,    -- the reference without blanks, dashes, leading zeros
    issuer text NOT NULL,               -- who gave the reference: srm-cs, lydec, radeej, radeec, onee
    service text NOT NULL CHECK (service IN ('electricity', 'water')),
    holder_name text NOT NULL,
    registered_phone text,              -- E.164
    commune_id text NOT NULL REFERENCES places,
    zone text NOT NULL,                 -- whose tariff applies: lydec, radeej, radeec, onee
    meter_number text,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'cut_off', 'closed')),
    is_demo boolean NOT NULL DEFAULT false
);
CREATE INDEX contracts_by_phone ON contracts (registered_phone) WHERE registered_phone IS NOT NULL;
CREATE INDEX contracts_by_meter ON contracts (meter_number) WHERE meter_number IS NOT NULL;

-- References of former operators; two operators may have given the same number.
CREATE TABLE contract_aliases (
    contract_id uuid NOT NULL REFERENCES contracts ON DELETE CASCADE,
    issuer text NOT NULL,
    reference text NOT NULL,
    lookup_key text NOT NULL,
    is_demo boolean NOT NULL DEFAULT false,
    PRIMARY KEY (issuer, lookup_key)
);
CREATE INDEX contract_aliases_by_key ON contract_aliases (lookup_key);
CREATE INDEX contract_aliases_of_contract ON contract_aliases (contract_id);

CREATE TABLE bills (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contracts ON DELETE CASCADE,
    period date NOT NULL CHECK (extract(day FROM period) = 1),   -- first day of the month
    issued_on date NOT NULL,
    due_on date NOT NULL,
    amount_centimes bigint NOT NULL CHECK (amount_centimes >= 0),
    consumption integer NOT NULL CHECK (consumption >= 0),       -- kWh or m³
    lines jsonb NOT NULL,
    paid_at timestamptz,
    is_demo boolean NOT NULL DEFAULT false,
    UNIQUE (contract_id, period)
);
CREATE INDEX bills_unpaid ON bills (contract_id, period) WHERE paid_at IS NULL;

-- identity_id is the desk's identity. No foreign key: the knowledge base also answers for a desk elsewhere.
CREATE TABLE verified_identities (
    identity_id uuid NOT NULL,
    contract_id uuid NOT NULL REFERENCES contracts ON DELETE CASCADE,
    method text NOT NULL CHECK (method IN ('code', 'agent')),
    verified_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (identity_id, contract_id)
);

CREATE TABLE verification_codes (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    identity_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    contract_id uuid NOT NULL REFERENCES contracts ON DELETE CASCADE,
    code_salt bytea NOT NULL,
    code_hash bytea NOT NULL,           -- scrypt: six digits must outlast their ten minutes even in a stolen copy
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    attempted_at timestamptz,           -- the last wrong one
    state text NOT NULL DEFAULT 'sent' CHECK (state IN ('sent', 'used', 'replaced', 'failed'))
);
CREATE INDEX verification_codes_of_contract ON verification_codes (contract_id, sent_at);
"""

DEMONSTRATION = """
-- What the demonstration data was last written for, so that a start does not write it again.
CREATE TABLE demonstration (
    name text PRIMARY KEY,
    version text NOT NULL,
    loaded_for date NOT NULL
);
"""


def upgrade() -> None:
    for script in (NETWORK, BILLING, DEMONSTRATION):
        run(script)


def downgrade() -> None:
    run("""
        DROP TABLE demonstration, verification_codes, verified_identities, bills, contract_aliases, contracts,
            stop_exceptions, stops, rounds, vans, agencies, places
    """)
