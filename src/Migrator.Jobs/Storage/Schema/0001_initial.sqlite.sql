-- All times are milliseconds since 1970 UTC; now_ms() is registered on every connection (Database.cs).
CREATE TABLE migration (
  id               TEXT PRIMARY KEY,
  owner            TEXT NOT NULL,
  did              TEXT NOT NULL,
  request          TEXT NOT NULL,
  request_version  INTEGER NOT NULL,
  progress         TEXT NOT NULL,
  progress_version INTEGER NOT NULL,
  state            TEXT NOT NULL,
  hold_cause       TEXT,
  -- Started and not over: nobody else may move this account meanwhile.
  running          INTEGER NOT NULL DEFAULT 0,
  -- The person asked for the way back of a finished move.
  way_back         INTEGER NOT NULL DEFAULT 0,
  -- Migrations of one queue (one server) share a limit while they copy.
  queue            TEXT NOT NULL,
  -- The request changed after the last run began.
  asked            INTEGER NOT NULL DEFAULT 0,
  wake_at          INTEGER,
  fence            INTEGER NOT NULL DEFAULT 0,
  -- Set while a worker holds the migration. Still set and expired: that worker died, so the migration is due.
  lease_holder     TEXT,
  lease_until      INTEGER,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
);
CREATE UNIQUE INDEX migration_one_draft ON migration (owner, did) WHERE state = 'Draft';
CREATE UNIQUE INDEX migration_one_running ON migration (did) WHERE running;
CREATE INDEX migration_by_owner ON migration (owner, created_at);
CREATE INDEX migration_by_wake ON migration (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX migration_by_asked ON migration (id) WHERE asked;
CREATE INDEX migration_by_lease ON migration (lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE migration_step (
  migration_id TEXT NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
  step         TEXT NOT NULL,
  attempt      INTEGER NOT NULL,
  fence        INTEGER NOT NULL,
  started_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  outcome      TEXT,
  PRIMARY KEY (migration_id, step, attempt)
);
CREATE UNIQUE INDEX migration_step_one_open ON migration_step (migration_id) WHERE ended_at IS NULL;

CREATE TABLE migration_event (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  migration_id TEXT NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
  at           INTEGER NOT NULL,
  step         TEXT,
  text         TEXT NOT NULL
);
CREATE INDEX migration_event_by_migration ON migration_event (migration_id, seq);

CREATE TABLE migration_live (
  migration_id TEXT PRIMARY KEY REFERENCES migration (id) ON DELETE CASCADE,
  step         TEXT NOT NULL,
  done         INTEGER NOT NULL,
  total        INTEGER,
  bytes_done   INTEGER NOT NULL,
  bytes_total  INTEGER,
  at           INTEGER NOT NULL
);

CREATE TABLE blob_ledger (
  migration_id TEXT NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
  cid          TEXT NOT NULL,
  state        TEXT NOT NULL,
  size         INTEGER,
  mime_type    TEXT,
  used_by      TEXT,
  reason       TEXT,
  PRIMARY KEY (migration_id, cid)
) WITHOUT ROWID;
CREATE INDEX blob_ledger_by_state ON blob_ledger (migration_id, state, size);

CREATE TABLE secret (
  migration_id TEXT NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  key_id       TEXT NOT NULL,
  sealed       BLOB NOT NULL,
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (migration_id, name)
);

-- One row, sealed with the master key: shows at the start whether the key is the right one.
CREATE TABLE key_check (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  key_id TEXT NOT NULL,
  sealed BLOB NOT NULL
);

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  owner   TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail  TEXT
);
CREATE INDEX audit_by_subject ON audit (subject, id);
CREATE TRIGGER audit_keep_updated BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_keep_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE outbox (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL,
  owner      TEXT NOT NULL,
  subject    TEXT NOT NULL,
  payload    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- When it is tried next; null once it was sent or given up.
  next_at    INTEGER,
  attempts   INTEGER NOT NULL DEFAULT 0,
  sent_at    INTEGER,
  last_error TEXT
);
CREATE INDEX outbox_by_next ON outbox (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE signin_link (
  token_hash BLOB PRIMARY KEY,
  owner      TEXT NOT NULL,
  expires_at INTEGER NOT NULL
);

CREATE TABLE signin_session (
  id_hash      BLOB PRIMARY KEY,
  owner        TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  idle_ms      INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL
);
CREATE INDEX signin_session_by_owner ON signin_session (owner);
