-- When backups were restored: the time between a backup and its restore was never measured here, so it is no outage.
-- Lock: none on a table that exists.
-- Disk: one row for each restore.
-- Rollback: DROP TABLE restores; release 0.1.0 neither reads nor writes it.
CREATE TABLE restores (
  restored_at timestamptz PRIMARY KEY,
  backup_made_at timestamptz NOT NULL
);
