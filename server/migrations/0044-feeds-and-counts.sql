-- The sources that feeds of severe sessions are made of, so that a feed is read in the order of its text, page by page, and begins with its first
-- page; and what an ETag is made of without reading them. Of each source, sensor, kind of touch and level, `feed_sources` holds the sessions for
-- which no other one has at least its score and is seen as late: whatever a feed asks (since when, of which level and score), the newest and
-- the highest are among them, and there are few of them however many sessions a source has. Triggers write it, in the transaction of the sessions:
-- 0.1.0 and 0.2.0 beside this release insert whole rows.
-- How many attackers had their last event in which hour, so that they are counted without reading them, and the severe ones by that time.
-- The days of an attacker stand together, so that they are added up by one search.
-- Lock: ACCESS EXCLUSIVE on attacker_days while it is indexed, and SHARE ROW EXCLUSIVE on sessions and attackers while each is read once: writes wait, about 1 s for each million sessions or attackers.
-- Disk: about 200 bytes for each source and sensor of severe sessions, 30 bytes for each severe attacker, 60 bytes for each hour.
-- Rollback: DROP FUNCTION note_severe_sessions, forget_severe_sessions, count_attackers CASCADE; DROP FUNCTION rebuild_feed_sources;
--   DROP VIEW feed_sources_of_sessions; DROP TABLE feed_sources, feed_versions, attacker_counts; DROP FUNCTION is_severe, feed_canary;
--   DROP INDEX attackers_severe; ALTER TABLE attacker_days DROP CONSTRAINT attacker_days_pkey, ADD PRIMARY KEY (bucket, source_ip). An older release works without any of it.
-- What feeds take for severe; the same as TABLE_SCORE in features/indicators/candidate-sql-store.ts.
CREATE FUNCTION is_severe(threat_level text, threat_score real) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT threat_level IN ('high', 'critical') OR threat_score >= 0.6::real
$$;
-- `token`: what a canary token's own hook reports; `touched`: a session in which a canary was touched; otherwise `none`.
CREATE FUNCTION feed_canary(sensor_kind text, signals text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN sensor_kind = 'canarytoken' THEN 'token' WHEN 'canary_triggered' = ANY (signals) THEN 'touched' ELSE 'none' END
$$;

CREATE TABLE feed_sources (
  -- The address as feeds have it.
  value text COLLATE "C" NOT NULL,
  session_id uuid NOT NULL,
  sensor_id text NOT NULL,
  canary text NOT NULL,
  threat_score real NOT NULL,
  threat_level text NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (value, session_id)
) WITH (fillfactor = 80);

-- A version changes with whatever a severe session changes. Each connection has one of sixteen, so that commits do not wait for each other.
CREATE TABLE feed_versions (
  shard integer PRIMARY KEY,
  version uuid NOT NULL
) WITH (fillfactor = 10);

-- What feed_sources holds, from the sessions alone.
CREATE VIEW feed_sources_of_sessions AS
  SELECT value, session_id, sensor_id, canary, threat_score, threat_level, last_seen_at, source_ip FROM (
    SELECT host(source_ip) AS value, id AS session_id, sensor_id, feed_canary(sensor_kind, signals) AS canary, threat_score, threat_level,
      last_seen_at, source_ip,
      max(threat_score) OVER (
        PARTITION BY source_ip, sensor_id, feed_canary(sensor_kind, signals), threat_level
        ORDER BY last_seen_at DESC, threat_score DESC, id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ) AS highest_newer
    FROM sessions WHERE is_severe(threat_level, threat_score)
  ) AS severe WHERE highest_newer IS NULL OR threat_score > highest_newer;

-- For the seldom case that a session is less than it was, or gone: others of its source may stand in its place. Whoever writes sessions of a
-- source holds its profile, so none is missed.
CREATE FUNCTION rebuild_feed_sources(sources inet[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(sources) = 0 THEN RETURN; END IF;
  PERFORM FROM attackers WHERE source_ip = ANY (sources) ORDER BY source_ip FOR UPDATE;
  DELETE FROM feed_sources WHERE value IN (SELECT host(source) FROM unnest(sources) AS source);
  INSERT INTO feed_sources SELECT value, session_id, sensor_id, canary, threat_score, threat_level, last_seen_at
  FROM feed_sources_of_sessions WHERE source_ip = ANY (sources) ORDER BY value, session_id;
END $$;

CREATE FUNCTION note_severe_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM changed WHERE is_severe(threat_level, threat_score)) THEN RETURN NULL; END IF;
  ELSE
    IF NOT EXISTS (
      SELECT FROM changed c JOIN former o USING (id, source_ip)
      WHERE c.version <> o.version AND (is_severe(c.threat_level, c.threat_score) OR is_severe(o.threat_level, o.threat_score))
    ) THEN RETURN NULL; END IF;
    PERFORM rebuild_feed_sources(ARRAY(
      SELECT DISTINCT c.source_ip FROM changed c JOIN feed_sources f ON f.value = host(c.source_ip) AND f.session_id = c.id
      WHERE NOT is_severe(c.threat_level, c.threat_score) OR c.threat_score < f.threat_score OR c.last_seen_at < f.last_seen_at
        OR feed_canary(c.sensor_kind, c.signals) <> f.canary
        OR array_position('{low,medium,high,critical}', c.threat_level) < array_position('{low,medium,high,critical}', f.threat_level)
    ));
  END IF;
  -- In key order, so that concurrent statements never deadlock.
  INSERT INTO feed_sources (value, session_id, sensor_id, canary, threat_score, threat_level, last_seen_at)
  SELECT host(source_ip), id, sensor_id, feed_canary(sensor_kind, signals), threat_score, threat_level, last_seen_at
  FROM changed WHERE is_severe(threat_level, threat_score) ORDER BY host(source_ip) COLLATE "C", id
  ON CONFLICT (value, session_id) DO UPDATE SET
    canary = excluded.canary, threat_score = excluded.threat_score, threat_level = excluded.threat_level, last_seen_at = excluded.last_seen_at;
  DELETE FROM feed_sources f USING (
    SELECT value, session_id, threat_score, max(threat_score) OVER (
      PARTITION BY value, sensor_id, canary, threat_level
      ORDER BY last_seen_at DESC, threat_score DESC, session_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS highest_newer
    FROM feed_sources WHERE value IN (SELECT host(source_ip) FROM changed WHERE is_severe(threat_level, threat_score))
  ) AS known WHERE highest_newer >= known.threat_score AND (f.value, f.session_id) = (known.value, known.session_id);
  INSERT INTO feed_versions (shard, version) VALUES (pg_backend_pid() % 16, gen_random_uuid())
  ON CONFLICT (shard) DO UPDATE SET version = excluded.version;
  RETURN NULL;
END $$;

CREATE FUNCTION forget_severe_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM gone WHERE is_severe(threat_level, threat_score)) THEN RETURN NULL; END IF;
  PERFORM rebuild_feed_sources(ARRAY(
    SELECT DISTINCT source_ip FROM gone JOIN feed_sources ON value = host(source_ip) AND session_id = id
  ));
  INSERT INTO feed_versions (shard, version) VALUES (pg_backend_pid() % 16, gen_random_uuid())
  ON CONFLICT (shard) DO UPDATE SET version = excluded.version;
  RETURN NULL;
END $$;

CREATE TRIGGER severe_sessions_added AFTER INSERT ON sessions
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_severe_sessions();
CREATE TRIGGER severe_sessions_changed AFTER UPDATE ON sessions
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_severe_sessions();
CREATE TRIGGER severe_sessions_removed AFTER DELETE ON sessions
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_severe_sessions();

INSERT INTO feed_sources SELECT value, session_id, sensor_id, canary, threat_score, threat_level, last_seen_at
FROM feed_sources_of_sessions ORDER BY value, session_id;
ANALYZE feed_sources;

CREATE TABLE attacker_counts (
  -- Hours since 1970: twelve of the slots of 0042.
  last_seen_hour integer NOT NULL,
  -- Each connection adds to one of sixteen, so that commits do not wait for each other; retention moves those of former days to -1.
  shard integer NOT NULL,
  -- The sum of an hour counts; a shard may be below 0.
  attackers bigint NOT NULL,
  PRIMARY KEY (last_seen_hour, shard)
) WITH (fillfactor = 50);

CREATE FUNCTION count_attackers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO attacker_counts AS c (last_seen_hour, shard, attackers)
    SELECT last_seen_slot / 12, pg_backend_pid() % 16, count(*) FROM changed GROUP BY 1 ORDER BY 1
    ON CONFLICT (last_seen_hour, shard) DO UPDATE SET attackers = c.attackers + excluded.attackers;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO attacker_counts AS c (last_seen_hour, shard, attackers)
    SELECT last_seen_slot / 12, pg_backend_pid() % 16, -count(*) FROM former GROUP BY 1 ORDER BY 1
    ON CONFLICT (last_seen_hour, shard) DO UPDATE SET attackers = c.attackers + excluded.attackers;
  ELSE
    INSERT INTO attacker_counts AS c (last_seen_hour, shard, attackers)
    SELECT hour, pg_backend_pid() % 16, sum(step) FROM (
      SELECT last_seen_slot / 12 AS hour, 1 AS step FROM changed UNION ALL SELECT last_seen_slot / 12, -1 FROM former
    ) AS moves GROUP BY hour HAVING sum(step) <> 0 ORDER BY hour
    ON CONFLICT (last_seen_hour, shard) DO UPDATE SET attackers = c.attackers + excluded.attackers;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER attackers_added AFTER INSERT ON attackers
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_attackers();
CREATE TRIGGER attackers_changed AFTER UPDATE ON attackers
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_attackers();
CREATE TRIGGER attackers_removed AFTER DELETE ON attackers
  REFERENCING OLD TABLE AS former FOR EACH STATEMENT EXECUTE FUNCTION count_attackers();

INSERT INTO attacker_counts SELECT last_seen_slot / 12, -1, count(*) FROM attackers GROUP BY 1;
ANALYZE attacker_counts;
CREATE INDEX attackers_severe ON attackers (last_seen_slot DESC) WHERE attacker_level IN ('high', 'critical');
ALTER TABLE attacker_days DROP CONSTRAINT attacker_days_pkey, ADD PRIMARY KEY (source_ip, bucket);
