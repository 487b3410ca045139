-- Recordings of terminals, in chunks of asciicast v2, and how much of them each key holds.
-- Lock: none on existing tables.
-- Disk: what is sent, compressed to about a tenth, up to RECORDINGS_MAX_BYTES; removed with the retention.
-- Rollback: DROP TABLE recording_chunks, recordings, recording_usage; DROP FUNCTION count_removed_recordings; an older release notices none of them.
CREATE TABLE recordings (
  -- Made of the sensor, its key of the session and its name of the recording.
  id uuid PRIMARY KEY,
  sensor_id text NOT NULL,
  session_key text NOT NULL,
  name text NOT NULL,
  -- Null until a session is known whose identity the sensor, the key of the session and an address give.
  session_id uuid,
  -- Of the key that sent the first chunk; empty without a key.
  key_id text NOT NULL,
  format text NOT NULL,
  -- Of a recording that was sent whole.
  content_sha256 bytea,
  created_at timestamptz NOT NULL,
  last_received_at timestamptz NOT NULL,
  width integer,
  height integer,
  duration double precision NOT NULL DEFAULT 0,
  chunks integer NOT NULL DEFAULT 0,
  -- The number of the chunk that ends it; null while it is not known.
  final_chunk integer,
  bytes bigint NOT NULL DEFAULT 0,
  -- What it counts for in recording_usage.
  stored_bytes bigint NOT NULL DEFAULT 0
);
CREATE INDEX recordings_session ON recordings (session_id, created_at, id) WHERE session_id IS NOT NULL;
CREATE INDEX recordings_untied ON recordings (sensor_id, created_at) WHERE session_id IS NULL;
CREATE INDEX recordings_received ON recordings USING brin (last_received_at);

CREATE TABLE recording_chunks (
  recording_id uuid NOT NULL REFERENCES recordings ON DELETE CASCADE,
  n integer NOT NULL,
  -- Of the bytes as they were sent.
  sha256 bytea NOT NULL,
  -- Lines of asciicast v2, compressed with Brotli.
  content bytea NOT NULL,
  bytes integer NOT NULL,
  first_time double precision,
  last_time double precision,
  PRIMARY KEY (recording_id, n)
);
ALTER TABLE recording_chunks ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE recording_usage (
  key_id text PRIMARY KEY,
  recordings bigint NOT NULL,
  bytes bigint NOT NULL
);

-- Whoever removes recordings: what a key holds is right afterwards.
CREATE FUNCTION count_removed_recordings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE recording_usage u SET recordings = u.recordings - g.recordings, bytes = u.bytes - g.bytes
  FROM (SELECT key_id, count(*) AS recordings, sum(stored_bytes) AS bytes FROM gone GROUP BY key_id) g
  WHERE u.key_id = g.key_id;
  RETURN NULL;
END $$;
CREATE TRIGGER recordings_removed AFTER DELETE ON recordings REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION count_removed_recordings();
