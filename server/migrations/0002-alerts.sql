-- Sessions that crossed to high or critical, and canaries that were touched, as written by the statement that stored
-- their events: what is acknowledged to a sensor cannot miss its alert. The alert manager turns them into alerts.
CREATE TABLE alert_queue (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  session_id uuid NOT NULL,
  source_ip inet NOT NULL,
  sensor_id text NOT NULL,
  sensor_kind text NOT NULL,
  threat_level text NOT NULL,
  threat_score real NOT NULL,
  reasons jsonb NOT NULL,
  signals text[] NOT NULL,
  clients text[] NOT NULL,
  detail text,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  request_id text NOT NULL,
  -- W3C Trace Context of the request that brought the event.
  traceparent text NOT NULL
);
CREATE INDEX alert_queue_order ON alert_queue (received_at, id);

-- One row. Its lock makes alert managers take turns, so that positions become visible in their order and a reader
-- that has seen position n will never find a smaller one later.
CREATE TABLE alert_feed (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  position bigint NOT NULL DEFAULT 0
);
INSERT INTO alert_feed DEFAULT VALUES;

CREATE TABLE alerts (
  id uuid PRIMARY KEY,
  -- Place in the live feed; null for an alert that is not announced.
  feed_position bigint UNIQUE,
  kind text NOT NULL,
  threat_level text NOT NULL,
  threat_score real NOT NULL,
  session_id uuid NOT NULL,
  source_ip inet NOT NULL,
  sensor_id text NOT NULL,
  sensor_kind text NOT NULL,
  reasons jsonb NOT NULL,
  detail text,
  first_of_attacker boolean NOT NULL,
  -- Digest of client software and signals: alike in alerts of sources that act alike.
  behaviour text,
  occurred_at timestamptz NOT NULL,
  event_received_at timestamptz NOT NULL,
  raised_at timestamptz NOT NULL,
  last_occurrence_at timestamptz NOT NULL,
  occurrence_count integer NOT NULL,
  state text NOT NULL,
  assignee text,
  suppressed_by text,
  suppressed_because text,
  campaign_alert_id uuid,
  traceparent text NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX alerts_unresolved ON alerts (session_id, threat_level, (suppressed_by IS NULL)) WHERE state <> 'resolved';
CREATE INDEX alerts_raised ON alerts (raised_at DESC, id DESC);
CREATE INDEX alerts_source ON alerts (source_ip);
CREATE INDEX alerts_behaviour ON alerts (behaviour) WHERE state <> 'resolved' AND suppressed_by IS NULL;

CREATE TABLE alert_history (
  alert_id uuid NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  at timestamptz NOT NULL,
  -- Orders what happened in one instant.
  step integer NOT NULL,
  actor text,
  action text NOT NULL,
  detail text,
  PRIMARY KEY (alert_id, at, step)
);

CREATE TABLE alert_policy (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  minimum_level text NOT NULL DEFAULT 'high',
  mute_known_scanners boolean NOT NULL DEFAULT true,
  campaign_grouping text NOT NULL DEFAULT 'off',
  campaign_window_minutes integer NOT NULL DEFAULT 60
);
INSERT INTO alert_policy DEFAULT VALUES;

CREATE TABLE alert_mutes (
  id uuid PRIMARY KEY,
  source cidr,
  sensor_id text,
  reason text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz
);

CREATE TABLE ws_tickets (
  ticket_hash bytea PRIMARY KEY,
  family_id uuid NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);

CREATE TABLE channels (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  enabled boolean NOT NULL,
  threat_alerts boolean NOT NULL,
  operational_alerts boolean NOT NULL,
  minimum_level text NOT NULL,
  digest text NOT NULL,
  -- Everything but the secret, which is sealed with a key that is not in the database.
  settings jsonb NOT NULL,
  sealed_secret bytea,
  digested_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL
);

-- The outbox: written in the transaction that raises the alert, emptied by whichever replica comes first.
CREATE TABLE deliveries (
  id uuid PRIMARY KEY,
  -- The order in which a channel's messages leave.
  place bigint GENERATED ALWAYS AS IDENTITY,
  channel_id uuid NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
  notice jsonb NOT NULL,
  state text NOT NULL,
  attempts integer NOT NULL,
  created_at timestamptz NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  locked_until timestamptz,
  delivered_at timestamptz,
  last_error text
) WITH (fillfactor = 80);
CREATE INDEX deliveries_pending ON deliveries (channel_id, place) WHERE state = 'pending';
CREATE INDEX deliveries_created ON deliveries (created_at DESC, id DESC);

CREATE TABLE canary_tokens (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  name text NOT NULL,
  enabled boolean NOT NULL,
  sensor_id text NOT NULL UNIQUE,
  token_hash bytea NOT NULL UNIQUE,
  sealed_token bytea NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL
);
-- The history of a token is its events.
CREATE INDEX events_canary ON events (sensor_id, occurred_at DESC, id DESC) WHERE event_type = 'canary';

-- A login that ends must end its live feeds on every replica, whoever ends it and however.
CREATE FUNCTION announce_login_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('eviltwin_logins', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER login_revoked AFTER UPDATE OF revoked_at ON token_families
  FOR EACH STATEMENT EXECUTE FUNCTION announce_login_change();
CREATE TRIGGER user_changed AFTER UPDATE OF disabled OR DELETE ON users
  FOR EACH STATEMENT EXECUTE FUNCTION announce_login_change();
