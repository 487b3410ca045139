-- How long data is kept, once an administrator has said so; no row until then.
CREATE TABLE retention_setting (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  days integer NOT NULL CHECK (days BETWEEN 1 AND 3650),
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL
);
