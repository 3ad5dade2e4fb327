-- All times are milliseconds since 1970 UTC by this database's clock, so that workers with differing clocks agree about leases.
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

CREATE TABLE migration (
  id               text PRIMARY KEY,
  owner            text NOT NULL,
  did              text NOT NULL,
  request          text NOT NULL,
  request_version  bigint NOT NULL,
  progress         text NOT NULL,
  progress_version bigint NOT NULL,
  state            text NOT NULL,
  hold_cause       text,
  -- Started and not over: nobody else may move this account meanwhile.
  running          boolean NOT NULL DEFAULT false,
  -- The person asked for the way back of a finished move.
  way_back         boolean NOT NULL DEFAULT false,
  -- Migrations of one queue (one server) share a limit while they copy.
  queue            text NOT NULL,
  -- The request changed after the last run began.
  asked            boolean NOT NULL DEFAULT false,
  wake_at          bigint,
  fence            bigint NOT NULL DEFAULT 0,
  -- Set while a worker holds the migration. Still set and expired: that worker died, so the migration is due.
  lease_holder     text,
  lease_until      bigint,
  created_at       bigint NOT NULL,
  updated_at       bigint NOT NULL,
  CHECK ((lease_holder IS NULL) = (lease_until IS NULL))
);
CREATE UNIQUE INDEX migration_one_draft ON migration (owner, did) WHERE state = 'Draft';
CREATE UNIQUE INDEX migration_one_running ON migration (did) WHERE running;
CREATE INDEX migration_by_owner ON migration (owner, created_at);
CREATE INDEX migration_by_wake ON migration (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX migration_by_asked ON migration (id) WHERE asked;
CREATE INDEX migration_by_lease ON migration (lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE migration_step (
  migration_id text NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
  step         text NOT NULL,
  attempt      bigint NOT NULL,
  fence        bigint NOT NULL,
  started_at   bigint NOT NULL,
  ended_at     bigint,
  outcome      text,
  PRIMARY KEY (migration_id, step, attempt)
);
CREATE UNIQUE INDEX migration_step_one_open ON migration_step (migration_id) WHERE ended_at IS NULL;

CREATE TABLE migration_event (
  seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  migration_id text NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
  at           bigint NOT NULL,
  step         text,
  text         text NOT NULL
);
CREATE INDEX migration_event_by_migration ON migration_event (migration_id, seq);

CREATE TABLE migration_live (
  migration_id text PRIMARY KEY REFERENCES migration (id) ON DELETE CASCADE,
  step         text NOT NULL,
  done         bigint NOT NULL,
  total        bigint,
  bytes_done   bigint NOT NULL,
  bytes_total  bigint,
  at           bigint NOT NULL
);

CREATE TABLE blob_ledger (
  migration_id text NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
  cid          text NOT NULL,
  state        text NOT NULL,
  size         bigint,
  mime_type    text,
  used_by      text,
  reason       text,
  PRIMARY KEY (migration_id, cid)
);
CREATE INDEX blob_ledger_by_state ON blob_ledger (migration_id, state) INCLUDE (size);

CREATE TABLE secret (
  migration_id text NOT NULL REFERENCES migration (id) ON DELETE CASCADE,
  name         text NOT NULL,
  key_id       text NOT NULL,
  sealed       bytea NOT NULL,
  updated_at   bigint NOT NULL,
  PRIMARY KEY (migration_id, name)
);

-- One row, sealed with the master key: shows at the start whether the key is the right one.
CREATE TABLE key_check (
  id     integer PRIMARY KEY CHECK (id = 1),
  key_id text NOT NULL,
  sealed bytea NOT NULL
);

CREATE TABLE audit (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      bigint NOT NULL,
  actor   text NOT NULL,
  action  text NOT NULL,
  owner   text NOT NULL,
  subject text NOT NULL,
  detail  text
);
CREATE INDEX audit_by_subject ON audit (subject, id);
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_keep_rows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_keep_table BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

CREATE TABLE outbox (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind       text NOT NULL,
  owner      text NOT NULL,
  subject    text NOT NULL,
  payload    text NOT NULL,
  created_at bigint NOT NULL,
  -- When it is tried next; null once it was sent or given up.
  next_at    bigint,
  attempts   integer NOT NULL DEFAULT 0,
  sent_at    bigint,
  last_error text
);
CREATE INDEX outbox_by_next ON outbox (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE signin_link (
  token_hash bytea PRIMARY KEY,
  owner      text NOT NULL,
  expires_at bigint NOT NULL
);

CREATE TABLE signin_session (
  id_hash      bytea PRIMARY KEY,
  owner        text NOT NULL,
  created_at   bigint NOT NULL,
  last_seen_at bigint NOT NULL,
  idle_ms      bigint NOT NULL,
  expires_at   bigint NOT NULL
);
CREATE INDEX signin_session_by_owner ON signin_session (owner);
