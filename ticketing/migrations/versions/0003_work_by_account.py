"""Work knows its account: sends are claimed account by account.

A paused or slow account's backlog is then never read while others are served.
"""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE work ADD COLUMN account text;
UPDATE work SET account = c.account FROM conversations c WHERE c.id = work.conversation_id;
DELETE FROM work WHERE account IS NULL;
ALTER TABLE work ALTER COLUMN account SET NOT NULL;
DROP INDEX work_due;
CREATE INDEX turns_due ON work (due_at) WHERE kind = 'turn';
CREATE INDEX sends_due ON work (account, due_at) WHERE kind = 'send';
"""

DOWN = """
DROP INDEX turns_due;
DROP INDEX sends_due;
CREATE INDEX work_due ON work (kind, due_at);
ALTER TABLE work DROP COLUMN account;
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
