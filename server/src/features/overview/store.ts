import type {
  Countries,
  CountsByLevel,
  DashboardStats,
  Timeline,
  TimelineQuery,
  TopAttackers,
  TopAttackersQuery,
} from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'
import { hadEventSince, isActive, SHOWN_TECHNIQUES } from '../sessions/index.js'
import { readTopAttackers } from './top-attackers-store.js'

/** What numbers are about: a session belongs to it that had an event since `from` and began before `to`. */
export interface Window {
  from: Date
  to: Date
}

export interface DashboardReader {
  stats(now: Date, hours: number): Promise<DashboardStats>
  timeline(now: Date, query: TimelineQuery): Promise<Timeline>
  topAttackers(now: Date, query: TopAttackersQuery): Promise<TopAttackers>
  countries(window: Window): Promise<Countries>
  /** In how many sessions of a window an event or a statement showed each ATT&CK technique. */
  countTechniques(window: Window): Promise<Array<{ technique: string; sessions: number }>>
}

/**
 * Sums a rollup over [from, to): whole hours from the hourly rows, the ragged first hour from the rows of its minutes.
 * $1 and $2 are the bounds, to the minute.
 */
const IN_WINDOW = `(
  (span = 'hour' AND bucket >= date_trunc('hour', $1::timestamptz + interval '59 minutes') AND bucket < $2) OR
  (span = 'minute' AND bucket >= $1 AND bucket < least($2, date_trunc('hour', $1::timestamptz + interval '59 minutes')))
)`

const STATS = {
  name: 'dashboard-stats',
  text: `
    SELECT
      (SELECT coalesce(sum(events), 0)::bigint FROM event_rollups WHERE ${IN_WINDOW}) AS total_events,
      -- Only those of the hour in which the window begins are read themselves.
      (SELECT coalesce(sum(attackers), 0)::bigint FROM attacker_counts WHERE last_seen_hour > seen_slot($1) / 12)
        + (SELECT count(*) FROM attackers WHERE last_seen_slot >= seen_slot($1) AND last_seen_slot < 12 * (seen_slot($1) / 12 + 1)
          AND last_seen_at >= $1) AS unique_attackers,
      (SELECT count(*) FROM sessions
        WHERE ${isActive('$2::timestamptz')}) AS active_sessions,
      (SELECT coalesce(json_object_agg(threat_level, sessions), '{}') FROM (
        -- Below 0 for a moment where a session has left a level in whose total it is not counted yet (see pending_totals).
        SELECT threat_level, greatest(0, sum(sessions)) AS sessions FROM (
          SELECT threat_level, sessions FROM session_rollups WHERE ${IN_WINDOW}
          UNION ALL
          SELECT threat_level, count(*) FROM sessions WHERE started_at < $1 AND last_seen_at >= $1 GROUP BY threat_level
        ) begun_or_going_on GROUP BY threat_level
      ) levels) AS levels,
      (SELECT coalesce(json_object_agg(threat_level, alerts), '{}') FROM (
        SELECT threat_level, count(*) AS alerts FROM alerts
        WHERE raised_at >= $1 AND raised_at < $2 AND suppressed_by IS NULL GROUP BY threat_level
      ) raised) AS alerts_raised,
      (SELECT count(*) FROM alerts WHERE state <> 'resolved' AND suppressed_by IS NULL AND state = 'open') AS alerts_open,
      (SELECT coalesce(sum(event_count), 0)::bigint FROM sensors) AS all_events,
      (SELECT max(last_seen_at) FROM sensors) AS newest_event_at,
      (SELECT coalesce(sum(session_count), 0)::bigint FROM sensors) AS all_sessions,
      (SELECT coalesce(sum(attackers), 0)::bigint FROM attacker_counts) AS all_attackers`,
}

const TIMELINE = {
  name: 'dashboard-timeline',
  text: `
    SELECT bucket AS at, sum(events)::bigint AS events, greatest(0, sum(low))::bigint AS low, greatest(0, sum(medium))::bigint AS medium,
      greatest(0, sum(high))::bigint AS high, greatest(0, sum(critical))::bigint AS critical
    FROM (
      SELECT bucket, events, 0 AS low, 0 AS medium, 0 AS high, 0 AS critical
      FROM event_rollups WHERE span = $1 AND bucket >= $2 AND bucket <= $3
      UNION ALL
      SELECT bucket, 0,
        CASE threat_level WHEN 'low' THEN sessions ELSE 0 END,
        CASE threat_level WHEN 'medium' THEN sessions ELSE 0 END,
        CASE threat_level WHEN 'high' THEN sessions ELSE 0 END,
        CASE threat_level WHEN 'critical' THEN sessions ELSE 0 END
      FROM session_rollups WHERE span = $1 AND bucket >= $2 AND bucket <= $3
      UNION ALL
      SELECT generate_series($2::timestamptz, $3::timestamptz, ('1 ' || $1)::interval), 0, 0, 0, 0, 0
    ) rows
    GROUP BY bucket ORDER BY bucket`,
}

const TECHNIQUES = {
  name: 'dashboard-techniques',
  text: `
    SELECT technique, count(DISTINCT s.id) AS sessions
    FROM sessions s, LATERAL unnest(${SHOWN_TECHNIQUES}) AS technique
    WHERE ${hadEventSince('$1')} AND started_at < $2
    GROUP BY technique`,
}

const COUNTRIES = {
  name: 'dashboard-countries',
  text: `
    SELECT country, count(*) AS sessions, count(DISTINCT source_ip) AS attackers
    FROM sessions WHERE ${hadEventSince('$1')} AND started_at < $2 GROUP BY country ORDER BY sessions DESC, country`,
}

interface StatsRow {
  total_events: number
  unique_attackers: number
  active_sessions: number
  levels: Partial<CountsByLevel>
  alerts_raised: Partial<DashboardStats['alerts']['raised_by_level']>
  alerts_open: number
  all_events: number
  newest_event_at: string | null
  all_sessions: number
  all_attackers: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

export function createDashboardReader(database: Queryable): DashboardReader {
  return {
    async stats(now, hours) {
      const { from, to } = windowOf(now, hours)
      const [row] = await database.query<StatsRow>({ ...STATS, values: [from, to] })
      const raised_by_level = { high: 0, critical: 0, ...row?.alerts_raised }
      const levels = { low: 0, medium: 0, high: 0, critical: 0, ...row?.levels }
      return {
        from: timestamp(from.getTime()),
        to: timestamp(to.getTime()),
        total_events: row?.total_events ?? 0,
        unique_attackers: row?.unique_attackers ?? 0,
        active_sessions: row?.active_sessions ?? 0,
        total_sessions: levels.low + levels.medium + levels.high + levels.critical,
        sessions_by_level: levels,
        alerts: {
          raised: raised_by_level.high + raised_by_level.critical,
          raised_by_level,
          open: row?.alerts_open ?? 0,
        },
        all_time: {
          events: row?.all_events ?? 0,
          sessions: row?.all_sessions ?? 0,
          attackers: row?.all_attackers ?? 0,
          newest_event_at: row?.newest_event_at ?? null,
        },
      }
    },
    async timeline(now, { hours, interval }) {
      const step = interval === 'hour' ? HOUR_MS : MINUTE_MS
      const last = floor(now.getTime(), step)
      const first = last - hours * HOUR_MS + step
      const buckets = await database.query<Timeline['buckets'][number]>({
        ...TIMELINE,
        values: [interval, new Date(first), new Date(last)],
      })
      return { interval, buckets }
    },
    topAttackers: (now, query) => readTopAttackers(database, now, query),
    async countries({ from, to }) {
      const rows = await database.query<{ country: string | null; sessions: number; attackers: number }>({
        ...COUNTRIES,
        values: [from, to],
      })
      return {
        from: timestamp(from.getTime()),
        to: timestamp(to.getTime()),
        items: rows.flatMap(({ country, ...counts }) => (country === null ? [] : [{ country, ...counts }])),
        unknown_sessions: rows.find(({ country }) => country === null)?.sessions ?? 0,
      }
    },
    countTechniques: ({ from, to }) =>
      database.query<{ technique: string; sessions: number }>({ ...TECHNIQUES, values: [from, to] }),
  }
}

/** The last hours, to the minute. Sensors' clocks may run ahead a little: what they report from the next minute belongs to now. */
export function windowOf(now: Date, hours: number): Window {
  return {
    from: new Date(floor(now.getTime() - hours * HOUR_MS, MINUTE_MS)),
    to: new Date(floor(now.getTime(), MINUTE_MS) + MINUTE_MS),
  }
}

function floor(ms: number, step: number): number {
  return Math.floor(ms / step) * step
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z')
}
