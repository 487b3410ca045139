import type { Transactional } from '../../platform/postgres/database.js'
import type { Statement } from '../../platform/postgres/statement.js'

/** RFC 3339 as the contract spells it; the session's zone is always UTC. */
const TIMESTAMP = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
/** Alerts that a digest lists. */
const NEWEST = 20

/**
 * The alerts of a digest: raised in its time, or raised earlier and stored after the digest of their time was written. Nobody holds an
 * alert back for a day.
 */
const digested = (digest: string) => `raised_at < $1 AND (raised_at >= ${digest}.digested_until
  OR (raised_at >= ${digest}.digested_until - interval '1 day' AND sequence > ${digest}.digested_sequence))`

/** Writes the due digest of each channel with an hourly digest, up to `hour`; once, whichever replica asks. */
export async function addDigests(database: Transactional, hour: Date): Promise<void> {
  await database.transaction(async (client) => {
    // Alerts are stored under this lock: none with a smaller number than the newest appears later.
    await client.query({ text: 'SELECT position FROM alert_feed FOR UPDATE' })
    await client.query(digestsUpTo(hour))
  })
}

function digestsUpTo(hour: Date): Statement {
  return {
    text: `WITH due AS (
        SELECT id, digested_until, minimum_level, digest = 'hourly' AND enabled AND threat_alerts AS wanted,
          CASE WHEN digested_sequence_until = digested_until THEN digested_sequence END AS digested_sequence
        FROM channels WHERE digested_until < $1 FOR UPDATE
      ), done AS (
        UPDATE channels SET digested_until = $1, digested_sequence_until = $1,
          digested_sequence = (SELECT coalesce(max(sequence), 0) FROM alerts WHERE raised_at >= $1::timestamptz - interval '2 days')
        FROM due WHERE channels.id = due.id
      ), told AS (
        SELECT due.id, due.digested_until, due.digested_sequence, a.*
        FROM due, LATERAL (
          SELECT
            count(*) FILTER (WHERE suppressed_by IS NULL AND threat_level = 'high') AS high,
            count(*) FILTER (WHERE suppressed_by IS NULL AND threat_level = 'critical') AS critical,
            count(*) FILTER (WHERE suppressed_by = 'mute') AS mute,
            count(*) FILTER (WHERE suppressed_by = 'backfill') AS backfill,
            count(*) FILTER (WHERE suppressed_by = 'minimum_level') AS minimum_level,
            count(*) FILTER (WHERE suppressed_by = 'known_scanner') AS known_scanner,
            count(*) FILTER (WHERE suppressed_by = 'campaign') AS campaign
          FROM alerts WHERE ${digested('due')}
            AND (due.minimum_level = 'high' OR threat_level = 'critical')
        ) a WHERE due.wanted
      )
      INSERT INTO deliveries (id, channel_id, notice, state, attempts, created_at, next_attempt_at)
      SELECT gen_random_uuid(), t.id, jsonb_build_object(
          'kind', 'digest',
          'from', to_char(t.digested_until, '${TIMESTAMP}'),
          'to', to_char($1::timestamptz, '${TIMESTAMP}'),
          'raised', jsonb_build_object('high', t.high, 'critical', t.critical),
          'suppressed', jsonb_build_object('mute', t.mute, 'backfill', t.backfill, 'minimum_level', t.minimum_level,
            'known_scanner', t.known_scanner, 'campaign', t.campaign),
          'newest', (
            SELECT coalesce(jsonb_agg(to_jsonb(n) - 'sequence' - 'feed_position' - 'behaviour' - 'traceparent'), '[]') FROM (
              SELECT * FROM alerts WHERE ${digested('t')} AND suppressed_by IS NULL
                AND (t.high > 0 OR threat_level = 'critical')
              ORDER BY threat_level, raised_at DESC LIMIT ${NEWEST}) n)),
        'pending', 0, $1, $1
      -- Imported history alone is no reason to send anything.
      FROM told t WHERE t.high + t.critical + t.mute + t.minimum_level + t.known_scanner + t.campaign > 0`,
    values: [hour],
  }
}
