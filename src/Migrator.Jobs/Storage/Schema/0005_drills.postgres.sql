-- One for each drill of a snapshot. The lease works like that of a migration.
CREATE TABLE drill (
  id            text PRIMARY KEY,
  owner         text NOT NULL,
  account_id    text NOT NULL REFERENCES backup_account (id) ON DELETE CASCADE,
  vault_id      text NOT NULL,
  snapshot_id   text NOT NULL,
  snapshot_name text NOT NULL,
  taken_at      bigint NOT NULL,
  why           text NOT NULL,
  -- Where the key comes from: the memory of one process, or the sealed secrets.
  key_from      text NOT NULL,
  state         text NOT NULL,
  message       text,
  -- How often it was begun: one that is killed again and again is given up.
  starts        bigint NOT NULL DEFAULT 0,
  progress      text,
  progress_at   bigint,
  -- What the report says in short, and the report, both as JSON.
  summary       text,
  report        text,
  asked_at      bigint NOT NULL,
  started_at    bigint,
  ended_at      bigint,
  asked         boolean NOT NULL DEFAULT false,
  wake_at       bigint,
  fence         bigint NOT NULL DEFAULT 0,
  lease_holder  text,
  lease_until   bigint,
  updated_at    bigint NOT NULL,
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
  account_id  text PRIMARY KEY REFERENCES backup_account (id) ON DELETE CASCADE,
  owner       text NOT NULL,
  every       text NOT NULL,
  -- The key is kept here, sealed, since then.
  escrowed_at bigint,
  -- The next drill by the schedule; null: none is planned.
  next_at     bigint,
  -- Without a result before this time it is overdue.
  late_at     bigint,
  updated_at  bigint NOT NULL
);
CREATE INDEX drill_setting_by_next ON drill_setting (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX drill_setting_by_late ON drill_setting (late_at) WHERE late_at IS NOT NULL;

-- The one place for a sandbox on each machine, and which drill has it.
CREATE TABLE drill_place (
  machine  text PRIMARY KEY,
  drill_id text
);
