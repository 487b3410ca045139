-- Attacks that the platform makes on its own sensors (docs/decisions/0029). What they bring is kept apart from events, sessions and alerts of
-- attackers: in tables of its own, which nothing but the feature reads.
-- Lock: ACCESS EXCLUSIVE on alert_queue for a moment; it is not rewritten.
-- Disk: a row of about 500 bytes for each attack, and the events of its session; both are removed after 30 days.
-- Rollback: stop the newer servers with SYNTHETIC_ATTACKS=off and wait until synthetic_events has no events of runs that are not verified;
--   DROP TABLE synthetic_targets, synthetic_runs, synthetic_sessions, synthetic_events, synthetic_alerts, synthetic_markers, service_tickets;
--   ALTER TABLE alert_queue DROP COLUMN synthetic_run. An older server attacks nothing, and takes what waits in alert_queue for an attacker's.
CREATE TABLE synthetic_targets (
  id uuid PRIMARY KEY,
  -- The way: log, hec, or the protocol of a sensor.
  kind text NOT NULL,
  name text NOT NULL,
  -- The platform keeps it itself, so that nobody changes or removes it.
  own boolean NOT NULL,
  enabled boolean NOT NULL,
  sensor_id text NOT NULL,
  -- The source address of the attacks as the sensor sees it.
  source_ip inet NOT NULL,
  -- Of a sensor that is attacked over the network.
  host text,
  port integer CHECK (port BETWEEN 1 AND 65535),
  interval_seconds integer NOT NULL CHECK (interval_seconds > 0),
  next_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text
);
CREATE UNIQUE INDEX synthetic_targets_own ON synthetic_targets (kind) WHERE own;

CREATE TABLE synthetic_runs (
  id uuid PRIMARY KEY,
  target_id uuid NOT NULL,
  target_name text NOT NULL,
  kind text NOT NULL,
  sensor_id text NOT NULL,
  source_ip inet NOT NULL,
  nonce bytea NOT NULL,
  -- SHA-256 of the marker, by which one that comes again is found.
  marker_digest bytea NOT NULL UNIQUE,
  -- The times between which the marker is good, in whole milliseconds.
  opens_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL,
  -- verified: session_id is the one session that brought the marker. failed: none did in time; what came is an attacker's.
  state text NOT NULL CHECK (state IN ('expected', 'verified', 'failed')),
  session_id uuid,
  threat_level text,
  threat_score real,
  alert_id uuid,
  attacked_at timestamptz,
  received_at timestamptz,
  durable_at timestamptz,
  scored_at timestamptz,
  alerted_at timestamptz,
  delivered_at timestamptz,
  acknowledged_at timestamptz,
  -- When it was judged, and how; null while it is under way.
  judged_at timestamptz,
  detected boolean,
  -- What kept it from being detected, or what its client met.
  failure text
);
CREATE UNIQUE INDEX synthetic_runs_expected ON synthetic_runs (sensor_id, source_ip) WHERE state = 'expected';
CREATE INDEX synthetic_runs_opened ON synthetic_runs (opens_at DESC, id DESC);
CREATE INDEX synthetic_runs_unjudged ON synthetic_runs (opens_at) WHERE judged_at IS NULL;

CREATE TABLE synthetic_sessions (
  id uuid PRIMARY KEY,
  run_id uuid NOT NULL REFERENCES synthetic_runs (id) ON DELETE CASCADE,
  -- The session as `sessions` would have it; its version counts writes.
  content jsonb NOT NULL,
  version integer NOT NULL
);
CREATE INDEX synthetic_sessions_run ON synthetic_sessions (run_id);

CREATE TABLE synthetic_events (
  id uuid PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES synthetic_sessions (id) ON DELETE CASCADE,
  -- The event as it came, with the text of its record.
  content json NOT NULL,
  -- Tells the commit that stored it from every other one.
  group_id integer NOT NULL
);
CREATE INDEX synthetic_events_session ON synthetic_events (session_id);

CREATE TABLE synthetic_alerts (
  -- Its place in the live feed of the platform's own client.
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  -- One of each run: further escalations of its session are not told again.
  run_id uuid NOT NULL UNIQUE REFERENCES synthetic_runs (id) ON DELETE CASCADE,
  content jsonb NOT NULL,
  request_id text NOT NULL,
  traceparent text NOT NULL
);

-- Markers that came and proved nothing: their events are an attacker's.
CREATE TABLE synthetic_markers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  reason text NOT NULL CHECK (reason IN ('unknown', 'replayed', 'late', 'elsewhere')),
  sensor_id text NOT NULL,
  source_ip inet NOT NULL,
  session_id uuid NOT NULL,
  -- The run whose marker it is, if it is of one.
  run_id uuid
);
CREATE INDEX synthetic_markers_at ON synthetic_markers (at DESC, id DESC);

-- Admission of the platform's own client to the live feed, which has no login.
CREATE TABLE service_tickets (
  ticket_hash bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);

ALTER TABLE alert_queue ADD COLUMN synthetic_run uuid;
