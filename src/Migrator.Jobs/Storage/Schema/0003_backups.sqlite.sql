-- What is kept sealed beside the secrets of migrations: vaults' credentials, sign-ins for backups, addresses that are secrets.
CREATE TABLE sealed_secret (
  scope      TEXT NOT NULL,
  id         TEXT NOT NULL,
  name       TEXT NOT NULL,
  owner      TEXT NOT NULL,
  key_id     TEXT NOT NULL,
  sealed     BLOB NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (scope, id, name)
);

CREATE TABLE backup_vault (
  id         TEXT PRIMARY KEY,
  owner      TEXT NOT NULL,
  name       TEXT NOT NULL,
  -- Where it is, as JSON without credentials.
  settings   TEXT NOT NULL,
  place      TEXT NOT NULL,
  -- The id in the vault's marker object: shows when another folder or bucket stands in its place.
  marker_id  TEXT NOT NULL,
  trial      TEXT,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX backup_vault_by_marker ON backup_vault (owner, marker_id);

CREATE TABLE backup_key (
  id              TEXT PRIMARY KEY,
  owner           TEXT NOT NULL,
  name            TEXT NOT NULL,
  recipient       TEXT NOT NULL,
  made            INTEGER NOT NULL,
  proven_at       INTEGER,
  -- SHA-256 of the code that the last challenge holds.
  challenge       BLOB,
  challenge_until INTEGER,
  created_at      INTEGER NOT NULL
);
CREATE UNIQUE INDEX backup_key_by_recipient ON backup_key (owner, recipient);

CREATE TABLE backup_plan (
  id                TEXT PRIMARY KEY,
  owner             TEXT NOT NULL,
  name              TEXT NOT NULL,
  paused            INTEGER NOT NULL DEFAULT 0,
  -- Null: the accounts were named one by one.
  server            TEXT,
  every_hours       INTEGER,
  cron              TEXT,
  time_zone         TEXT NOT NULL,
  jitter_minutes    INTEGER NOT NULL,
  -- "Every N hours" counts from here.
  anchor_at         INTEGER NOT NULL,
  retention         TEXT NOT NULL,
  verify_every_days INTEGER NOT NULL,
  grace_minutes     INTEGER NOT NULL,
  notify_email      TEXT,
  has_success_url   INTEGER NOT NULL DEFAULT 0,
  -- The newest time of the schedule since which every account was backed up, and that was told to the success address.
  round_slot        INTEGER NOT NULL DEFAULT 0,
  members_at        INTEGER,
  members_next_at   INTEGER,
  members_problem   TEXT,
  created_at        INTEGER NOT NULL
);
CREATE INDEX backup_plan_by_owner ON backup_plan (owner, created_at);
CREATE INDEX backup_plan_by_members ON backup_plan (members_next_at) WHERE members_next_at IS NOT NULL;

CREATE TABLE backup_plan_vault (
  plan_id  TEXT NOT NULL REFERENCES backup_plan (id) ON DELETE CASCADE,
  vault_id TEXT NOT NULL REFERENCES backup_vault (id),
  place    INTEGER NOT NULL,
  PRIMARY KEY (plan_id, vault_id)
);

CREATE TABLE backup_plan_key (
  plan_id TEXT NOT NULL REFERENCES backup_plan (id) ON DELETE CASCADE,
  key_id  TEXT NOT NULL REFERENCES backup_key (id),
  place   INTEGER NOT NULL,
  PRIMARY KEY (plan_id, key_id)
);

-- One for each DID that is or was backed up for an owner. The lease works like that of a migration.
CREATE TABLE backup_account (
  id               TEXT PRIMARY KEY,
  owner            TEXT NOT NULL,
  did              TEXT NOT NULL,
  handle           TEXT,
  pds              TEXT NOT NULL,
  -- Host and port of its server: accounts of one queue share a limit while they are fetched.
  queue            TEXT NOT NULL,
  plan_id          TEXT REFERENCES backup_plan (id) ON DELETE SET NULL,
  state            TEXT NOT NULL,
  message          TEXT,
  -- When the newest run that ended well began.
  last_good_at     INTEGER,
  last_snapshot_at INTEGER,
  -- When the next backup is tried; null: none is planned.
  backup_at        INTEGER,
  why              TEXT NOT NULL,
  tries            INTEGER NOT NULL DEFAULT 0,
  -- Without a good backup before this time it is late.
  late_at          INTEGER,
  -- Retention and reading what is stored.
  upkeep_at        INTEGER,
  verify_from      INTEGER,
  has_session      INTEGER NOT NULL DEFAULT 0,
  asked            INTEGER NOT NULL DEFAULT 0,
  wake_at          INTEGER,
  fence            INTEGER NOT NULL DEFAULT 0,
  lease_holder     TEXT,
  lease_until      INTEGER,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
);
CREATE UNIQUE INDEX backup_account_by_did ON backup_account (owner, did);
CREATE INDEX backup_account_by_plan ON backup_account (plan_id, last_good_at);
CREATE INDEX backup_account_by_queue ON backup_account (queue);
CREATE INDEX backup_account_by_wake ON backup_account (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX backup_account_by_asked ON backup_account (id) WHERE asked;
CREATE INDEX backup_account_by_lease ON backup_account (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX backup_account_by_late ON backup_account (late_at) WHERE late_at IS NOT NULL;

CREATE TABLE backup_run (
  id            TEXT PRIMARY KEY,
  account_id    TEXT NOT NULL REFERENCES backup_account (id) ON DELETE CASCADE,
  fence         INTEGER NOT NULL,
  why           TEXT NOT NULL,
  started_at    INTEGER NOT NULL,
  ended_at      INTEGER,
  outcome       TEXT,
  message       TEXT,
  new_bytes     INTEGER NOT NULL DEFAULT 0,
  new_objects   INTEGER NOT NULL DEFAULT 0,
  snapshot_name TEXT
);
CREATE INDEX backup_run_by_account ON backup_run (account_id, started_at);
CREATE UNIQUE INDEX backup_run_one_open ON backup_run (account_id) WHERE ended_at IS NULL;

-- The place of one account in one vault for one set of recipients.
CREATE TABLE backup_folder (
  id         TEXT PRIMARY KEY,
  vault_id   TEXT NOT NULL,
  did        TEXT NOT NULL,
  sealed_to  TEXT NOT NULL,
  naming_key BLOB NOT NULL,
  last_seq   INTEGER NOT NULL DEFAULT 0,
  objects    INTEGER NOT NULL DEFAULT 0,
  bytes      INTEGER NOT NULL DEFAULT 0,
  -- How far the reading of all stored bytes has come, when this pass began, and when the newest began that came to the end.
  verify_cursor TEXT,
  verify_began  INTEGER,
  verify_whole  INTEGER,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX backup_folder_by_account ON backup_folder (vault_id, did, sealed_to);
CREATE INDEX backup_folder_by_did ON backup_folder (did);

CREATE TABLE backup_snapshot (
  folder_id        TEXT NOT NULL REFERENCES backup_folder (id),
  -- Counts the snapshots of a folder in the order in which they were begun.
  seq              INTEGER NOT NULL,
  id               TEXT NOT NULL,
  name             TEXT NOT NULL,
  taken_at         INTEGER NOT NULL,
  stage            TEXT NOT NULL,
  -- Facts that never change, as JSON.
  facts            TEXT NOT NULL,
  new_bytes        INTEGER NOT NULL,
  new_objects      INTEGER NOT NULL DEFAULT 0,
  manifest_length  INTEGER NOT NULL DEFAULT 0,
  manifest_sha256  TEXT,
  manifest_checked INTEGER,
  manifest_problem TEXT,
  verified_at      INTEGER,
  opened_at        INTEGER,
  damage           TEXT,
  pinned           INTEGER NOT NULL DEFAULT 0,
  shrunk           INTEGER NOT NULL DEFAULT 0,
  shrink_accepted  INTEGER NOT NULL DEFAULT 0,
  deleting_since   INTEGER,
  PRIMARY KEY (folder_id, seq)
);
CREATE UNIQUE INDEX backup_snapshot_by_id ON backup_snapshot (id);
CREATE UNIQUE INDEX backup_snapshot_by_name ON backup_snapshot (folder_id, name);

CREATE TABLE backup_object (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  folder_id    TEXT NOT NULL REFERENCES backup_folder (id),
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  content      TEXT NOT NULL,
  plain_length INTEGER NOT NULL,
  length       INTEGER NOT NULL,
  sha256       TEXT NOT NULL,
  generation   INTEGER NOT NULL,
  stored_at    INTEGER NOT NULL,
  health       TEXT NOT NULL,
  problem      TEXT,
  checked_at   INTEGER NOT NULL
);
CREATE UNIQUE INDEX backup_object_by_name ON backup_object (folder_id, name);
CREATE INDEX backup_object_by_check ON backup_object (folder_id, checked_at);

-- Which snapshots use an object: those from from_seq to to_seq (null: up to the newest). A snapshot that changes little costs few rows.
CREATE TABLE backup_object_use (
  folder_id TEXT NOT NULL,
  object_id INTEGER NOT NULL REFERENCES backup_object (id) ON DELETE CASCADE,
  from_seq  INTEGER NOT NULL,
  to_seq    INTEGER,
  PRIMARY KEY (object_id, from_seq)
) WITHOUT ROWID;
CREATE INDEX backup_object_use_open ON backup_object_use (folder_id) WHERE to_seq IS NULL;
CREATE INDEX backup_object_use_by_folder ON backup_object_use (folder_id, from_seq);

-- Something that a person should know: told once when it begins and once when it ends.
CREATE TABLE alarm (
  id         TEXT PRIMARY KEY,
  owner      TEXT NOT NULL,
  kind       TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES backup_account (id) ON DELETE CASCADE,
  plan_id    TEXT REFERENCES backup_plan (id) ON DELETE SET NULL,
  message    TEXT NOT NULL,
  raised_at  INTEGER NOT NULL,
  ended_at   INTEGER
);
CREATE UNIQUE INDEX alarm_one_open ON alarm (account_id, kind) WHERE ended_at IS NULL;
CREATE INDEX alarm_by_owner ON alarm (owner, raised_at);

-- A host that asked to be left alone until a time: for all workers, and over restarts.
CREATE TABLE host_pause (
  host     TEXT PRIMARY KEY,
  until_at INTEGER NOT NULL
);

-- How a message goes out, and to whom where that is not in the settings.
ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT 'webhook';
ALTER TABLE outbox ADD COLUMN target TEXT;
CREATE INDEX outbox_by_subject ON outbox (subject);
