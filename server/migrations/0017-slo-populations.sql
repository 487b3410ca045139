-- When the populations of the objectives changed: what was counted before was counted by another rule, and is not judged by the new one.
-- The first row is the upgrade from release 0.1.0, which counted every request; a new database has none.
-- Lock: none on tables that are in use.
-- Disk: one row a change.
-- Rollback: none is needed; release 0.1.0 does not read this table.
CREATE TABLE slo_population_changes (
  changed_at timestamptz PRIMARY KEY
);
INSERT INTO slo_population_changes SELECT now() WHERE EXISTS (SELECT FROM signals);
