import { type Event, levelsFrom, type SessionFilter, type ThreatLevel } from '@eviltwin/contract'
import { type Expression, expressionBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { SessionRow } from '../../domain/session.js'
import { allOf, queriesOf, statementOf, when } from '../../platform/postgres/query-builder.js'
import { MAX_SLIPS } from '../scoring/index.js'

export interface SessionTables {
  sessions: SessionRow
  events: Event
}

/** A session that was not closed is active for as long after its last event. */
const ACTIVE_MINUTES = 30

const queries = queriesOf<SessionTables>()

/** The condition of a session that goes on at a time, however long ago it began. */
function activeAt(now: Expression<unknown>): Expression<SqlBool> {
  return sql<SqlBool>`ended_at IS NULL AND last_seen_at >= ${now} - make_interval(mins => ${sql.lit(ACTIVE_MINUTES)})`
}

/**
 * Whether a session had its last event at or after `from`, spelled so that sessions that began in the window are found by their
 * start and only older ones by their last event.
 */
function lastSeenFrom(from: Expression<unknown>): Expression<SqlBool> {
  return sql<SqlBool>`(started_at >= ${from} OR last_seen_at >= ${from})`
}

/** The same for a fixed statement. @param now an SQL expression of a timestamptz. */
export function isActive(now: string): string {
  return statementOf(sql`${activeAt(sql.raw(now))}`).text
}

/** The same for a fixed statement. @param from an SQL expression, used twice. */
export function hadEventSince(from: string): string {
  return statementOf(sql`${lastSeenFrom(sql.raw(from))}`).text
}

/** SQL: the ATT&CK techniques that a session shows. Logins and commands are counts of it, and show what scoring's `techniquesShown` says of them. */
export const SHOWN_TECHNIQUES = `(techniques
  || CASE WHEN login_attempt_count > ${MAX_SLIPS} THEN ARRAY['T1110'] ELSE '{}' END
  || CASE WHEN login_success_count > 0 THEN ARRAY['T1078'] ELSE '{}' END
  || CASE WHEN command_count > 0 THEN ARRAY['T1059'] ELSE '{}' END)`

const { eb, exists, selectFrom } = expressionBuilder<SessionTables, 'sessions'>()
const events = selectFrom('events')

/**
 * Sessions that match a filter, to choose columns and an order of. What commands they have is a question of its own (text-search-store.ts).
 * @param now decides which sessions are active.
 */
export function matchingSessions(
  filter: Omit<SessionFilter, 'q'>,
  now: Date,
): SelectQueryBuilder<SessionTables, 'sessions', object> {
  const matches = [
    when(filter.threat_level, isAtLeast),
    when(filter.level, isOneOf),
    when(filter.src_ip, (network) => sql`source_ip <<= ${network}::inet`),
    when(filter.sensor_id, (id) => eb('sensor_id', '=', id)),
    when(filter.protocol, (protocol) => sql`${protocol} = ANY (protocols)`),
    when(filter.country, (country) => eb('country', '=', country.toUpperCase())),
    when(filter.active || undefined, () => activeAt(sql`${now}::timestamptz`)),
    when(filter.behaviour, (behaviour) => sql`${behaviour} = ANY (signals)`),
    when(filter.technique, (technique) => sql`${technique} = ANY (${sql.raw(SHOWN_TECHNIQUES)})`),
    // A session belongs to every window in which it had an event, however long ago it began.
    when(filter.from, (from) => lastSeenFrom(sql`${from}::timestamptz`)),
    when(filter.started_from, (from) => sql`started_at >= ${from}::timestamptz`),
    when(filter.to, (to) => sql`started_at < ${to}::timestamptz`),
    when(filter.event_type, (type) =>
      exists(events.whereRef('events.session_id', '=', 'sessions.id').where('event_type', '=', type)),
    ),
  ]
  return queries.selectFrom('sessions').where(allOf(matches))
}

/** `severe` says that a level is high or critical (migration 0045): spelled as the partial index is, so that the planner can use it. */
function isAtLeast(level: ThreatLevel): Expression<SqlBool> {
  if (level === 'high') return sql`severe`
  if (level === 'critical') return sql`severe AND threat_level = 'critical'`
  return sql`threat_level = ANY (${levelsFrom(level)})`
}

function isOneOf(levels: readonly ThreatLevel[]): Expression<SqlBool> {
  const isSevere = levels.every((level) => level === 'high' || level === 'critical')
  return isSevere ? sql`severe AND threat_level = ANY (${levels})` : sql`threat_level = ANY (${levels})`
}
