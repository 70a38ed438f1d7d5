"""Search over messages, people, handovers and files; the accounts a ticket came through; saved views."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ACCOUNTS = """
-- The accounts its messages came or went through: what a list filters by without reading messages.
ALTER TABLE tickets ADD COLUMN accounts text[] NOT NULL DEFAULT '{}';
UPDATE tickets t SET accounts = found.accounts FROM (
    SELECT m.ticket_id, array_agg(DISTINCT v.account) AS accounts
    FROM messages m JOIN conversations v ON v.id = m.conversation_id GROUP BY m.ticket_id) found
WHERE found.ticket_id = t.id;
"""

# What knowledge_base.text.fold does to each letter, for names: they change by SQL too, so SQL must fold them.
FOLDING = """
CREATE FUNCTION search_fold(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(written) = length(written) THEN lower(written) ELSE
        replace(replace(replace(translate(lower(written),
            'àáâãäåçèéêëìíîïñòóôõöøùúûüýÿāăąćčďđēęěğīİıłńňōőřśşšţťūůűźżž' ||
            'آأؤإئةىٱپچژڤڧڨکڪڭگھەیێےۆ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹' || U&'ء\\0640\\064B\\064C\\064D\\064E\\064F\\0650\\0651\\0652\\0653\\0654\\0655\\0670',
            'aaaaaaceeeeiiiinoooooouuuuyyaaaccddeeegiiilnnoorsssttuuuzzz' ||
            'ااوايهيابجزفققككككههيييو01234567890123456789'),
            'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss') END
$$;
-- Folded words with one blank between them. A word longer than an index entry may be is cut. STRICT keeps the
-- planner from looking inside, COST tells what a look costs: else it would rather read a million messages than
-- the index of a rare word.
CREATE FUNCTION search_words(folded text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    SELECT array_to_tsvector(array_remove(string_to_array(
        CASE WHEN octet_length(folded) < 2000 THEN folded
             ELSE regexp_replace(folded, '(\\S{60})\\S+', '\\1', 'g') END, ' '), ''))
$$;
"""

WORDS = """
CREATE INDEX messages_by_word ON messages USING gin (search_words(search_text));
-- How common each word is: what decides between the index and reading the newest messages.
ALTER INDEX messages_by_word ALTER COLUMN 1 SET STATISTICS 1000;

DROP INDEX contacts_by_name;
DROP INDEX identities_by_name;
CREATE INDEX contacts_by_name ON contacts USING gin (search_fold(name) gin_trgm_ops);
CREATE INDEX identities_by_person ON identities USING gin
    (search_fold(coalesce(name, '') || ' ' || coalesce(phone, '') || ' ' || address) gin_trgm_ops);
CREATE INDEX attachments_by_name ON attachments USING gin (search_fold(name) gin_trgm_ops)
    WHERE name IS NOT NULL AND message_id IS NOT NULL;
CREATE INDEX verified_identities_of_contract ON verified_identities (contract_id);

-- What a handover says, as words: its summaries and what is known of the request (contract, meter, place).
CREATE TABLE ticket_words (
    ticket_id uuid PRIMARY KEY REFERENCES tickets ON DELETE CASCADE,
    search_text text NOT NULL
);
CREATE INDEX ticket_words_by_word ON ticket_words USING gin (search_words(search_text));

CREATE FUNCTION handover_words(handover jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(search_fold(concat_ws(' ', handover ->> 'summary', handover ->> 'summary_ar',
        handover ->> 'summary_fr',
        (SELECT string_agg(value, ' ') FROM jsonb_each_text(
            CASE WHEN jsonb_typeof(handover -> 'slots') = 'object' THEN handover -> 'slots' END)))),
        '[^[:alnum:]]+', ' ', 'g')
$$;
CREATE FUNCTION keep_handover_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ticket_words (ticket_id, search_text) VALUES (NEW.id, handover_words(NEW.handover))
    ON CONFLICT (ticket_id) DO UPDATE SET search_text = excluded.search_text;
    RETURN NULL;
END $$;
CREATE TRIGGER handed_over_new AFTER INSERT ON tickets FOR EACH ROW
    WHEN (NEW.handover IS NOT NULL) EXECUTE FUNCTION keep_handover_words();
CREATE TRIGGER handed_over_again AFTER UPDATE ON tickets FOR EACH ROW
    WHEN (NEW.handover IS NOT NULL AND NEW.handover IS DISTINCT FROM OLD.handover)
    EXECUTE FUNCTION keep_handover_words();
INSERT INTO ticket_words SELECT id, handover_words(handover) FROM tickets WHERE handover IS NOT NULL;
"""

VIEWS = """
-- Lists of tickets that agents keep. `filter` is ticketing.reading.filters.TicketFilter.
CREATE TABLE ticket_views (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    names jsonb NOT NULL,               -- by language: ar, fr, en; at least one
    filter jsonb NOT NULL,
    sort text NOT NULL CHECK (sort IN ('newest', 'waiting', 'priority', 'due', 'created')),
    icon text NOT NULL,
    color text NOT NULL,
    position integer NOT NULL DEFAULT 0,
    share text NOT NULL CHECK (share IN ('me', 'team', 'everybody')),
    owner_id uuid NOT NULL REFERENCES agents ON DELETE CASCADE,     -- who made it
    team_id uuid REFERENCES teams ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((share = 'team') = (team_id IS NOT NULL))
);
CREATE INDEX ticket_views_of_owner ON ticket_views (owner_id);

UPDATE roles SET permissions = permissions || '{view:share}' WHERE key IN ('supervisor', 'administrator');
"""

DOWN = """
UPDATE roles SET permissions = array_remove(permissions, 'view:share');
DROP TABLE ticket_views;
DROP TRIGGER handed_over_new ON tickets;
DROP TRIGGER handed_over_again ON tickets;
DROP FUNCTION keep_handover_words();
DROP TABLE ticket_words;
DROP FUNCTION handover_words(jsonb);
DROP INDEX verified_identities_of_contract;
DROP INDEX attachments_by_name;
DROP INDEX identities_by_person;
DROP INDEX contacts_by_name;
DROP INDEX messages_by_word;
DROP FUNCTION search_words(text);
DROP FUNCTION search_fold(text);
CREATE INDEX contacts_by_name ON contacts USING gin (name gin_trgm_ops);
CREATE INDEX identities_by_name ON identities USING gin (name gin_trgm_ops);
ALTER TABLE tickets DROP COLUMN accounts;
"""


def upgrade() -> None:
    for script in (ACCOUNTS, FOLDING, WORDS, VIEWS):
        run(script)


def downgrade() -> None:
    run(DOWN)
