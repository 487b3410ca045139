-- Trigram indexes make free-text search over commands cheap. A trusted extension: the database owner may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Events are kept by the day they were received: retention drops whole days, and a sensor's wrong clock cannot
-- scatter rows over partitions. Identity is global and lives in event_keys (docs/decisions/0003).
CREATE TABLE event_keys (
  id uuid NOT NULL,
  source_ip inet NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (id, source_ip)
);
CREATE INDEX event_keys_received ON event_keys USING brin (received_at);

CREATE TABLE events (
  id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  occurred_at timestamptz NOT NULL,
  sensor_id text NOT NULL,
  sensor_kind text NOT NULL,
  event_type text NOT NULL,
  action text,
  outcome text,
  session_id uuid NOT NULL,
  source_ip inet NOT NULL,
  source_port integer,
  destination_ip inet,
  destination_port integer,
  protocol text,
  username text,
  password text,
  command text,
  url text,
  file_sha256 text,
  client text,
  message text,
  raw text
) PARTITION BY RANGE (received_at);
CREATE INDEX events_session ON events (session_id, occurred_at, id);
CREATE INDEX events_command ON events USING gin (command gin_trgm_ops) WHERE command IS NOT NULL;

CREATE TABLE sessions (
  id uuid NOT NULL,
  source_ip inet NOT NULL,
  sensor_id text NOT NULL,
  sensor_kind text NOT NULL,
  country text,
  protocols text[] NOT NULL,
  clients text[] NOT NULL,
  started_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  ended_at timestamptz,
  event_count integer NOT NULL,
  login_attempt_count integer NOT NULL,
  login_success_count integer NOT NULL,
  command_count integer NOT NULL,
  file_count integer NOT NULL,
  proxy_request_count integer NOT NULL,
  signals text[] NOT NULL,
  threat_score real NOT NULL,
  threat_level text NOT NULL,
  score_reasons jsonb NOT NULL,
  scorer text NOT NULL,
  last_received_at timestamptz NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (id, source_ip)
) WITH (fillfactor = 80);
-- None of the indexed columns changes while a session merely grows, so most updates stay on their page (HOT).
CREATE INDEX sessions_started ON sessions (started_at DESC, id DESC);
CREATE INDEX sessions_source ON sessions (source_ip, started_at DESC);
CREATE INDEX sessions_grave ON sessions (started_at DESC, id DESC) WHERE threat_level IN ('high', 'critical');
CREATE INDEX sessions_open ON sessions (started_at DESC) WHERE ended_at IS NULL;

CREATE TABLE attackers (
  source_ip inet PRIMARY KEY,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  event_count bigint NOT NULL,
  session_count bigint NOT NULL,
  threat_score real NOT NULL,
  threat_level text NOT NULL,
  last_received_at timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX attackers_last_seen ON attackers (last_seen_at DESC, source_ip DESC);

CREATE TABLE sensors (
  sensor_id text PRIMARY KEY,
  sensor_kind text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  last_received_at timestamptz NOT NULL,
  event_count bigint NOT NULL,
  session_count bigint NOT NULL
) WITH (fillfactor = 50);

-- Rollups are by the time things happened, and written in the transaction that stores the events.
CREATE TABLE event_rollups (
  span text NOT NULL,
  bucket timestamptz NOT NULL,
  sensor_id text NOT NULL,
  event_type text NOT NULL,
  events bigint NOT NULL,
  PRIMARY KEY (span, bucket, sensor_id, event_type)
) WITH (fillfactor = 70);

CREATE TABLE session_rollups (
  span text NOT NULL,
  bucket timestamptz NOT NULL,
  sensor_id text NOT NULL,
  threat_level text NOT NULL,
  sessions bigint NOT NULL,
  PRIMARY KEY (span, bucket, sensor_id, threat_level)
) WITH (fillfactor = 70);

CREATE TABLE attacker_hours (
  bucket timestamptz NOT NULL,
  source_ip inet NOT NULL,
  events bigint NOT NULL,
  PRIMARY KEY (bucket, source_ip)
) WITH (fillfactor = 70);

CREATE TABLE quarantine (
  id uuid PRIMARY KEY,
  received_at timestamptz NOT NULL,
  sensor_id text,
  key_sensor_id text,
  reason text NOT NULL,
  detail text NOT NULL,
  times_seen integer NOT NULL,
  body bytea NOT NULL
);
CREATE INDEX quarantine_received ON quarantine (received_at DESC, id DESC);

CREATE TABLE users (
  id uuid PRIMARY KEY,
  username text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  role text NOT NULL,
  disabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  last_login_at timestamptz
);

-- A login starts a family of refresh tokens; each is used once, and one used twice condemns its family (RFC 9700 4.14.2).
CREATE TABLE token_families (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_because text
);
CREATE INDEX token_families_user ON token_families (user_id);

CREATE TABLE refresh_tokens (
  token_hash bytea PRIMARY KEY,
  family_id uuid NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  key_hash bytea NOT NULL UNIQUE,
  prefix text NOT NULL,
  scopes text[] NOT NULL,
  sensor_id text,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz
);

-- Raised inside the ingest statement when another writer was faster; the group is then planned and written again.
CREATE FUNCTION assert_all_written(written bigint, expected bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF written <> expected THEN
    RAISE EXCEPTION 'a session changed meanwhile' USING ERRCODE = 'ET001';
  END IF;
END
$$;
