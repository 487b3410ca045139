-- What the trained scorer looks at beside what rules look at (docs/decisions/0013).
-- The 16 smallest hashes of a session's credentials: how many distinct ones there were, whatever the order of arrival.
ALTER TABLE sessions ADD COLUMN credential_sketch integer[] NOT NULL DEFAULT '{}';
-- What an attacker did in all its sessions; bounded like the sets of a session.
ALTER TABLE attackers ADD COLUMN sensor_ids text[] NOT NULL DEFAULT '{}';
ALTER TABLE attackers ADD COLUMN signals text[] NOT NULL DEFAULT '{}';
UPDATE attackers SET (sensor_ids, signals) = (
  SELECT coalesce((array_agg(DISTINCT s.sensor_id COLLATE "C"))[1:16], '{}'),
    coalesce(array_agg(DISTINCT signal COLLATE "C") FILTER (WHERE signal IS NOT NULL), '{}')
  FROM sessions s LEFT JOIN unnest(s.signals) signal ON true
  WHERE s.source_ip = attackers.source_ip
);
