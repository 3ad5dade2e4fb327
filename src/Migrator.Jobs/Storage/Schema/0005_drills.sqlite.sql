-- One for each drill of a snapshot. The lease works like that of a migration.
CREATE TABLE drill (
  id            TEXT PRIMARY KEY,
  owner         TEXT NOT NULL,
  account_id    TEXT NOT NULL REFERENCES backup_account (id) ON DELETE CASCADE,
  vault_id      TEXT NOT NULL,
  snapshot_id   TEXT NOT NULL,
  snapshot_name TEXT NOT NULL,
  taken_at      INTEGER NOT NULL,
  why           TEXT NOT NULL,
  -- Where the key comes from: the memory of one process, or the sealed secrets.
  key_from      TEXT NOT NULL,
  state         TEXT NOT NULL,
  message       TEXT,
  -- How often it was begun: one that is killed again and again is given up.
  starts        INTEGER NOT NULL DEFAULT 0,
  progress      TEXT,
  progress_at   INTEGER,
  -- What the report says in short, and the report, both as JSON.
  summary       TEXT,
  report        TEXT,
  asked_at      INTEGER NOT NULL,
  started_at    INTEGER,
  ended_at      INTEGER,
  asked         INTEGER NOT NULL DEFAULT 0,
  wake_at       INTEGER,
  fence         INTEGER NOT NULL DEFAULT 0,
  lease_holder  TEXT,
  lease_until   INTEGER,
  updated_at    INTEGER NOT NULL,
  CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
);
CREATE UNIQUE INDEX drill_one_open ON drill (account_id) WHERE ended_at IS NULL;
CREATE INDEX drill_by_account ON drill (account_id, ended_at);
CREATE INDEX drill_by_owner ON drill (owner, asked_at);
CREATE INDEX drill_by_wake ON drill (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX drill_by_asked ON drill (id) WHERE asked;
CREATE INDEX drill_by_lease ON drill (lease_until) WHERE lease_until IS NOT NULL;

-- What the person decided for an account; an account without a row has the defaults.
CREATE TABLE drill_setting (
  account_id  TEXT PRIMARY KEY REFERENCES backup_account (id) ON DELETE CASCADE,
  owner       TEXT NOT NULL,
  every       TEXT NOT NULL,
  -- The key is kept here, sealed, since then.
  escrowed_at INTEGER,
  -- The next drill by the schedule; null: none is planned.
  next_at     INTEGER,
  -- Without a result before this time it is overdue.
  late_at     INTEGER,
  updated_at  INTEGER NOT NULL
);
CREATE INDEX drill_setting_by_next ON drill_setting (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX drill_setting_by_late ON drill_setting (late_at) WHERE late_at IS NOT NULL;

-- The one place for a sandbox on each machine, and which drill has it.
CREATE TABLE drill_place (
  machine  TEXT PRIMARY KEY,
  drill_id TEXT
);
