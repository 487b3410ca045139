-- The audit log: who changed what. Entries are only ever added, each with the hash of the one before; what is personal or long stands in a table
-- of its own, of which the entry keeps the digest alone, so that it can be erased without breaking the chain.
-- Lock: none on existing tables.
-- Disk: some 500 bytes an entry; entries are kept for 400 days.
-- Rollback: DROP TABLE audit_details, audit_entries, audit_state; DROP FUNCTION audit_refuse_change; release 0.1.0 does not notice them.
CREATE TABLE audit_entries (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  at timestamptz NOT NULL,
  action text NOT NULL CHECK (length(action) BETWEEN 1 AND 100),
  outcome text NOT NULL CHECK (outcome IN ('succeeded', 'refused')),
  actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'key', 'command', 'system', 'unknown')),
  count integer NOT NULL CHECK (count > 0),
  detail_digest bytea NOT NULL CHECK (octet_length(detail_digest) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_entries_at ON audit_entries (at);

CREATE TABLE audit_details (
  seq bigint PRIMARY KEY,
  -- Without it, the digest of an erased detail would betray what few values it can have had.
  salt bytea NOT NULL CHECK (octet_length(salt) = 16),
  actor text,
  -- JSON, byte for byte as it was digested.
  detail text NOT NULL CHECK (octet_length(detail) <= 65536)
);
CREATE INDEX audit_details_actor ON audit_details (actor);

-- One row: where the chain begins now that its oldest entries are removed, and how far it was forwarded.
CREATE TABLE audit_state (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  first_seq bigint NOT NULL DEFAULT 1,
  previous_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
  forwarded_seq bigint NOT NULL DEFAULT 0
);
INSERT INTO audit_state DEFAULT VALUES;

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Retention removes the oldest, and a restore everything.
  IF TG_OP <> 'UPDATE' AND current_setting('eviltwin.audit_removal', true) = 'on' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'entries of the audit log are only added';
END
$$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
  FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
