-- Marks a database that the demo made: real data never goes into it, and the demo never into another one. When the first steps of an
-- installation last succeeded, as GET /setup shows.
-- Lock: none on existing tables.
-- Disk: one row, in a demo alone; at most one row for each step.
-- Rollback: DROP TABLE demo_data, setup_facts; release 0.1.0 does not notice them.
CREATE TABLE demo_data (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  since timestamptz NOT NULL
);
CREATE TABLE setup_facts (
  fact text PRIMARY KEY CHECK (fact IN ('channel_tested', 'backup_written', 'heartbeat_answered')),
  at timestamptz NOT NULL
);
