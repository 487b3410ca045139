-- What each key holds in the quarantine (docs/decisions/0020), and of which records only the two ends are kept.
-- Lock: ACCESS EXCLUSIVE on quarantine while it is read once: ingest waits, about 1 s for a million records. No record is rewritten.
-- Disk: 32 bytes for each record stored from now on, and an index of about 50 bytes for each record.
-- Rollback: DROP TRIGGER quarantine_stored, quarantine_removed ON quarantine; release 0.1.0 reads and writes the table as before.
ALTER TABLE quarantine
  -- The id of the key that it came with; all zeros: without one; all ones: stored by release 0.1.0, which did not say.
  ADD COLUMN key_id uuid NOT NULL DEFAULT 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  -- Of the record as it came, also where `body` holds its two ends alone. Null: stored by release 0.1.0.
  ADD COLUMN full_size bigint,
  ADD COLUMN sha256 bytea,
  ADD COLUMN truncated boolean NOT NULL DEFAULT false;
CREATE INDEX quarantine_of_key ON quarantine (key_id, received_at, id);
-- Its rows are few and large: a fifth of them may be dead by default, which is more than the shares allow.
ALTER TABLE quarantine SET (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
  toast.autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_threshold = 10000
);

-- What a record counts for: its bytes, its detail, and about what its row and its index entries take.
CREATE FUNCTION quarantine_charge(body bytea, detail text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT octet_length(body)::bigint + octet_length(detail) + 256 $$;

-- One row a key, changed in the transaction that stores or removes records.
CREATE TABLE quarantine_usage (
  key_id uuid PRIMARY KEY,
  records bigint NOT NULL,
  bytes bigint NOT NULL,
  evicted_records bigint NOT NULL DEFAULT 0,
  evicted_bytes bigint NOT NULL DEFAULT 0,
  last_evicted_at timestamptz
) WITH (fillfactor = 70);
INSERT INTO quarantine_usage (key_id, records, bytes)
SELECT key_id, count(*), sum(quarantine_charge(body, detail)) FROM quarantine GROUP BY key_id;

CREATE FUNCTION count_quarantine() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- In key order, so that concurrent statements never deadlock.
  INSERT INTO quarantine_usage AS u (key_id, records, bytes)
  SELECT key_id, TG_ARGV[0]::int * count(*), TG_ARGV[0]::int * sum(quarantine_charge(body, detail))
  FROM changed GROUP BY key_id ORDER BY key_id
  ON CONFLICT (key_id) DO UPDATE SET records = u.records + excluded.records, bytes = u.bytes + excluded.bytes;
  RETURN NULL;
END
$$;
CREATE TRIGGER quarantine_stored AFTER INSERT ON quarantine
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_quarantine('1');
CREATE TRIGGER quarantine_removed AFTER DELETE ON quarantine
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_quarantine('-1');
