-- Sensors that fall silent: their heartbeats, what is expected of them, and how the leader judges each of them once a minute.
-- Lock: none on existing tables.
-- Disk: about 1 KB for each sensor, which is written anew once a minute while the sensor is active; vacuum keeps it at about twice that. At most
--   10,000 sensors are judged.
-- Rollback: DROP TABLE sensor_heartbeats, sensor_senders, sensor_expectations, sensor_states, sensor_clock; an older release does not notice them.
CREATE TABLE sensor_heartbeats (
  sensor_id text PRIMARY KEY,
  first_received_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  sent_at timestamptz NOT NULL,
  software text,
  version text,
  spooled_bytes bigint,
  key_id uuid,
  -- Of the newest 15 heartbeats, oldest first: seconds since the heartbeat before, and seconds from the sender's clock to the receipt.
  gaps real[] NOT NULL DEFAULT '{}',
  delays real[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 70);
-- How many sensors a key sent heartbeats of.
CREATE INDEX sensor_heartbeats_key ON sensor_heartbeats (key_id);

-- Who sends as a sensor: instances of software, and keys. Two that send by turns are two hosts with one name.
CREATE TABLE sensor_senders (
  sensor_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('instance', 'key')),
  sender uuid NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (sensor_id, kind, sender)
) WITH (fillfactor = 70);

-- What an administrator said of a sensor. A sensor without a row is judged by what it sent.
CREATE TABLE sensor_expectations (
  sensor_id text PRIMARY KEY,
  expected text NOT NULL CHECK (expected IN ('automatic', 'yes', 'no')),
  until timestamptz,
  silence_limit_seconds integer CHECK (silence_limit_seconds BETWEEN 60 AND 2592000),
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL
);

-- What the leader found at its last look at each sensor.
CREATE TABLE sensor_states (
  sensor_id text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('active', 'no_data', 'unknown')),
  since timestamptz NOT NULL,
  expected boolean NOT NULL,
  judged_by text CHECK (judged_by IN ('own_limit', 'heartbeat', 'events')),
  limit_seconds integer,
  -- The newest event or heartbeat that was counted, and the seconds of the platform's own time (sensor_clock) at which it came.
  heard_at timestamptz NOT NULL,
  heard_at_seconds double precision NOT NULL,
  first_at_seconds double precision NOT NULL,
  -- The newest event that was counted, by the clock of the sensor.
  seen_at timestamptz,
  -- The newest event and its second of the platform's own time; and how often gaps of each length came between events, see cadence.ts.
  event_at timestamptz,
  event_at_seconds double precision,
  gap_weights real[] NOT NULL DEFAULT '{}',
  gaps integer NOT NULL DEFAULT 0,
  -- Of the newest 15 looks that found live events: seconds from the sensor's clock to the receipt.
  delays real[] NOT NULL DEFAULT '{}',
  clock_skew_seconds real,
  duplicate boolean NOT NULL DEFAULT false
) WITH (fillfactor = 60);
CREATE INDEX sensor_states_silent ON sensor_states (since) WHERE state = 'no_data' AND expected;

-- The time during which the platform could receive: it stands still while no server runs or the database is away.
CREATE TABLE sensor_clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  looked_at timestamptz NOT NULL,
  seconds double precision NOT NULL,
  resumed_at_seconds double precision NOT NULL
);
