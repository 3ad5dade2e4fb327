-- Which blobs are in an object that is a pack: for each 32 bytes of SHA-256, 8 of offset and 4 of length, big-endian.
CREATE TABLE backup_pack (
  object_id bigint PRIMARY KEY REFERENCES backup_object (id) ON DELETE CASCADE,
  blobs     bytea NOT NULL
);
