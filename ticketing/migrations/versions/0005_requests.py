"""Categories of requests with their targets, and what a handover promises."""

from __future__ import annotations

from ticketing.migrations.script import run

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
-- What a request is about. A target is how much of which clock: `always` runs day and night, `open_hours` while
-- the team is open, `working_days` ends with an office day, `calendar_days` is the law's.
CREATE TABLE categories (
    code text PRIMARY KEY,
    position smallint NOT NULL,
    names jsonb NOT NULL,               -- {"ar": …, "fr": …, "en": …}
    priority smallint NOT NULL CHECK (priority BETWEEN 1 AND 4),
    team text,                          -- a team's key; unknown or null: the default team
    first_answer interval,
    first_answer_clock text CHECK (first_answer_clock IN ('always', 'open_hours', 'working_days', 'calendar_days')),
    action interval,                    -- on site, or the first thing that is done about it
    action_clock text CHECK (action_clock IN ('always', 'open_hours', 'working_days', 'calendar_days')),
    resolve interval,
    resolve_clock text CHECK (resolve_clock IN ('always', 'open_hours', 'working_days', 'calendar_days')),
    legal_days smallint,                -- calendar days that a law allows at most
    receipt boolean NOT NULL DEFAULT false,     -- a dated receipt is owed at once (law 55-19)
    visit boolean NOT NULL DEFAULT false,       -- `action` is a visit the customer may be told of
    restricted boolean NOT NULL DEFAULT false,  -- for roles with ticket:restricted alone
    intents text[] NOT NULL DEFAULT '{}',       -- requests that mean this category where a handover names none
    CHECK ((first_answer IS NULL) = (first_answer_clock IS NULL)),
    CHECK ((action IS NULL) = (action_clock IS NULL)),
    CHECK ((resolve IS NULL) = (resolve_clock IS NULL))
);

-- Where a province differs: what is not null replaces the category's. `province` is a code of the communes' register.
CREATE TABLE category_overrides (
    code text NOT NULL REFERENCES categories ON DELETE CASCADE,
    province text NOT NULL,
    priority smallint CHECK (priority BETWEEN 1 AND 4),
    team text,
    first_answer interval,
    action interval,
    resolve interval,
    PRIMARY KEY (code, province)
);

ALTER TABLE tickets ADD COLUMN category text REFERENCES categories;
CREATE INDEX tickets_of_category ON tickets (category, last_message_at DESC, id DESC) WHERE category IS NOT NULL;
CREATE INDEX tickets_waiting ON tickets (team_id, priority, waiting_since)
    WHERE owner = 'agents' AND assignee_id IS NULL AND status <> 'closed';

-- When the next things are due, by the category's targets at the handover.
CREATE TABLE promises (
    ticket_id uuid PRIMARY KEY,
    given_at timestamptz NOT NULL,
    first_answer_by timestamptz,
    action_by timestamptz,
    resolve_by timestamptz,
    legal_by timestamptz
);

UPDATE roles SET permissions = permissions || '{ticket:restricted}' WHERE key IN ('supervisor', 'administrator');
"""

# Targets proposed for the company; a law's maximum where one is known. docs/handover.md says where each is from.
CATEGORIES = """
INSERT INTO categories (code, position, names, priority, team, first_answer, first_answer_clock, action, action_clock,
    resolve, resolve_clock, legal_days, receipt, visit, restricted, intents) VALUES
('E1', 10, '{"ar": "خطر: سلك أو محول أو بالوعة مفتوحة", "fr": "Danger : câble, transformateur, regard ouvert", "en": "Danger: cable, transformer, open manhole"}',
    1, 'technical', '1 min', 'always', '30 min', 'always', '2 h', 'always', NULL, false, false, false, '{street_danger}'),
('E2', 20, '{"ar": "انقطاع مع حالة طبية أو مستشفى أو مدرسة", "fr": "Coupure avec dépendance médicale, hôpital, école", "en": "Outage with medical dependency, hospital, school"}',
    1, 'technical', '2 min', 'always', '1 h', 'always', '4 h', 'always', NULL, false, false, false, '{medical_dependency}'),
('E3', 30, '{"ar": "انقطاع الكهرباء عند زبون واحد", "fr": "Coupure d''électricité chez un client", "en": "Power cut, single customer"}',
    2, 'technical', '15 min', 'open_hours', '4 h', 'open_hours', '6 h', 'open_hours', NULL, false, true, false, '{power_cut}'),
('E4', 40, '{"ar": "انقطاع الكهرباء في منطقة", "fr": "Coupure d''électricité dans une zone", "en": "Power cut, area"}',
    2, 'technical', '5 min', 'always', '1 h', 'always', NULL, NULL, NULL, false, false, false, '{}'),
('E5', 50, '{"ar": "مشكل في التوتر أو أجهزة متضررة", "fr": "Problème de tension, appareils endommagés", "en": "Voltage problem, damaged appliances"}',
    3, 'technical', '4 h', 'open_hours', '48 h', 'open_hours', '30 days', 'calendar_days', 60, false, true, false, '{voltage_damage}'),
('W1', 60, '{"ar": "انفجار قناة رئيسية أو شارع مغمور", "fr": "Conduite éclatée, rue inondée", "en": "Burst main, street flooded"}',
    1, 'technical', '5 min', 'always', '1 h', 'always', '12 h', 'always', NULL, false, true, false, '{}'),
('W2', 70, '{"ar": "تسرب ماء في الشبكة العمومية", "fr": "Fuite sur la voie publique", "en": "Leak on the public side"}',
    2, 'technical', '1 h', 'open_hours', '24 h', 'open_hours', '48 h', 'open_hours', NULL, false, true, false, '{leak}'),
('W3', 80, '{"ar": "انقطاع الماء أو ضعف الصبيب", "fr": "Pas d''eau ou faible pression", "en": "No water or low pressure"}',
    2, 'technical', '15 min', 'open_hours', '4 h', 'open_hours', '24 h', 'open_hours', NULL, false, true, false, '{water_cut}'),
('W4', 90, '{"ar": "جودة الماء (لون أو رائحة)", "fr": "Qualité de l''eau (couleur, odeur)", "en": "Water quality (colour, smell)"}',
    2, 'technical', '30 min', 'open_hours', '24 h', 'open_hours', '48 h', 'open_hours', NULL, false, true, false, '{water_quality}'),
('S1', 100, '{"ar": "فيضان المياه العادمة داخل منزل", "fr": "Débordement d''égout dans un logement", "en": "Sewage overflow into a home"}',
    1, 'technical', '10 min', 'always', '2 h', 'always', '12 h', 'always', NULL, false, true, false, '{}'),
('S2', 110, '{"ar": "اختناق أو فيضان الصرف الصحي في الشارع", "fr": "Égout bouché ou débordant dans la rue", "en": "Blocked or overflowing sewer in the street"}',
    3, 'technical', '2 h', 'open_hours', '24 h', 'open_hours', '48 h', 'open_hours', NULL, false, true, false, '{sewage_overflow}'),
('L1', 120, '{"ar": "الإنارة العمومية", "fr": "Éclairage public", "en": "Public lighting"}',
    4, 'technical', '24 h', 'open_hours', '5 days', 'working_days', '10 days', 'working_days', NULL, false, false, false, '{}'),
('B1', 130, '{"ar": "شكاية حول الفاتورة", "fr": "Réclamation sur facture", "en": "Billing complaint"}',
    3, 'billing', '1 day', 'working_days', '5 days', 'working_days', '10 days', 'working_days', 60, false, false, false, '{high_bill_complaint}'),
('B2', 140, '{"ar": "أداء غير مسجل", "fr": "Paiement non enregistré", "en": "Payment not registered"}',
    3, 'billing', '4 h', 'open_hours', '1 day', 'working_days', '3 days', 'working_days', 60, false, false, false, '{payment_not_registered}'),
('B3', 150, '{"ar": "تسهيلات في الأداء", "fr": "Facilités de paiement", "en": "Instalments"}',
    3, 'billing', '1 day', 'working_days', NULL, NULL, '5 days', 'working_days', NULL, false, false, false, '{payment_plan}'),
('B4', 160, '{"ar": "قراءة العداد أو عداد معطل", "fr": "Relevé ou compteur défectueux", "en": "Meter reading, faulty meter"}',
    3, 'billing', '1 day', 'working_days', '5 days', 'working_days', '10 days', 'working_days', NULL, false, false, false, '{meter_reading}'),
('R1', 170, '{"ar": "إعادة التزويد بعد الأداء", "fr": "Remise en service après paiement", "en": "Reconnection after payment"}',
    2, 'technical', '30 min', 'open_hours', '24 h', 'open_hours', NULL, NULL, NULL, false, true, false, '{reconnect_after_cutoff}'),
('R2', 180, '{"ar": "قطع غير مبرر", "fr": "Coupure injustifiée", "en": "Wrongful cut"}',
    1, 'technical', '15 min', 'always', '4 h', 'always', NULL, NULL, NULL, false, false, false, '{}'),
('M1', 190, '{"ar": "تعبئة العداد مرفوضة", "fr": "Recharge du compteur refusée", "en": "Prepaid recharge refused"}',
    2, 'technical', '15 min', 'open_hours', '4 h', 'open_hours', '24 h', 'open_hours', NULL, false, false, false, '{meter_recharge}'),
('C1', 200, '{"ar": "اشتراك جديد", "fr": "Nouvel abonnement", "en": "New subscription"}',
    4, 'customers', NULL, NULL, '5 days', 'working_days', '30 days', 'calendar_days', 60, true, true, false, '{new_subscription}'),
('C2', 210, '{"ar": "تحويل العقد أو فسخه", "fr": "Changement de titulaire ou résiliation", "en": "Transfer of holder, termination"}',
    4, 'customers', NULL, NULL, NULL, NULL, '5 days', 'working_days', 60, true, false, false, '{contract_transfer}'),
('X1', 220, '{"ar": "سلوك مستخدم أو رشوة أو معطيات شخصية", "fr": "Conduite du personnel, corruption, données personnelles", "en": "Staff conduct, corruption, personal data"}',
    2, 'compliance', '1 day', 'working_days', NULL, NULL, '30 days', 'calendar_days', NULL, false, false, true, '{}'),
('X2', 230, '{"ar": "مشكل في وكالة أو وكالة متنقلة", "fr": "Problème d''agence ou d''agence mobile", "en": "Agency or mobile-agency issue"}',
    3, 'customers', '2 h', 'open_hours', NULL, NULL, '3 days', 'working_days', NULL, false, false, false, '{}'),
('G1', 240, '{"ar": "معلومات", "fr": "Information", "en": "Information"}',
    4, 'customers', NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false, false, '{agency_location_hours,payment_channels}');
"""

DOWN = """
UPDATE roles SET permissions = array_remove(permissions, 'ticket:restricted');
DROP TABLE promises;
ALTER TABLE tickets DROP COLUMN category;
DROP INDEX tickets_waiting;
DROP TABLE category_overrides;
DROP TABLE categories;
"""


def upgrade() -> None:
    run(TABLES)
    run(CATEGORIES)


def downgrade() -> None:
    run(DOWN)
