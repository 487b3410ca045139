-- What the platform counted of itself: one row a process, series and span of time, holding all that process counted in it.
-- Readers sum up over processes.
CREATE TABLE signals (
  series text NOT NULL,
  span text NOT NULL,
  bucket timestamptz NOT NULL,
  recorder uuid NOT NULL,
  total bigint NOT NULL,
  good bigint NOT NULL,
  -- A deflated DDSketch, of series that have a distribution.
  sketch bytea,
  PRIMARY KEY (series, span, bucket, recorder)
) WITH (fillfactor = 80);
CREATE INDEX signals_age ON signals (span, bucket);

-- The processes that run on this database, and how near each is to its limits.
CREATE TABLE replicas (
  id uuid PRIMARY KEY,
  host text NOT NULL,
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  leader boolean NOT NULL,
  gauges jsonb NOT NULL
);

CREATE TABLE ops_states (
  rule_id text PRIMARY KEY,
  state text NOT NULL,
  since timestamptz NOT NULL,
  fired_at timestamptz,
  last_active_at timestamptz,
  told boolean NOT NULL,
  acknowledged_by text,
  value double precision,
  evaluated_at timestamptz NOT NULL
);

CREATE TABLE ops_transitions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  rule_id text NOT NULL,
  event text NOT NULL,
  value double precision,
  actor text,
  told boolean NOT NULL
);
CREATE INDEX ops_transitions_rule ON ops_transitions (rule_id, id DESC);

-- Silence of one rule; of all (rule_id null) in a maintenance window.
CREATE TABLE ops_silences (
  id uuid PRIMARY KEY,
  rule_id text,
  reason text NOT NULL,
  created_by text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL
);

-- How far events were forwarded to another system.
CREATE TABLE forward_cursors (
  name text PRIMARY KEY,
  received_at timestamptz NOT NULL,
  id uuid NOT NULL
);
-- Rows lie in the order of their receipt: a summary of each stretch of pages finds the newest, and costs ingest next to nothing.
CREATE INDEX events_received ON events USING brin (received_at) WITH (autosummarize = on);

-- Weeks whose health review was sent.
CREATE TABLE sent_reviews (week date PRIMARY KEY);
