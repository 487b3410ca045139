-- Files that attackers brought: what is known of them, and where they were seen. Their bytes are in DATA_DIR/evidence.
-- Lock: none on existing tables.
-- Disk: about 500 bytes a file and 300 a sighting, bounded by EVIDENCE_MAX_FILES_PER_KEY and by 1,000 sightings a file.
-- Rollback: DROP TABLE evidence_sightings, evidence_files, evidence_usage; DROP FUNCTION count_removed_evidence; an older release notices none of them.
CREATE TABLE evidence_files (
  sha256 bytea PRIMARY KEY,
  -- The second key of the order of lists.
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  bytes bigint NOT NULL,
  type text NOT NULL,
  -- Of the key that sent it first; empty without a key. Its share counts it.
  key_id text NOT NULL,
  first_received_at timestamptz NOT NULL,
  last_received_at timestamptz NOT NULL,
  sightings integer NOT NULL DEFAULT 0,
  hold_reason text,
  hold_set_by text,
  hold_since timestamptz
);
CREATE INDEX evidence_files_newest ON evidence_files (first_received_at, id);

CREATE TABLE evidence_sightings (
  sha256 bytea NOT NULL REFERENCES evidence_files ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  sensor_id text NOT NULL,
  session_key text NOT NULL,
  name text NOT NULL,
  -- Null until a session is known whose identity the sensor, the key of the session and an address give.
  session_id uuid,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (sha256, sensor_id, session_key, name)
);
CREATE INDEX evidence_sightings_newest ON evidence_sightings (sha256, received_at, id);
CREATE INDEX evidence_sightings_session ON evidence_sightings (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX evidence_sightings_untied ON evidence_sightings (sensor_id, received_at) WHERE session_id IS NULL;

CREATE TABLE evidence_usage (
  key_id text PRIMARY KEY,
  files bigint NOT NULL,
  bytes bigint NOT NULL
);

-- Whoever removes files: what a key holds is right afterwards.
CREATE FUNCTION count_removed_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE evidence_usage u SET files = u.files - g.files, bytes = u.bytes - g.bytes
  FROM (SELECT key_id, count(*) AS files, sum(bytes) AS bytes FROM gone GROUP BY key_id) g
  WHERE u.key_id = g.key_id;
  RETURN NULL;
END $$;
CREATE TRIGGER evidence_removed AFTER DELETE ON evidence_files REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION count_removed_evidence();
