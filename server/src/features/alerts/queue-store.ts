import type { Notification } from '@eviltwin/contract'
import type { EscalationRow } from '../../domain/escalation.js'
import type { Database, Queryable } from '../../platform/postgres/database.js'
import { announced } from './alert-plan.js'
import type { AlertContext, AlertPlan, PlannedAlert, SyntheticAlert } from './alert-rows.js'
import { raiseSynthetic } from './synthetic-alert-store.js'

/** What waits for the alert manager, and the one way out of it. */
export interface AlertQueueStore {
  /** Escalations that wait. */
  depth(): Promise<number>
  /**
   * Takes up to `limit` escalations, oldest first, and stores what `plan` makes of them: alerts, their history, and
   * messages for the channels, in one transaction that ends with a notification to every replica. Managers take turns.
   * Those of attacks of the platform itself are planned apart, and are in no list, channel or count of alerts.
   */
  process(
    limit: number,
    plan: (escalations: readonly EscalationRow[], context: AlertContext) => AlertPlan,
    planSynthetic: (escalations: readonly EscalationRow[]) => SyntheticAlert[],
    now: Date,
  ): Promise<AlertPlan & { taken: number }>
}

export const ALERTS_CHANNEL = 'eviltwin_alerts'

const TAKE = {
  name: 'alert-queue-take',
  text: `
    WITH taken AS (
      DELETE FROM alert_queue WHERE id IN (SELECT id FROM alert_queue ORDER BY received_at, id LIMIT $1) RETURNING *
    )
    SELECT * FROM taken ORDER BY received_at, id`,
}

const CONTEXT = {
  name: 'alert-context-3',
  text: `
    WITH batch AS (
      SELECT * FROM unnest($1::uuid[], $2::inet[]) AS batch (session_id, source_ip)
    ), blocks AS (
      -- As clientBlockOf has it: one IPv6 customer has a /64 at least.
      SELECT DISTINCT network(CASE family(source_ip) WHEN 6 THEN set_masklen(source_ip, 64) ELSE source_ip END) AS block FROM batch
    ), policy AS (
      SELECT minimum_level, mute_known_scanners, campaign_grouping, campaign_window_minutes, backfill_after_minutes FROM alert_policy
    )
    SELECT
      (SELECT to_json(policy) FROM policy) AS policy,
      (SELECT coalesce(json_agg(m), '[]') FROM alert_mutes m WHERE expires_at > $3) AS mutes,
      (SELECT coalesce(json_agg(json_build_object(
          'id', id, 'session_id', session_id, 'threat_level', threat_level, 'suppressed', suppressed_by IS NOT NULL)), '[]')
        FROM (SELECT * FROM alerts WHERE session_id IN (SELECT session_id FROM batch) AND state <> 'resolved' FOR UPDATE) a
      ) AS unresolved,
      (SELECT coalesce(json_agg(json_build_object('id', id, 'threat_level', threat_level,
          'source_ip', host(source_ip), 'behaviour', behaviour) ORDER BY raised_at), '[]')
        FROM (
          -- Of each campaign and level the oldest stands for the others.
          SELECT DISTINCT ON (campaign, threat_level) a.* FROM policy, LATERAL (
            SELECT block::text AS campaign, alerts.* FROM blocks JOIN alerts ON policy.campaign_grouping = 'source'
              AND source_ip >= block AND source_ip <= host(broadcast(block))::inet
            UNION ALL
            SELECT behaviour, alerts.* FROM alerts WHERE policy.campaign_grouping = 'behaviour' AND behaviour = ANY ($4::text[])
          ) a
          WHERE state <> 'resolved' AND suppressed_by IS NULL AND kind = 'session'
            AND raised_at > $3 - make_interval(mins => policy.campaign_window_minutes)
          ORDER BY campaign, threat_level, raised_at
        ) a
      ) AS campaigns,
      (SELECT coalesce(json_agg(json_build_object('id', id, 'sensor_id', sensor_id, 'canary', canary) ORDER BY raised_at), '[]')
        FROM (SELECT * FROM alerts WHERE kind = 'canary' AND sensor_id = ANY ($5::text[]) AND canary IS NOT NULL AND state <> 'resolved'
          AND suppressed_by IS NULL AND raised_at > $6 FOR UPDATE) a
      ) AS canaries,
      (SELECT coalesce(json_agg(a), '[]') FROM (
        SELECT host(source_ip) AS source_ip,
          CASE WHEN bool_or(threat_level = 'critical') THEN 'critical' ELSE 'high' END AS level
        FROM alerts WHERE source_ip IN (SELECT source_ip FROM batch) AND suppressed_by IS NULL GROUP BY source_ip) a
      ) AS attackers`,
}

const WRITE = {
  name: 'alerts-write-2',
  text: `
    WITH incoming AS MATERIALIZED (
      SELECT * FROM json_populate_recordset(NULL::alerts, $1)
    ), stored AS (
      INSERT INTO alerts SELECT * FROM incoming
    ), history AS (
      INSERT INTO alert_history (alert_id, at, step, actor, action) SELECT id, raised_at, 0, NULL, 'raised' FROM incoming
    ), joined AS (
      INSERT INTO alert_sources (alert_id, source_ip, first_seen_at)
      SELECT s.alert_id, s.source_ip, s.first_seen_at
      FROM json_to_recordset($6) AS s (alert_id uuid, source_ip inet, first_seen_at timestamptz)
        -- Absent for alerts that this statement raises; the plan leaves their own address out.
        LEFT JOIN alerts a ON a.id = s.alert_id
      WHERE a.source_ip IS DISTINCT FROM s.source_ip
      ON CONFLICT (alert_id, source_ip) DO NOTHING RETURNING alert_id
    ), counted AS (
      UPDATE alerts SET
        occurrence_count = occurrence_count + r.count,
        source_count = coalesce(alerts.source_count, 1) + (SELECT count(*) FROM joined WHERE joined.alert_id = alerts.id),
        last_occurrence_at = greatest(alerts.last_occurrence_at, r.last_occurrence_at)
      FROM json_to_recordset($2) AS r (id uuid, count integer, last_occurrence_at timestamptz)
      WHERE alerts.id = r.id
    ), outbox AS (
      INSERT INTO deliveries (id, channel_id, notice, state, attempts, created_at, next_attempt_at)
      SELECT gen_random_uuid(), c.id, n.value, 'pending', 0, $3, $3
      FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS n (value, place), channels c
      WHERE c.enabled AND c.threat_alerts AND c.digest = 'off'
        AND (c.minimum_level = 'high' OR n.value -> 'alert' ->> 'threat_level' = 'critical')
      ORDER BY n.place
    ), feed AS (
      UPDATE alert_feed SET position = $5
    )
    SELECT pg_notify('${ALERTS_CHANNEL}', $5::text)`,
}

/** @param canaryWindowMs how long an alert of a canary takes further visits, from when it was raised. */
export function createAlertQueueStore(
  database: Database['alerts'],
  behaviourOf: BehaviourOf,
  canaryWindowMs: number,
): AlertQueueStore {
  return {
    async depth() {
      const [row] = await database.query<{ count: number }>({
        name: 'alert-queue-depth',
        text: 'SELECT count(*) FROM alert_queue',
      })
      return row?.count ?? 0
    },
    process: (limit, plan, planSynthetic, now) =>
      database.transaction(async (client) => {
        const position = await lockFeed(client)
        const taken = await client.query<EscalationRow>({ ...TAKE, values: [limit] })
        const escalations = taken.filter(({ synthetic_run }) => !synthetic_run)
        if (taken.length > escalations.length)
          await raiseSynthetic(client, planSynthetic(taken), now, ALERTS_CHANNEL)
        if (escalations.length === 0)
          return { position, raised: [], recurrences: [], sources: [], taken: taken.length }
        const [context] = await client.query<Omit<AlertContext, 'position'>>({
          ...CONTEXT,
          values: [
            escalations.map(({ session_id }) => session_id),
            escalations.map(({ source_ip }) => source_ip),
            now,
            escalations.map(behaviourOf),
            escalations.filter(({ kind }) => kind === 'canary').map(({ sensor_id }) => sensor_id),
            new Date(now.getTime() - canaryWindowMs),
          ],
        })
        if (!context) throw new Error('the alert context is one row')
        const planned = plan(escalations, { ...context, position })
        await client.query({
          ...WRITE,
          values: [
            JSON.stringify(planned.raised),
            JSON.stringify(planned.recurrences),
            now,
            JSON.stringify(planned.raised.filter(({ suppressed_by }) => suppressed_by === null).map(firing)),
            planned.position,
            JSON.stringify(planned.sources),
          ],
        })
        return { ...planned, taken: taken.length }
      }),
  }
}

type BehaviourOf = (escalation: EscalationRow) => string | null

async function lockFeed(client: Queryable): Promise<number> {
  const [feed] = await client.query<{ position: number }>({
    name: 'alert-feed-lock',
    text: 'SELECT position FROM alert_feed FOR UPDATE',
  })
  return feed?.position ?? 0
}

function firing(planned: PlannedAlert): Notification {
  return { kind: 'threat_alert', status: 'firing', alert: announced(planned) }
}
