-- What is kept sealed beside the secrets of migrations: vaults' credentials, sign-ins for backups, addresses that are secrets.
CREATE TABLE sealed_secret (
  scope      text NOT NULL,
  id         text NOT NULL,
  name       text NOT NULL,
  owner      text NOT NULL,
  key_id     text NOT NULL,
  sealed     bytea NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (scope, id, name)
);

CREATE TABLE backup_vault (
  id         text PRIMARY KEY,
  owner      text NOT NULL,
  name       text NOT NULL,
  -- Where it is, as JSON without credentials.
  settings   text NOT NULL,
  place      text NOT NULL,
  -- The id in the vault's marker object: shows when another folder or bucket stands in its place.
  marker_id  text NOT NULL,
  trial      text,
  created_at bigint NOT NULL
);
CREATE UNIQUE INDEX backup_vault_by_marker ON backup_vault (owner, marker_id);

CREATE TABLE backup_key (
  id              text PRIMARY KEY,
  owner           text NOT NULL,
  name            text NOT NULL,
  recipient       text NOT NULL,
  made            boolean NOT NULL,
  proven_at       bigint,
  -- SHA-256 of the code that the last challenge holds.
  challenge       bytea,
  challenge_until bigint,
  created_at      bigint NOT NULL
);
CREATE UNIQUE INDEX backup_key_by_recipient ON backup_key (owner, recipient);

CREATE TABLE backup_plan (
  id                text PRIMARY KEY,
  owner             text NOT NULL,
  name              text NOT NULL,
  paused            boolean NOT NULL DEFAULT false,
  -- Null: the accounts were named one by one.
  server            text,
  every_hours       integer,
  cron              text,
  time_zone         text NOT NULL,
  jitter_minutes    integer NOT NULL,
  -- "Every N hours" counts from here.
  anchor_at         bigint NOT NULL,
  retention         text NOT NULL,
  verify_every_days integer NOT NULL,
  grace_minutes     integer NOT NULL,
  notify_email      text,
  has_success_url   boolean NOT NULL DEFAULT false,
  -- The newest time of the schedule since which every account was backed up, and that was told to the success address.
  round_slot        bigint NOT NULL DEFAULT 0,
  members_at        bigint,
  members_next_at   bigint,
  members_problem   text,
  created_at        bigint NOT NULL
);
CREATE INDEX backup_plan_by_owner ON backup_plan (owner, created_at);
CREATE INDEX backup_plan_by_members ON backup_plan (members_next_at) WHERE members_next_at IS NOT NULL;

CREATE TABLE backup_plan_vault (
  plan_id  text NOT NULL REFERENCES backup_plan (id) ON DELETE CASCADE,
  vault_id text NOT NULL REFERENCES backup_vault (id),
  place    integer NOT NULL,
  PRIMARY KEY (plan_id, vault_id)
);

CREATE TABLE backup_plan_key (
  plan_id text NOT NULL REFERENCES backup_plan (id) ON DELETE CASCADE,
  key_id  text NOT NULL REFERENCES backup_key (id),
  place   integer NOT NULL,
  PRIMARY KEY (plan_id, key_id)
);

-- One for each DID that is or was backed up for an owner. The lease works like that of a migration.
CREATE TABLE backup_account (
  id               text PRIMARY KEY,
  owner            text NOT NULL,
  did              text NOT NULL,
  handle           text,
  pds              text NOT NULL,
  -- Host and port of its server: accounts of one queue share a limit while they are fetched.
  queue            text NOT NULL,
  plan_id          text REFERENCES backup_plan (id) ON DELETE SET NULL,
  state            text NOT NULL,
  message          text,
  -- When the newest run that ended well began.
  last_good_at     bigint,
  last_snapshot_at bigint,
  -- When the next backup is tried; null: none is planned.
  backup_at        bigint,
  why              text NOT NULL,
  tries            integer NOT NULL DEFAULT 0,
  -- Without a good backup before this time it is late.
  late_at          bigint,
  -- Retention and reading what is stored.
  upkeep_at        bigint,
  verify_from      bigint,
  has_session      boolean NOT NULL DEFAULT false,
  asked            boolean NOT NULL DEFAULT false,
  wake_at          bigint,
  fence            bigint NOT NULL DEFAULT 0,
  lease_holder     text,
  lease_until      bigint,
  created_at       bigint NOT NULL,
  updated_at       bigint NOT NULL,
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
  id            text PRIMARY KEY,
  account_id    text NOT NULL REFERENCES backup_account (id) ON DELETE CASCADE,
  fence         bigint NOT NULL,
  why           text NOT NULL,
  started_at    bigint NOT NULL,
  ended_at      bigint,
  outcome       text,
  message       text,
  new_bytes     bigint NOT NULL DEFAULT 0,
  new_objects   integer NOT NULL DEFAULT 0,
  snapshot_name text
);
CREATE INDEX backup_run_by_account ON backup_run (account_id, started_at);
CREATE UNIQUE INDEX backup_run_one_open ON backup_run (account_id) WHERE ended_at IS NULL;

-- The place of one account in one vault for one set of recipients.
CREATE TABLE backup_folder (
  id         text PRIMARY KEY,
  vault_id   text NOT NULL,
  did        text NOT NULL,
  sealed_to  text NOT NULL,
  naming_key bytea NOT NULL,
  last_seq   bigint NOT NULL DEFAULT 0,
  objects    bigint NOT NULL DEFAULT 0,
  bytes      bigint NOT NULL DEFAULT 0,
  -- How far the reading of all stored bytes has come, when this pass began, and when the newest began that came to the end.
  verify_cursor text,
  verify_began  bigint,
  verify_whole  bigint,
  created_at bigint NOT NULL
);
CREATE UNIQUE INDEX backup_folder_by_account ON backup_folder (vault_id, did, sealed_to);
CREATE INDEX backup_folder_by_did ON backup_folder (did);

CREATE TABLE backup_snapshot (
  folder_id        text NOT NULL REFERENCES backup_folder (id),
  -- Counts the snapshots of a folder in the order in which they were begun.
  seq              bigint NOT NULL,
  id               text NOT NULL,
  name             text NOT NULL,
  taken_at         bigint NOT NULL,
  stage            text NOT NULL,
  -- Facts that never change, as JSON.
  facts            text NOT NULL,
  new_bytes        bigint NOT NULL,
  new_objects      integer NOT NULL DEFAULT 0,
  manifest_length  bigint NOT NULL DEFAULT 0,
  manifest_sha256  text,
  manifest_checked bigint,
  manifest_problem text,
  verified_at      bigint,
  opened_at        bigint,
  damage           text,
  pinned           boolean NOT NULL DEFAULT false,
  shrunk           boolean NOT NULL DEFAULT false,
  shrink_accepted  boolean NOT NULL DEFAULT false,
  deleting_since   bigint,
  PRIMARY KEY (folder_id, seq)
);
CREATE UNIQUE INDEX backup_snapshot_by_id ON backup_snapshot (id);
CREATE UNIQUE INDEX backup_snapshot_by_name ON backup_snapshot (folder_id, name);

CREATE TABLE backup_object (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  folder_id    text NOT NULL REFERENCES backup_folder (id),
  name         text NOT NULL,
  kind         text NOT NULL,
  content      text NOT NULL,
  plain_length bigint NOT NULL,
  length       bigint NOT NULL,
  sha256       text NOT NULL,
  generation   integer NOT NULL,
  stored_at    bigint NOT NULL,
  health       text NOT NULL,
  problem      text,
  checked_at   bigint NOT NULL
);
CREATE UNIQUE INDEX backup_object_by_name ON backup_object (folder_id, name);
CREATE INDEX backup_object_by_check ON backup_object (folder_id, checked_at);

-- Which snapshots use an object: those from from_seq to to_seq (null: up to the newest). A snapshot that changes little costs few rows.
CREATE TABLE backup_object_use (
  folder_id text NOT NULL,
  object_id bigint NOT NULL REFERENCES backup_object (id) ON DELETE CASCADE,
  from_seq  bigint NOT NULL,
  to_seq    bigint,
  PRIMARY KEY (object_id, from_seq)
);
CREATE INDEX backup_object_use_open ON backup_object_use (folder_id) WHERE to_seq IS NULL;
CREATE INDEX backup_object_use_by_folder ON backup_object_use (folder_id, from_seq);

-- Something that a person should know: told once when it begins and once when it ends.
CREATE TABLE alarm (
  id         text PRIMARY KEY,
  owner      text NOT NULL,
  kind       text NOT NULL,
  account_id text NOT NULL REFERENCES backup_account (id) ON DELETE CASCADE,
  plan_id    text REFERENCES backup_plan (id) ON DELETE SET NULL,
  message    text NOT NULL,
  raised_at  bigint NOT NULL,
  ended_at   bigint
);
CREATE UNIQUE INDEX alarm_one_open ON alarm (account_id, kind) WHERE ended_at IS NULL;
CREATE INDEX alarm_by_owner ON alarm (owner, raised_at);

-- A host that asked to be left alone until a time: for all workers, and over restarts.
CREATE TABLE host_pause (
  host     text PRIMARY KEY,
  until_at bigint NOT NULL
);

-- How a message goes out, and to whom where that is not in the settings.
ALTER TABLE outbox ADD COLUMN channel text NOT NULL DEFAULT 'webhook';
ALTER TABLE outbox ADD COLUMN target text;
CREATE INDEX outbox_by_subject ON outbox (subject);
