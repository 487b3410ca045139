-- Which sensors each key may speak for (docs/decisions/0022), and for which it did.
-- Lock: ACCESS EXCLUSIVE on api_keys and quarantine for a moment; neither is rewritten, and no row of the quarantine is read.
-- Disk: about 100 bytes for each key and sensor that it sent records of; at most 1,101 sensors of a key.
-- Rollback: DROP TABLE key_sensors; ALTER TABLE api_keys DROP COLUMN kind, DROP COLUMN sensor_ids, DROP COLUMN bound_by, DROP COLUMN bound_at;
-- ALTER TABLE quarantine DROP COLUMN envelope_time. An older release gives every event of a bound key to its sensor, and lets every other key
-- speak for any.
ALTER TABLE api_keys
  -- A key that an older release adds, or that sends no events, is a collector for any sensor: what it was before.
  ADD COLUMN kind text NOT NULL DEFAULT 'collector' CHECK (kind IN ('sensor', 'collector')),
  -- Of a collector; null: any sensor.
  ADD COLUMN sensor_ids text[] CHECK (cardinality(sensor_ids) BETWEEN 1 AND 1000),
  -- Null where the key is bound to nothing.
  ADD COLUMN bound_by text CHECK (bound_by IN ('operator', 'first_use')),
  ADD COLUMN bound_at timestamptz;
UPDATE api_keys SET kind = 'sensor', bound_by = 'operator', bound_at = created_at WHERE sensor_id IS NOT NULL;

-- The time that the envelope of a quarantined record states, where the record itself may state none.
ALTER TABLE quarantine ADD COLUMN envelope_time text;

-- Which sensors a key sent records of: accepted where it may speak for any, and refused where it may not speak for that sensor.
-- An empty `sensor_id` stands for further sensors, beyond what is kept of one key.
CREATE TABLE key_sensors (
  key_id uuid NOT NULL,
  allowed boolean NOT NULL,
  sensor_id text NOT NULL,
  records bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (key_id, allowed, sensor_id)
);
CREATE INDEX key_sensors_refused ON key_sensors (last_at) WHERE NOT allowed;
