import type { Queryable } from '../../platform/postgres/database.js'

/** RFC 3339 as the contract spells it; the session's zone is always UTC. */
const TIMESTAMP = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
/** Alerts that a digest lists. */
const NEWEST = 20

/** Writes the due digest of each channel with an hourly digest, up to `hour`; once, whichever replica asks. */
export async function addDigests(database: Queryable, hour: Date): Promise<void> {
  await database.query({
    text: `WITH due AS (
        SELECT id, digested_until, minimum_level, digest = 'hourly' AND enabled AND threat_alerts AS wanted
        FROM channels WHERE digested_until < $1 FOR UPDATE
      ), done AS (
        UPDATE channels SET digested_until = $1 FROM due WHERE channels.id = due.id
      ), told AS (
        SELECT due.id, due.digested_until, a.*
        FROM due, LATERAL (
          SELECT
            count(*) FILTER (WHERE suppressed_by IS NULL AND threat_level = 'high') AS high,
            count(*) FILTER (WHERE suppressed_by IS NULL AND threat_level = 'critical') AS critical,
            count(*) FILTER (WHERE suppressed_by = 'mute') AS mute,
            count(*) FILTER (WHERE suppressed_by = 'minimum_level') AS minimum_level,
            count(*) FILTER (WHERE suppressed_by = 'known_scanner') AS known_scanner,
            count(*) FILTER (WHERE suppressed_by = 'campaign') AS campaign
          FROM alerts WHERE raised_at >= due.digested_until AND raised_at < $1
            AND (due.minimum_level = 'high' OR threat_level = 'critical')
        ) a WHERE due.wanted
      )
      INSERT INTO deliveries (id, channel_id, notice, state, attempts, created_at, next_attempt_at)
      SELECT gen_random_uuid(), t.id, jsonb_build_object(
          'kind', 'digest',
          'from', to_char(t.digested_until, '${TIMESTAMP}'),
          'to', to_char($1::timestamptz, '${TIMESTAMP}'),
          'raised', jsonb_build_object('high', t.high, 'critical', t.critical),
          'suppressed', jsonb_build_object('mute', t.mute, 'minimum_level', t.minimum_level,
            'known_scanner', t.known_scanner, 'campaign', t.campaign),
          'newest', (
            SELECT coalesce(jsonb_agg(to_jsonb(n) - 'feed_position' - 'behaviour' - 'traceparent'), '[]') FROM (
              SELECT * FROM alerts WHERE raised_at >= t.digested_until AND raised_at < $1 AND suppressed_by IS NULL
                AND (t.high > 0 OR threat_level = 'critical')
              ORDER BY threat_level, raised_at DESC LIMIT ${NEWEST}) n)),
        'pending', 0, $1, $1
      FROM told t WHERE t.high + t.critical + t.mute + t.minimum_level + t.known_scanner + t.campaign > 0`,
    values: [hour],
  })
}
