import type { SessionRow } from '../../domain/session.js'
import type { Transactional } from '../../platform/postgres/database.js'
import type { Statement } from '../../platform/postgres/statement.js'
import { NOTHING_SYNTHETIC, type SyntheticContext, type SyntheticPlan } from './synthetic-runs.js'
import { createSyntheticStore, writeSynthetic } from './synthetic-store.js'
import type { WriteGroup } from './write-group.js'

/** What a group meets in the store. */
export interface StoredContext {
  /** Ids, of those of the group, that are stored already. */
  knownEventIds: ReadonlySet<string>
  /** Whether this very group was committed already: the answer of the database was lost. */
  isCommitted: boolean
  sessions: ReadonlyMap<string, SessionRow>
  /** What its events may be of beside that: attacks of the platform itself. */
  synthetic: SyntheticContext
}

/** What a group commit needs of the store: one round trip to read, one to write. */
export interface IngestStore {
  read(group: WriteGroup): Promise<StoredContext>
  /**
   * Runs what {@link writeStatement} made: all of it or nothing. Fails with a conflict (see sqlstate.ts) when an event has been stored or
   * a session has changed since it was read. A quarantined record that is there already is counted once more.
   */
  write(statement: Statement): Promise<void>
  /** The same together with what the group adds to sessions of attacks of the platform, in one transaction. */
  writeBoth(statement: Statement, synthetic: SyntheticPlan, groupId: number): Promise<void>
}

const READ = {
  name: 'ingest-read-2',
  text: `
    SELECT
      ARRAY(SELECT id FROM event_keys WHERE id = ANY ($1::uuid[])) AS known,
      EXISTS (SELECT FROM event_keys WHERE id = ANY ($1::uuid[]) AND group_id = $3)
        OR EXISTS (SELECT FROM quarantine WHERE id = ANY ($4::uuid[]) AND group_id = $3) AS committed,
      (SELECT coalesce(json_agg(s), '[]') FROM sessions s WHERE id = ANY ($2::uuid[])) AS sessions`,
}

/** @param now milliseconds since the epoch. */
export function createIngestStore(database: Transactional, now: () => number = Date.now): IngestStore {
  const synthetic = createSyntheticStore(database)
  return {
    async read({ events, sessionIds, otherIds, groupId, rejected, suspects }) {
      const ids = events.map(({ id }) => id)
      const [row] = await database.query<{ known: string[]; committed: boolean; sessions: StoredSession[] }>({
        ...READ,
        values: [[...ids, ...otherIds.values()], [...sessionIds], groupId, rejected.map(({ id }) => id)],
      })
      const stored = new Set(row?.known)
      const isKnown = (id: string) => stored.has(id) || stored.has(otherIds.get(id) ?? id)
      const apart =
        suspects.length === 0
          ? { ...NOTHING_SYNTHETIC, isCommitted: false }
          : await synthetic.read(suspects, groupId)
      return {
        knownEventIds: otherIds.size === 0 ? stored : new Set(ids.filter(isKnown)),
        isCommitted: (row?.committed ?? false) || apart.isCommitted,
        synthetic: apart,
        sessions: new Map(row?.sessions.map((session) => [session.id, sessionFromJson(session)])),
      }
    },
    async write(statement) {
      await database.query(statement)
    },
    writeBoth: (statement, plan, groupId) =>
      database.transaction(async (client) => {
        await client.query(statement)
        await writeSynthetic(client, plan, groupId, new Date(now()))
      }),
  }
}

/** As `json_agg` spells a row: timestamps keep PostgreSQL's own ISO form. */
type StoredSession = SessionRow

function sessionFromJson(session: StoredSession): SessionRow {
  return {
    ...session,
    started_at: timestampFromJson(session.started_at),
    last_seen_at: timestampFromJson(session.last_seen_at),
    ended_at: session.ended_at === null ? null : timestampFromJson(session.ended_at),
    last_received_at: timestampFromJson(session.last_received_at),
  }
}

/** `2026-03-22T00:10:42.83+00:00` -> `2026-03-22T00:10:42.830000Z`. */
function timestampFromJson(text: string): string {
  const [seconds = '', fraction = ''] = text.slice(0, text.lastIndexOf('+')).split('.')
  return `${seconds}.${fraction.padEnd(6, '0')}Z`
}
