-- Event identity of version 2 (docs/decisions/0016), and what tells the commit of one group of writes from every other one.
-- Lock: ACCESS EXCLUSIVE on event_keys, quarantine and schema_migrations for a moment; no table is rewritten or read.
-- Disk: 8 bytes for each event stored from now on.
-- Rollback: none is needed; release 0.1.0 reads and writes these tables as before.
ALTER TABLE event_keys ADD COLUMN group_id integer;
ALTER TABLE quarantine ADD COLUMN group_id integer;

-- A server meets migrations that it does not know while a newer one is beside it. Only a breaking one keeps it from starting.
ALTER TABLE schema_migrations ADD COLUMN breaking boolean NOT NULL DEFAULT false;

-- When ids of version 1 were last written; null when no event has such an id any more.
CREATE TABLE identity_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  former_written_at timestamptz
);
INSERT INTO identity_state (former_written_at)
SELECT CASE WHEN EXISTS (SELECT FROM event_keys) THEN now() END;
