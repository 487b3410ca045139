-- The epoch of the leader, and the level that analysts know of a session that was scored again.
-- Lock: ACCESS EXCLUSIVE on sessions for a moment; no table is rewritten or read.
-- Disk: 8 to 12 bytes for each session that is scored again.
-- Rollback: none is needed; release 0.1.0 ignores the table and the columns.

-- Taken, one higher, by each process that wins leadership. What the leader writes is refused under an older one.
CREATE TABLE leader_epoch (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch bigint NOT NULL DEFAULT 0
);
INSERT INTO leader_epoch DEFAULT VALUES;

-- The level before re-scoring changed it: the one that was announced. It holds for this very version of the session only, so
-- that every later write, also one of 0.1.0, ends it.
ALTER TABLE sessions ADD COLUMN announced_level text, ADD COLUMN announced_version integer;
