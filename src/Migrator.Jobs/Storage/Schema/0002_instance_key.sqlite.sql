-- The key pair with which this instance signs its reports and manifests: one row.
CREATE TABLE instance_key (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  did_key    TEXT NOT NULL,
  key_id     TEXT NOT NULL,
  sealed     BLOB NOT NULL,
  created_at INTEGER NOT NULL
);
