import type { TopAttackers, TopAttackersQuery } from '@eviltwin/contract'
import type { Queryable } from '../../platform/postgres/database.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How many addresses are looked at first, the busiest of each day; where these do not settle it, more are, and at last all. */
const ROUNDS = [9_000, 90_000, Number.POSITIVE_INFINITY]
/** Attackers that are added up by their keys in one round, each by a search for its days and one for each of up to 12 hours; for more, reading all rows is faster. */
const MOST_BY_KEYS = 4_500
/** Attackers that are added up first, beside those of the answer, to see how many events the others would need. */
const FIRST = 100
/** Sensors' clocks may run ahead by a day. */
const DAYS_AHEAD = 1

type TopAttacker = TopAttackers['items'][number]

/**
 * Events of each of some addresses in the window that begins at $1: of whole days from $2 until $7, and of the hours from $3 to $4, which these
 * days miss or, with -1 for $5, have beside the window. LATERAL with OFFSET: row by row, by the keys. @param addresses where they are read from.
 */
const totalsOf = (addresses: string) => `
  SELECT source_ip, (coalesce((
      SELECT sum(d.events) FROM attacker_days d WHERE d.source_ip = a.source_ip AND d.bucket >= $2 AND d.bucket <= $7
    ), 0) + $5::int * coalesce((
      SELECT sum(h.events) FROM generate_series($3::timestamptz, $4::timestamptz - interval '1 hour', interval '1 hour') AS hour
      CROSS JOIN LATERAL (SELECT events FROM attacker_hours WHERE bucket = hour AND source_ip = a.source_ip OFFSET 0) AS h
    ), 0))::bigint AS events
  FROM ${addresses} AS a OFFSET 0`

/** The same, where it is of too many addresses: all of the window is read. */
const totalsOfMany = (addresses: string) => `
  SELECT source_ip, sum(events)::bigint AS events FROM (
    SELECT source_ip, events FROM attacker_days JOIN ${addresses} USING (source_ip) WHERE bucket >= $2 AND bucket <= $7
    UNION ALL
    SELECT source_ip, $5::int * events FROM attacker_hours JOIN ${addresses} USING (source_ip) WHERE bucket >= $3 AND bucket < $4
  ) AS parts GROUP BY source_ip HAVING sum(events) > 0`

/** Top rows with their sessions: those that began in the window, and those that were going on when it began. */
const WITH_SESSIONS = `
  SELECT top.*, (SELECT count(*) FROM sessions s WHERE s.source_ip = top.source_ip AND s.started_at >= $1)
      + coalesce(going_on.sessions, 0) AS sessions
  FROM top LEFT JOIN (
    SELECT source_ip, count(*) AS sessions FROM sessions WHERE started_at < $1 AND last_seen_at >= $1 GROUP BY source_ip
  ) AS going_on USING (source_ip)`

/**
 * The $6 attackers with the most events among the busiest $8 of each day until $7. Magnitudes say how many events each can have at `most`; whoever
 * cannot reach what the last of the answer has at least is not added up; there is no answer where more than $9 can. Nobody else has more events than `omitted`. An address of which
 * hours are left without a profile is no attacker. LATERAL with OFFSET: profiles are looked up for as many as are needed.
 * @param totals how the candidates are added up.
 */
const busiestBy = (totals: typeof totalsOf) => `
  WITH busiest AS MATERIALIZED (
    SELECT day, source_ip, magnitude FROM generate_series(date_trunc('day', $1::timestamptz, 'UTC'), $7::timestamptz, interval '24 hours') AS day
    CROSS JOIN LATERAL (
      SELECT source_ip, magnitude FROM attacker_days WHERE bucket = day ORDER BY magnitude DESC LIMIT $8::bigint
    ) AS of_day
  ), omitted AS MATERIALIZED (
    SELECT coalesce(sum(most_of_magnitude(least_magnitude)), 0)::bigint AS events FROM (
      SELECT min(magnitude) AS least_magnitude FROM busiest GROUP BY day HAVING count(*) >= $8::bigint
    ) AS full_days
  ), limits AS MATERIALIZED (
    SELECT source_ip, sum(most_of_magnitude(magnitude)) + (SELECT events FROM omitted) AS most FROM busiest GROUP BY source_ip
  ), first AS MATERIALIZED (
    SELECT source_ip FROM (SELECT source_ip FROM limits ORDER BY most DESC OFFSET 0) AS by_limit
    CROSS JOIN LATERAL (SELECT FROM attackers a WHERE a.source_ip = by_limit.source_ip OFFSET 0) AS known LIMIT $6 + ${FIRST}
  ), needed AS MATERIALIZED (
    SELECT events FROM (${totalsOf('first')}) AS totals ORDER BY events DESC OFFSET $6 - 1 LIMIT 1
  ), able AS MATERIALIZED (
    SELECT source_ip FROM limits WHERE most >= coalesce((SELECT events FROM needed), 0) LIMIT $9::bigint + 1
  ), candidates AS MATERIALIZED (
    SELECT source_ip FROM able WHERE $9::bigint IS NULL OR (SELECT count(*) FROM able) <= $9::bigint
  ), top AS (
    SELECT t.source_ip, t.events, a.attacker_score AS threat_score, a.attacker_level AS threat_level, a.last_seen_at
    FROM (
      SELECT * FROM (${totals('candidates')}) AS totals WHERE events >= greatest(1, (SELECT events FROM needed))
    ) AS t CROSS JOIN LATERAL (SELECT * FROM attackers a WHERE a.source_ip = t.source_ip OFFSET 0) AS a
    ORDER BY events DESC, threat_score DESC, source_ip LIMIT $6
  )
  SELECT rows.*, (SELECT events FROM omitted) AS omitted FROM (${WITH_SESSIONS}) AS rows
  ORDER BY events DESC, threat_score DESC, source_ip`

const BUSIEST = busiestBy(totalsOf)
const ALL = busiestBy(totalsOfMany)

/** As the index has them, and exactly. */
const SEEN = 'last_seen_slot >= seen_slot($1) AND last_seen_at >= $1'

/**
 * The $6 attackers with the highest scores, and of equal scores those with the most events: by their keys where they are at most $8. Whoever was
 * seen in the window has events in it. @param among a further condition of attackers.
 */
const gravestOf = (among: string) => `
  WITH candidates AS MATERIALIZED (
    SELECT source_ip FROM attackers WHERE ${SEEN} AND ${among} ORDER BY attacker_score DESC FETCH FIRST ($6) ROWS WITH TIES
  ), top AS (
    SELECT source_ip, events, attacker_score AS threat_score, attacker_level AS threat_level, last_seen_at
    FROM (
      SELECT * FROM (${totalsOf('candidates')}) AS of_few WHERE (SELECT count(*) FROM candidates) <= $8
      UNION ALL SELECT * FROM (${totalsOfMany('candidates')}) AS of_many WHERE (SELECT count(*) FROM candidates) > $8
    ) AS totals JOIN attackers USING (source_ip) WHERE events > 0
    ORDER BY threat_score DESC, events DESC, source_ip LIMIT $6
  )
  ${WITH_SESSIONS} ORDER BY threat_score DESC, events DESC, source_ip`

/** Whoever is not severe has a lower score than all who are. */
const GRAVEST = [gravestOf("attacker_level IN ('high', 'critical')"), gravestOf('true')]

/** The attackers of the last hours, with the most events or the highest score first: exactly, and without adding up all of them. */
export async function readTopAttackers(
  database: Queryable,
  now: Date,
  { hours, limit, by }: TopAttackersQuery,
): Promise<TopAttackers> {
  const window = windowOf(Math.floor((now.getTime() - hours * HOUR_MS) / HOUR_MS) * HOUR_MS)
  const values = [...window, limit, new Date(now.getTime() + DAYS_AHEAD * DAY_MS)]
  const days = Math.ceil(hours / 24) + 1 + DAYS_AHEAD
  if (by === 'score') {
    let items: TopAttacker[] = []
    for (const text of GRAVEST)
      if (items.length < limit)
        items = await database.query<TopAttacker>({ text, values: [...values, MOST_BY_KEYS] })
    return { items }
  }
  for (const addresses of ROUNDS) {
    const ofDay = Number.isFinite(addresses) ? Math.ceil(addresses / days) : null
    const rows = await database.query<TopAttacker & { omitted: number }>({
      text: ofDay === null ? ALL : BUSIEST,
      values: [...values, ofDay, ofDay && MOST_BY_KEYS],
    })
    if (ofDay === null || isSettled(rows, limit)) return { items: rows.map(({ omitted: _, ...row }) => row) }
  }
  throw new Error('the last round looks at all addresses')
}

/** Whether nobody who was not looked at can stand among these rows. Who has as many events as the last row might stand before it. */
function isSettled(rows: ReadonlyArray<{ events: number; omitted: number }>, limit: number): boolean {
  const last = rows.at(-1)
  if (!last) return false
  return last.omitted === 0 || (rows.length === limit && last.omitted < last.events)
}

/** The parameters of {@link totalsOf}: of the day in which the window begins, the fewer hours are read, those within it or those before. */
function windowOf(from: number): [from: Date, days: Date, hoursFrom: Date, hoursTo: Date, sign: 1 | -1] {
  const day = Math.floor(from / DAY_MS) * DAY_MS
  const next = day + DAY_MS
  const [start, before, after] = [new Date(from), new Date(day), new Date(next)]
  return from - day <= next - from ? [start, before, before, start, -1] : [start, after, start, after, 1]
}
