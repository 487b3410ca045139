import type { AuditEntry, AuditHead, AuditQuery, Page } from '@eviltwin/contract'
import { expressionBuilder, sql } from 'kysely'
import type { Queryable, Transactional } from '../../platform/postgres/database.js'
import { readPage } from '../../platform/postgres/list-page.js'
import { allOf, queriesOf, rowsBehind, statementOf, when } from '../../platform/postgres/query-builder.js'
import {
  type AuditRecord,
  type ChainHead,
  EMPTY_CHAIN,
  type SealedDetail,
  type SealedEntry,
  seal,
} from './chain.js'

export interface AuditStore {
  /** Chains records to the entries before them, all or none, whatever other replicas do. */
  append(records: readonly AuditRecord[]): Promise<void>
  /** Newest first. */
  list(query: AuditQuery): Promise<Page<AuditEntry>>
  head(): Promise<Pick<AuditHead, 'seq' | 'hash' | 'at'>>
  /** Where the chain begins: before its oldest entry that is still there. */
  beginning(): Promise<ChainHead>
  /** Entries behind a seq, in order, at most so many; `detail` is null where it was erased. */
  after(seq: number, limit: number): Promise<Array<{ entry: SealedEntry; detail: SealedDetail | null }>>
  /** Erases details by the name of who did it, or by age; the entries stay. @returns how many. */
  erase(which: { actor?: string; before?: Date }): Promise<number>
  /** Removes entries that are older, oldest first, at most so many; the chain begins behind them then. */
  removeBefore(before: Date, limit: number): Promise<number>
  /** The last entry that was forwarded. */
  forwarded(): Promise<number>
  /** @param seq of the last entry that has arrived. */
  setForwarded(seq: number): Promise<void>
}

/** Serializes whoever appends, on all replicas, until the transaction ends. */
const APPEND_LOCK = 7_242_014
const ENTRY_COLUMNS = [
  'e.seq',
  'e.at',
  'e.action',
  'e.outcome',
  'e.actor_kind',
  'e.count',
  'e.detail_digest',
  'e.hash',
] as const

type EntryRow = SealedEntry & { salt: Buffer | null; detail: string | null }

interface AuditTables {
  audit_entries: SealedEntry
  audit_details: { seq: number; actor: string | null; salt: Buffer; detail: string }
}

const queries = queriesOf<AuditTables>()
const { eb } = expressionBuilder<
  { e: AuditTables['audit_entries']; d: AuditTables['audit_details'] },
  'e' | 'd'
>()

export function createAuditStore(database: Transactional): AuditStore {
  return {
    append: (records) => database.transaction((client) => append(client, records)),
    list: (query) => list(database, query),
    async head() {
      const [row] = await database.query<{ seq: number; hash: Buffer; at: string }>({
        text: 'SELECT seq, hash, at FROM audit_entries ORDER BY seq DESC LIMIT 1',
      })
      if (row) return { ...row, hash: row.hash.toString('hex') }
      const { seq, hash } = await beginningOf(database)
      return { seq, hash: hash.toString('hex'), at: null }
    },
    beginning: () => beginningOf(database),
    async after(seq, limit) {
      const rows = await database.query<EntryRow>({
        text: `SELECT ${ENTRY_COLUMNS.join(', ')}, d.salt, d.detail FROM audit_entries e LEFT JOIN audit_details d USING (seq)
          WHERE e.seq > $1 ORDER BY e.seq LIMIT $2`,
        values: [seq, limit],
      })
      return rows.map(({ salt, detail, ...entry }) => ({
        entry: { ...entry, at: new Date(entry.at).toISOString() },
        detail: salt === null || detail === null ? null : { salt, detail },
      }))
    },
    async erase({ actor, before }) {
      const which = allOf([
        when(actor, (name) => eb('d.actor', '=', name)),
        when(before, (time) => sql`d.seq IN (SELECT seq FROM audit_entries WHERE at < ${time})`),
      ])
      const [row] = await database.query<{ count: number }>(
        statementOf(
          sql`WITH gone AS (DELETE FROM audit_details d WHERE ${which} RETURNING 1) SELECT count(*) FROM gone`,
        ),
      )
      return row?.count ?? 0
    },
    removeBefore: (before, limit) => database.transaction((client) => removeBefore(client, before, limit)),
    async forwarded() {
      const [row] = await database.query<{ forwarded_seq: number }>({
        text: 'SELECT forwarded_seq FROM audit_state',
      })
      return row?.forwarded_seq ?? 0
    },
    async setForwarded(seq) {
      await database.query({
        text: 'INSERT INTO audit_state (forwarded_seq) VALUES ($1) ON CONFLICT (id) DO UPDATE SET forwarded_seq = $1',
        values: [seq],
      })
    },
  }
}

async function beginningOf(database: Queryable): Promise<ChainHead> {
  const [row] = await database.query<{ first_seq: number; previous_hash: Buffer }>({
    text: 'SELECT first_seq, previous_hash FROM audit_state',
  })
  // A restored backup of an earlier release has no row.
  return row ? { seq: row.first_seq - 1, hash: row.previous_hash } : EMPTY_CHAIN
}

async function append(client: Queryable, records: readonly AuditRecord[]): Promise<void> {
  await client.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [APPEND_LOCK] })
  const [newest] = await client.query<ChainHead & { [column: string]: unknown }>({
    text: 'SELECT seq, hash FROM audit_entries ORDER BY seq DESC LIMIT 1',
  })
  const sealed = seal(newest ?? (await beginningOf(client)), records)
  const entries = sealed.map(({ entry }) => entry)
  await client.query({
    text: `INSERT INTO audit_entries (seq, at, action, outcome, actor_kind, count, detail_digest, hash)
      SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::int[], $7::bytea[], $8::bytea[])`,
    values: [
      entries.map(({ seq }) => seq),
      entries.map(({ at }) => at),
      entries.map(({ action }) => action),
      entries.map(({ outcome }) => outcome),
      entries.map(({ actor_kind }) => actor_kind),
      entries.map(({ count }) => count),
      entries.map(({ detail_digest }) => detail_digest),
      entries.map(({ hash }) => hash),
    ],
  })
  await client.query({
    text: `INSERT INTO audit_details (seq, salt, actor, detail) SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::text[])`,
    values: [
      entries.map(({ seq }) => seq),
      sealed.map(({ detail }) => detail.salt),
      records.map(({ detail }) => detail.actor.name),
      sealed.map(({ detail }) => detail.detail),
    ],
  })
}

async function list(database: Queryable, query: AuditQuery): Promise<Page<AuditEntry>> {
  const matches = [
    when(query.action, (beginning) => sql`starts_with(e.action, ${beginning})`),
    when(query.actor, (name) => eb('d.actor', '=', name)),
    when(query.outcome, (outcome) => eb('e.outcome', '=', outcome)),
    when(query.from, (time) => sql`e.at >= ${time}`),
    when(query.to, (time) => sql`e.at < ${time}`),
    rowsBehind(query.cursor, '<', [['e.seq', 'bigint']]),
  ]
  const { items, next_cursor } = await readPage<Omit<EntryRow, 'salt'>>(database, {
    rows: queries
      .selectFrom('audit_entries as e')
      .leftJoin('audit_details as d', 'd.seq', 'e.seq')
      .select(ENTRY_COLUMNS)
      .select('d.detail')
      .where(allOf(matches))
      .orderBy('e.seq', 'desc'),
    limit: query.limit,
    keysOf: ({ seq }) => [seq],
    counted: null,
  })
  return {
    items: items.map(({ detail_digest: _, detail, hash, ...entry }) => ({
      ...entry,
      detail: detail === null ? null : JSON.parse(detail),
      hash: hash.toString('hex'),
    })),
    next_cursor,
  }
}

/** Under the lock of `append`, so that an empty chain is never taken for a new one. */
async function removeBefore(client: Queryable, before: Date, limit: number): Promise<number> {
  await client.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [APPEND_LOCK] })
  const old = await client.query<ChainHead & { at: string }>({
    text: 'SELECT seq, hash, at FROM audit_entries ORDER BY seq LIMIT $1',
    values: [limit],
  })
  // Clocks of replicas differ: only what is old without a younger entry before it goes, so that the chain has no hole.
  const young = old.findIndex(({ at }) => Date.parse(at) >= before.getTime())
  const removed = young === -1 ? old : old.slice(0, young)
  const last = removed.at(-1)
  if (!last) return 0
  await client.query({ text: `SELECT set_config('eviltwin.audit_removal', 'on', true)` })
  await client.query({ text: 'DELETE FROM audit_details WHERE seq <= $1', values: [last.seq] })
  await client.query({ text: 'DELETE FROM audit_entries WHERE seq <= $1', values: [last.seq] })
  await client.query({
    text: `INSERT INTO audit_state (first_seq, previous_hash) VALUES ($1, $2)
      ON CONFLICT (id) DO UPDATE SET first_seq = excluded.first_seq, previous_hash = excluded.previous_hash`,
    values: [last.seq + 1, last.hash],
  })
  return removed.length
}
