-- Canary URLs are public: visits of one token join one alert, and visits beyond the limits are counted. `canary` says which canary of its sensor
-- an alert is of, `alert_sources` has every further address of an alert beside its first (`alerts.source_ip`), `source_count` counts them all.
-- An alert of a canary is one of its token and window, no longer one of its session: a token that was flooded alerts again.
-- Lock: ACCESS EXCLUSIVE on alerts while two of its indexes are made, a second for a million alerts; on alert_queue and canary_tokens for a moment.
-- Disk: 100 bytes for each further address of an alert, removed with it; 40 bytes for each announced alert.
-- Rollback: none is needed; release 0.1.0 reads and writes as before, and its alerts of canaries are of sessions.
ALTER TABLE canary_tokens ADD COLUMN visits_beyond_limit bigint NOT NULL DEFAULT 0;
ALTER TABLE alert_queue ADD COLUMN canary text;
-- Null where release 0.1.0 wrote the alert: one source, and of no canary that is known.
ALTER TABLE alerts ADD COLUMN canary text;
ALTER TABLE alerts ADD COLUMN source_count integer;

CREATE TABLE alert_sources (
  alert_id uuid NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  source_ip inet NOT NULL,
  first_seen_at timestamptz NOT NULL,
  PRIMARY KEY (alert_id, source_ip)
);
CREATE INDEX alert_sources_source ON alert_sources (source_ip);

DROP INDEX alerts_unresolved;
CREATE UNIQUE INDEX alerts_unresolved ON alerts
  (session_id, threat_level, (suppressed_by IS NULL), (CASE WHEN kind = 'canary' THEN id END)) NULLS NOT DISTINCT
  WHERE state <> 'resolved';
CREATE INDEX alerts_canaries ON alerts (sensor_id, raised_at) WHERE kind = 'canary' AND state <> 'resolved';
-- One source may have any number of alerts that are not announced.
CREATE INDEX alerts_announced_source ON alerts (source_ip) WHERE suppressed_by IS NULL;
