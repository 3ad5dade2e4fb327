-- The key pair with which this instance signs its reports and manifests: one row.
CREATE TABLE instance_key (
  id         integer PRIMARY KEY CHECK (id = 1),
  did_key    text NOT NULL,
  key_id     text NOT NULL,
  sealed     bytea NOT NULL,
  created_at bigint NOT NULL
);
