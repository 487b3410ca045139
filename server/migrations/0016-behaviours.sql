-- Which techniques a session's events and statements showed, how much of its commands was too long to be read, and by which rules
-- behaviours were read (0: those of 0.1.0). Stored sessions are read again from their events (docs/decisions/0017). And the score of an
-- attacker, which its history enters.
-- Lock: ACCESS EXCLUSIVE on sessions for a moment, and on attackers while their scores are written, some seconds for 300,000
-- attackers.
-- Disk: the rows of attackers once more, until vacuum; afterwards 12 bytes for each attacker and 40 for each session that showed something.
-- Rollback: none is needed; release 0.1.0 reads and writes these tables as before.
ALTER TABLE sessions
  ADD COLUMN techniques text[] NOT NULL DEFAULT '{}',
  ADD COLUMN unread_characters bigint NOT NULL DEFAULT 0,
  ADD COLUMN behaviours_version integer NOT NULL DEFAULT 0;

-- The lower bounds of the levels above low; the same as levelOf in features/scoring/scorer.ts, which a test compares.
CREATE FUNCTION threat_level_of(score double precision) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN score >= 0.85 THEN 'critical' WHEN score >= 0.6 THEN 'high' WHEN score >= 0.3 THEN 'medium' ELSE 'low' END
$$;

-- An attacker's score: the highest of its sessions, and what its history adds to it. Weights combine as independent evidence (noisy-or), as
-- in the rules of sessions. One session on one sensor within a moment adds nothing. It depends on sums, minima, maxima and sets, so not on
-- the order in which sessions came; and it never falls as they grow.
CREATE FUNCTION attacker_score(
  highest real, sessions bigint, sensors integer, behaviours integer, first_seen_at timestamptz, last_seen_at timestamptz
) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT round((1
    - (1 - highest::double precision)
    * (1 - least(0.15, 0.02 * ln(greatest(1, sessions)::double precision) / ln(2::double precision)))
    * (1 - least(0.15, 0.04 * ln(greatest(1, sensors)::double precision) / ln(2::double precision)))
    * (1 - least(0.10, 0.02 * ln(1 + greatest(0, extract(epoch FROM last_seen_at - first_seen_at)::double precision / 86400))
        / ln(2::double precision)))
    * (1 - CASE WHEN sessions > 1 THEN least(0.10, 0.01 * behaviours) ELSE 0 END))::numeric, 4)::double precision
$$;

-- threat_score and threat_level stay those of the gravest session: a replica of 0.1.0 writes them, too.
ALTER TABLE attackers
  ADD COLUMN attacker_score real NOT NULL DEFAULT 0,
  ADD COLUMN attacker_level text NOT NULL DEFAULT 'low';

-- A trigger, not a generated column: 0.1.0 inserts whole rows.
CREATE FUNCTION score_attacker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.attacker_score := attacker_score(NEW.threat_score, NEW.session_count, cardinality(NEW.sensor_ids), cardinality(NEW.signals),
    NEW.first_seen_at, NEW.last_seen_at);
  NEW.attacker_level := threat_level_of(NEW.attacker_score::numeric::double precision);
  RETURN NEW;
END $$;
CREATE TRIGGER score_attacker BEFORE INSERT OR UPDATE ON attackers FOR EACH ROW EXECUTE FUNCTION score_attacker();
UPDATE attackers SET attacker_score = 0;

-- The sessions that 0.1.0 inserts have nothing in columns that it does not know.
CREATE FUNCTION fill_behaviours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.techniques := coalesce(NEW.techniques, '{}');
  NEW.unread_characters := coalesce(NEW.unread_characters, 0);
  NEW.behaviours_version := coalesce(NEW.behaviours_version, 0);
  RETURN NEW;
END $$;
CREATE TRIGGER fill_behaviours BEFORE INSERT ON sessions FOR EACH ROW WHEN (NEW.behaviours_version IS NULL)
  EXECUTE FUNCTION fill_behaviours();
