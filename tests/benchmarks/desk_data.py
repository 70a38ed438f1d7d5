"""A desk full of tickets, made inside PostgreSQL: what lists and search are measured on."""

from __future__ import annotations

import asyncpg

AGENTS, TEAMS, VOCABULARY = 500, 8, 20_000
FIRST = (
    "Fatima Mohamed Khadija Youssef Amina Hassan Salma Omar Nadia Rachid"
    " فاطمة محمد خديجة يوسف أمينة حسن سلمى عمر"
)
LAST = (
    "Alaoui Bennani Tazi Idrissi Berrada Chraibi El_Fassi Naciri Ouazzani Sqalli"
    " العلوي بناني التازي الإدريسي برادة"
)
# The commonest words of the made-up messages, so that a query reads as one would write it.
COMMON = (
    "facture الفاتورة compteur الماء eau الكهرباء السلام bonjour merci شكرا panne انقطاع paiement الأداء"
    " agence الوكالة"
    " contrat العقد fuite salam bghit n3ref chhal 3afak"
)

# Every random choice is skewed as words and work are: few are very common, most are rare.
PEOPLE = """
INSERT INTO accounts (key, channel) VALUES ('wa', 'whatsapp'), ('wa2', 'whatsapp'), ('mail', 'email'),
    ('chat', 'webchat'), ('sms', 'sms'), ('fb', 'messenger') ON CONFLICT DO NOTHING;
INSERT INTO teams (key, names, is_default)
    SELECT 'team' || n, jsonb_build_object('ar', 'ف' || n, 'fr', 'E' || n, 'en', 'T' || n), false
    FROM generate_series(1, {teams}) n;
INSERT INTO agents (email, name, password_hash, role)
    SELECT 'a' || n || '@bench', 'Agent ' || n, '-', CASE WHEN n % 20 = 0 THEN 'supervisor' ELSE 'agent' END
    FROM generate_series(1, {agents}) n;
INSERT INTO team_members (team_id, agent_id)
    SELECT t.id, a.id FROM (SELECT id, row_number() OVER () n FROM agents) a
    JOIN (SELECT id, row_number() OVER () n FROM teams) t ON t.n = 1 + a.n % {teams}
    ON CONFLICT DO NOTHING;
INSERT INTO categories (code, position, names, priority, restricted)
    SELECT 'Z' || n, n, jsonb_build_object('ar', 'z', 'fr', 'z', 'en', 'z'), 3, n > 28
    FROM generate_series(1, 30) n;
CREATE UNLOGGED TABLE bench_words (n integer PRIMARY KEY, word text);
CREATE FUNCTION bench_id(moment timestamptz, salt text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(salt), 1, 3) || '8' || substr(md5(salt), 4, 15))::uuid $$;
"""
CONTACTS = """
INSERT INTO contacts (id, name, language)
    SELECT bench_id(now() - interval '60 days', 'c' || n),
        (string_to_array('{first}', ' '))[1 + n % 18] || ' '
            || replace((string_to_array('{last}', ' '))[1 + n / 18 % 15], '_', ' '),
        (ARRAY['fr', 'ar', 'ary-Arab', 'ary-Latn', 'en'])[1 + floor(power(random(), 2) * 5)::int]
    FROM generate_series(1, {contacts}) n;
INSERT INTO identities (id, channel, contact_id, address, name, phone)
    SELECT bench_id(now() - interval '60 days', 'i' || row_number() OVER (ORDER BY id)), 'whatsapp', id,
        '2126' || lpad((row_number() OVER (ORDER BY id))::text, 8, '0'), name,
        '+2126' || lpad((row_number() OVER (ORDER BY id))::text, 8, '0')
    FROM contacts;
"""
TICKETS = """
CREATE UNLOGGED TABLE bench_tickets AS
    SELECT n, bench_id(opened_at, 't' || n) AS id, opened_at, n > {tickets} * 0.9 AS active,
        1 + floor(power(random(), 4) * 6)::int AS account, random() AS luck
    FROM (SELECT n, now() - interval '45 days' * (1 - n / {tickets}::float) - interval '6 hours' AS opened_at
          FROM generate_series(1, {tickets}) n) made;
CREATE UNIQUE INDEX ON bench_tickets (n);
INSERT INTO tickets (id, number, contact_id, owner, status, priority, team_id, assignee_id, opened_at,
        closed_at, last_message_at, waiting_since, last_message, unread, category, tags, accounts, due_at)
    SELECT b.id, (1000000 + b.n)::text, c.id, CASE WHEN luck < 0.25 THEN 'assistant' ELSE 'agents' END,
        CASE WHEN NOT active THEN 'closed' WHEN luck < 0.25 THEN 'open'
             ELSE (ARRAY['new', 'open', 'open', 'open', 'pending', 'on_hold'])[1 + b.n % 6] END,
        1 + b.n % 4, CASE WHEN luck < 0.25 THEN NULL ELSE t.id END,
        CASE WHEN luck < 0.25 OR b.n % 6 = 0 THEN NULL ELSE a.id END, b.opened_at,
        CASE WHEN active THEN NULL ELSE b.opened_at + interval '6 hours' END,
        b.opened_at + interval '5 hours',
        CASE WHEN active AND b.n % 3 = 0 THEN b.opened_at + interval '5 hours' END,
        '{{"author": "customer", "text": "Bonjour", "kind": "text"}}', b.n % 3,
        CASE WHEN b.n % 5 > 0 THEN 'Z' || 1 + floor(power(luck, 2) * 30)::int END,
        CASE WHEN b.n % 40 = 0 THEN ARRAY['vip'] WHEN b.n % 997 = 0 THEN ARRAY['rare'] ELSE '{{}}' END,
        ARRAY[(ARRAY['wa', 'wa2', 'mail', 'chat', 'sms', 'fb'])[account]],
        CASE WHEN active THEN b.opened_at + interval '1 day' * (1 + luck) END
    FROM bench_tickets b
    JOIN (SELECT id, row_number() OVER (ORDER BY id) n FROM contacts) c ON c.n = 1 + b.n % {contacts}
    JOIN (SELECT id, row_number() OVER (ORDER BY id) n FROM agents) a ON a.n = 1 + b.n % {agents}
    JOIN (SELECT id, row_number() OVER (ORDER BY id) n FROM teams) t ON t.n = 1 + b.n % {teams};
INSERT INTO conversations (id, account, identity_id, ticket_id)
    SELECT DISTINCT ON (k.account, i.id) gen_random_uuid(), k.account, i.id, k.id
    FROM (SELECT id, contact_id, accounts[1] AS account FROM tickets) k
    JOIN identities i ON i.contact_id = k.contact_id
    ORDER BY k.account, i.id, k.id DESC;
"""
MESSAGES = """
INSERT INTO messages (id, conversation_id, ticket_id, position, direction, author, kind, content, search_text)
    SELECT bench_id(moment, 'm' || n || '-' || place), v.id, made.ticket_id, place,
        CASE WHEN place % 5 = 4 THEN 'note' WHEN place % 2 = 1 THEN 'inbound' ELSE 'outbound' END,
        CASE WHEN place % 2 = 1 THEN 'customer' ELSE 'agent' END, 'text',
        jsonb_build_object('text', written), written
    FROM (
        SELECT b.n, b.id AS ticket_id, place, b.opened_at + place * interval '50 minutes' AS moment,
            (SELECT string_agg(w.word, ' ') FROM generate_series(1, 5 + (b.n + place) % 14) s
             JOIN LATERAL (SELECT 1 + floor(power(random(), 3) * {vocabulary})::int AS n
                           WHERE s > -place) r ON true
             JOIN bench_words w ON w.n = r.n)
            || CASE WHEN (b.n + place) % 50 = 0 THEN ' ref' || b.n ELSE '' END AS written
        FROM bench_tickets b CROSS JOIN generate_series(1, {each}) place
        WHERE b.n BETWEEN {first_ticket} AND {last_ticket}
    ) made JOIN tickets t ON t.id = made.ticket_id
    JOIN identities i ON i.contact_id = t.contact_id
    JOIN conversations v ON v.identity_id = i.id AND v.account = t.accounts[1];
"""


def words() -> list[str]:
    """The vocabulary, folded, commonest first."""
    from knowledge_base.text import fold

    consonants = "bcdfghjklmnprstvz", "بتجحدرسشعفقكلمنهوي"
    vowels = "aeiou", "اوي"
    known = list(dict.fromkeys(fold(word) for word in COMMON.split()))
    for number in range(VOCABULARY):
        script, rest, made = number % 2, number + 17, ""
        while rest:
            made += consonants[script][rest % len(consonants[script])]
            rest //= len(consonants[script])
            made += vowels[script][rest % len(vowels[script])]
            rest //= len(vowels[script])
        known.append(fold(made))
    return list(dict.fromkeys(known))[:VOCABULARY]


async def fill(url: str, tickets: int, messages: int) -> None:
    """Into a migrated, empty database. The index of words is built when most is there, as a restore would."""
    connection = await asyncpg.connect(url)
    vocabulary = words()
    sizes = {
        "teams": TEAMS,
        "agents": AGENTS,
        "contacts": tickets // 2,
        "tickets": tickets,
        "vocabulary": len(vocabulary),
        "each": messages // tickets,
        "first": FIRST,
        "last": LAST,
    }
    await connection.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'")
    index = await connection.fetchval("SELECT pg_get_indexdef('messages_by_word'::regclass)")
    await connection.execute("DROP INDEX messages_by_word")
    await connection.execute(PEOPLE.format(**sizes))
    await connection.copy_records_to_table("bench_words", records=list(enumerate(vocabulary, 1)))
    await connection.execute(CONTACTS.format(**sizes))
    await connection.execute(TICKETS.format(**sizes))
    last = tickets * 98 // 100
    await connection.execute(MESSAGES.format(**sizes, first_ticket=1, last_ticket=last))
    await connection.execute(index.replace(" ON ONLY ", " ON "))
    await connection.execute("ALTER INDEX messages_by_word ALTER COLUMN 1 SET STATISTICS 1000")
    await connection.execute(MESSAGES.format(**sizes, first_ticket=last + 1, last_ticket=tickets))
    await connection.execute("ANALYZE")
    await connection.close()
