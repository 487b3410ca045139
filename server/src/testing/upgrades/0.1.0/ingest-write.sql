-- The statement with which 0.1.0 writes a group of events: it must go on working beside newer servers.
WITH incoming AS MATERIALIZED (
  SELECT * FROM json_populate_recordset(NULL::events, $1)
), keys AS (
  INSERT INTO event_keys (id, source_ip, received_at)
  SELECT id, source_ip, received_at FROM incoming
), stored AS (
  INSERT INTO events SELECT * FROM incoming
), written AS (
  INSERT INTO sessions SELECT * FROM json_populate_recordset(NULL::sessions, $2)
  ON CONFLICT (id, source_ip) DO UPDATE SET
    sensor_kind = excluded.sensor_kind,
    country = excluded.country,
    protocols = excluded.protocols,
    clients = excluded.clients,
    started_at = excluded.started_at,
    last_seen_at = excluded.last_seen_at,
    ended_at = excluded.ended_at,
    event_count = excluded.event_count,
    login_attempt_count = excluded.login_attempt_count,
    login_success_count = excluded.login_success_count,
    command_count = excluded.command_count,
    file_count = excluded.file_count,
    proxy_request_count = excluded.proxy_request_count,
    signals = excluded.signals,
    credential_sketch = excluded.credential_sketch,
    threat_score = excluded.threat_score,
    threat_level = excluded.threat_level,
    score_reasons = excluded.score_reasons,
    scorer = excluded.scorer,
    last_received_at = excluded.last_received_at,
    version = excluded.version
  WHERE sessions.version = excluded.version - 1
  RETURNING 1
), profiles AS (
  INSERT INTO attackers SELECT * FROM json_populate_recordset(NULL::attackers, $3)
  ON CONFLICT (source_ip) DO UPDATE SET
    first_seen_at = least(attackers.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(attackers.last_seen_at, excluded.last_seen_at),
    event_count = attackers.event_count + excluded.event_count,
    session_count = attackers.session_count + excluded.session_count,
    sensor_ids = CASE WHEN attackers.sensor_ids @> excluded.sensor_ids THEN attackers.sensor_ids ELSE (
      SELECT (array_agg(DISTINCT id COLLATE "C"))[1:16] FROM unnest(attackers.sensor_ids || excluded.sensor_ids) id
    ) END,
    signals = CASE WHEN attackers.signals @> excluded.signals THEN attackers.signals ELSE (
      SELECT array_agg(DISTINCT signal COLLATE "C") FROM unnest(attackers.signals || excluded.signals) signal
    ) END,
    threat_level = CASE WHEN excluded.threat_score > attackers.threat_score
      THEN excluded.threat_level ELSE attackers.threat_level END,
    threat_score = greatest(attackers.threat_score, excluded.threat_score),
    last_received_at = greatest(attackers.last_received_at, excluded.last_received_at)
), pulses AS (
  INSERT INTO sensors SELECT * FROM json_populate_recordset(NULL::sensors, $4)
  ON CONFLICT (sensor_id) DO UPDATE SET
    sensor_kind = least(sensors.sensor_kind, excluded.sensor_kind),
    first_seen_at = least(sensors.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(sensors.last_seen_at, excluded.last_seen_at),
    last_received_at = greatest(sensors.last_received_at, excluded.last_received_at),
    event_count = sensors.event_count + excluded.event_count,
    session_count = sensors.session_count + excluded.session_count
), event_totals AS (
  INSERT INTO event_rollups SELECT * FROM json_populate_recordset(NULL::event_rollups, $5)
  ON CONFLICT (span, bucket, sensor_id, event_type) DO UPDATE SET events = event_rollups.events + excluded.events
), session_totals AS (
  INSERT INTO session_rollups SELECT * FROM json_populate_recordset(NULL::session_rollups, $6)
  ON CONFLICT (span, bucket, sensor_id, threat_level) DO UPDATE SET sessions = session_rollups.sessions + excluded.sessions
), attacker_totals AS (
  INSERT INTO attacker_hours SELECT * FROM json_populate_recordset(NULL::attacker_hours, $7)
  ON CONFLICT (bucket, source_ip) DO UPDATE SET events = attacker_hours.events + excluded.events
), escalations AS (
  INSERT INTO alert_queue SELECT * FROM json_populate_recordset(NULL::alert_queue, $8)
  ON CONFLICT (id) DO NOTHING
)
SELECT assert_all_written((SELECT count(*) FROM written), $9)
