-- Marks a database that the demo made: real data never goes into it, and the demo never into another one.
-- Lock: none on existing tables.
-- Disk: one row, in a demo alone.
-- Rollback: DROP TABLE demo_data; release 0.1.0 does not notice it.
CREATE TABLE demo_data (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  since timestamptz NOT NULL
);
