-- Which techniques a session's events and statements showed, how much of its commands was too long to be read, and by which rules
-- behaviours were read (0: those of 0.1.0). Stored sessions are read again from their events (docs/decisions/0017). And the score of an
-- attacker, which its history enters.
-- Lock: ACCESS EXCLUSIVE on sessions for a moment, and on attackers while it is rewritten, about a second for 300,000 attackers.
-- Disk: attackers once more while it is rewritten; afterwards 12 bytes for each attacker and 40 for each session that showed something.
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
  ADD COLUMN attacker_score real NOT NULL GENERATED ALWAYS AS (
    attacker_score(threat_score, session_count, cardinality(sensor_ids), cardinality(signals), first_seen_at, last_seen_at)
  ) STORED,
  ADD COLUMN attacker_level text NOT NULL GENERATED ALWAYS AS (
    threat_level_of(attacker_score(threat_score, session_count, cardinality(sensor_ids), cardinality(signals), first_seen_at, last_seen_at))
  ) STORED;
