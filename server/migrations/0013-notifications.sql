-- What was sent about each operational alert: by whom, to which channel, when and with what outcome. Burn alerts have a severity that
-- can rise while they fire.
-- Lock: ACCESS EXCLUSIVE on ops_states for a moment; SHARE on deliveries and ops_transitions while their indexes are built.
-- Disk: some 150 bytes for each operational notification, kept as long as the history of operational alerts.
-- Rollback: none is needed; earlier releases read and write ops_states and ops_transitions as before.
ALTER TABLE ops_states
  -- The worst severity since it began to fire, and the severity that channels were sent.
  ADD COLUMN severity text,
  ADD COLUMN told_severity text,
  -- A more severe alert explains it: nobody is notified.
  ADD COLUMN inhibited boolean NOT NULL DEFAULT false;

CREATE TABLE operational_notifications (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_id text NOT NULL,
  -- firing, acknowledged or resolved.
  status text NOT NULL,
  -- When it was decided to notify.
  at timestamptz NOT NULL,
  channel_id uuid NOT NULL,
  -- Its name at that time: the channel may be removed.
  channel text NOT NULL,
  -- Null: sent by a replica without the outbox, because the database was away.
  delivery_id uuid,
  -- pending, delivered or failed.
  outcome text NOT NULL,
  settled_at timestamptz,
  -- Why the last attempt failed.
  detail text
);
CREATE INDEX operational_notifications_rule ON operational_notifications (rule_id, status, at);
CREATE INDEX operational_notifications_delivery ON operational_notifications (delivery_id);
CREATE INDEX operational_notifications_at ON operational_notifications (at);
CREATE INDEX ops_transitions_at ON ops_transitions (at DESC, id DESC);

-- Keys that were refused on the routes of sensors.
CREATE TABLE refused_keys (
  -- The beginning of the key, as it is stored of known keys.
  key_prefix text NOT NULL,
  address inet NOT NULL,
  revoked boolean NOT NULL,
  refusals bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (key_prefix, address)
);
CREATE INDEX refused_keys_last ON refused_keys (last_at);

-- The newest message of each outcome of a channel: whether the channel fails.
CREATE INDEX deliveries_channel ON deliveries (channel_id, state, place DESC);
