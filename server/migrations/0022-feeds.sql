-- What operators keep out of every export of indicators at once, and when each exported indicator was first listed, so that its STIX
-- object is created once. An index of the events that show files, from which feeds are made.
-- Lock: SHARE on events while its partitions are read once: writes wait, about 3 s for 10 million events.
-- Disk: 40 bytes for each event of a file, 100 for each indicator that was ever exported and is not yet forgotten.
-- Rollback: DROP TABLE feed_allowlist, feed_entries; DROP INDEX events_files; release 0.1.0 does not notice them.
CREATE TABLE feed_allowlist (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('network', 'domain')),
  value text NOT NULL,
  reason text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz
);

CREATE TABLE feed_entries (
  -- SHA-256 of type, a space, and value.
  digest bytea PRIMARY KEY,
  created_at timestamptz NOT NULL,
  -- The last day on which it was exported.
  listed_at timestamptz NOT NULL
);
CREATE INDEX feed_entries_listed ON feed_entries USING brin (listed_at);

CREATE INDEX events_files ON events (session_id) WHERE event_type IN ('file_download', 'file_upload');
