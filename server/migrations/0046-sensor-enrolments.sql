-- Sensors that are being added: each has a token that is exchanged once for a key. Only the hash of the token is stored.
-- Lock: none on existing tables.
-- Disk: a row for each sensor that is added; those of more than a week ago are removed when another one is added.
-- Rollback: DROP TABLE sensor_enrolments; an older release does not notice it, and keys that were given stay valid.
CREATE TABLE sensor_enrolments (
  id uuid PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  sensor_id text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  enrolled_at timestamptz,
  key_id uuid
);
