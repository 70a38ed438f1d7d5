"""Payments, and what a bill is made of: its indexes, how they were read, its days, what it carries over."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UPGRADE = """
ALTER TABLE bills
    ADD COLUMN days smallint CHECK (days BETWEEN 1 AND 400),           -- from reading to reading
    ADD COLUMN previous_index bigint CHECK (previous_index >= 0),
    ADD COLUMN new_index bigint CHECK (new_index >= 0),
    ADD COLUMN reading text CHECK (reading IN ('read', 'estimated', 'customer')),  -- customer: sent by him
    ADD COLUMN is_carried boolean NOT NULL DEFAULT false,              -- unpaid, and due as arrears of a later bill
    ADD CONSTRAINT bills_indexes_come_together CHECK ((previous_index IS NULL) = (new_index IS NULL)),
    ADD CONSTRAINT bills_carried_are_unpaid CHECK (NOT (is_carried AND paid_at IS NOT NULL));

CREATE TABLE payments (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    contract_id uuid NOT NULL REFERENCES contracts ON DELETE CASCADE,
    paid_at timestamptz NOT NULL,
    amount_centimes bigint NOT NULL CHECK (amount_centimes > 0),
    method text NOT NULL CHECK (method IN ('agency', 'mobile_agency', 'partner', 'bank', 'fatourati', 'online', 'other')),
    place text,                          -- where, as printed on the receipt
    receipt text,                        -- the receipt's number
    is_demo boolean NOT NULL DEFAULT false
);
CREATE INDEX payments_of_contract ON payments (contract_id, paid_at DESC);
"""

_DOWNGRADE = """
DROP TABLE payments;
ALTER TABLE bills
    DROP CONSTRAINT bills_indexes_come_together,
    DROP CONSTRAINT bills_carried_are_unpaid,
    DROP COLUMN days,
    DROP COLUMN previous_index,
    DROP COLUMN new_index,
    DROP COLUMN reading,
    DROP COLUMN is_carried;
"""


def upgrade() -> None:
    run(_UPGRADE)


def downgrade() -> None:
    run(_DOWNGRADE)
