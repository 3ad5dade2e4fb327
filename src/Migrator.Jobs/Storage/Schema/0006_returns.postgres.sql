-- One for each bringing back, so that it is known afterwards how far it came. What opens the snapshot is never stored, so none goes on
-- by itself after its process has ended.
CREATE TABLE account_return (
  id          text PRIMARY KEY,
  owner       text NOT NULL,
  snapshot_id text NOT NULL,
  -- What is shown of it, as JSON.
  shown       text NOT NULL,
  started_at  bigint NOT NULL,
  ended_at    bigint,
  -- Not over and not renewed until this time: its process has ended.
  alive_until bigint NOT NULL
);
CREATE INDEX account_return_by_owner ON account_return (owner, started_at);
CREATE INDEX account_return_open ON account_return (alive_until) WHERE ended_at IS NULL;
