-- Events of an attacker by the day, kept by a trigger whoever writes the hours, and the busiest of a day by an index, so that top attackers of a
-- long window are found without adding up all hours of all addresses. Sessions by both their ends, so that those that were going on at a
-- time are found without reading all that began after it.
-- Lock: SHARE ROW EXCLUSIVE on attacker_hours and SHARE on sessions while each is read once: writes wait, about 4 s for a million
-- hours of attackers, and 2 s for 10 million sessions.
-- Disk: about 130 bytes for each day on which an address was seen; kept for as long as its hours are.
-- Rollback: DROP FUNCTION add_attacker_hours, change_attacker_hours CASCADE; DROP TABLE attacker_days; DROP FUNCTION magnitude_of, most_of_magnitude;
-- DROP INDEX sessions_times; CREATE INDEX sessions_last_seen ON sessions USING brin (last_seen_at). An older release works without any of it.
-- How many binary digits a number has, times four, and what the two after the first are: 8 is 2, 10 is 3, 12 is 4, 13 is 5, 14 is 6 ...
CREATE FUNCTION magnitude_of(number bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (4 * digits + (4 * number >> digits - 1) - 4)::smallint
  FROM (SELECT greatest(1, length(ltrim(number::bit(63)::text, '0')))) AS n (digits)
$$;
-- The greatest number of a magnitude.
CREATE FUNCTION most_of_magnitude(magnitude smallint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (((5 + magnitude % 4)::bigint << greatest(0, magnitude / 4 - 1)) - 1) / 4
$$;
CREATE TABLE attacker_days (
  -- The beginning of a day, UTC.
  bucket timestamptz NOT NULL,
  source_ip inet NOT NULL,
  events bigint NOT NULL,
  -- The leading binary digits of `events`. It changes when they grow by about a fifth, not with every event, so that most updates
  -- stay within their page (HOT) although it is indexed.
  magnitude smallint NOT NULL GENERATED ALWAYS AS (magnitude_of(events)) STORED,
  PRIMARY KEY (bucket, source_ip)
) WITH (fillfactor = 70);

CREATE FUNCTION add_attacker_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- In key order, so that concurrent statements never deadlock.
  INSERT INTO attacker_days AS d (bucket, source_ip, events)
  SELECT date_trunc('day', bucket, 'UTC') AS bucket, source_ip, sum(events) FROM added GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (bucket, source_ip) DO UPDATE SET events = d.events + excluded.events;
  RETURN NULL;
END
$$;
CREATE FUNCTION change_attacker_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO attacker_days AS d (bucket, source_ip, events)
  SELECT date_trunc('day', bucket, 'UTC') AS bucket, source_ip, sum(changed.events - former.events)
  FROM changed JOIN former USING (bucket, source_ip) GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (bucket, source_ip) DO UPDATE SET events = d.events + excluded.events;
  RETURN NULL;
END
$$;
CREATE TRIGGER attacker_hours_added AFTER INSERT ON attacker_hours
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION add_attacker_hours();
CREATE TRIGGER attacker_hours_changed AFTER UPDATE ON attacker_hours
  REFERENCING OLD TABLE AS former NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION change_attacker_hours();

INSERT INTO attacker_days (bucket, source_ip, events)
SELECT date_trunc('day', bucket, 'UTC'), source_ip, sum(events) FROM attacker_hours GROUP BY 1, 2 ORDER BY 1, 2;
CREATE INDEX attacker_days_busiest ON attacker_days (bucket, magnitude DESC) INCLUDE (source_ip);
ANALYZE attacker_days;

CREATE INDEX sessions_times ON sessions USING brin (started_at, last_seen_at) WITH (pages_per_range = 32, autosummarize = on);
DROP INDEX sessions_last_seen;
