import type pg from 'pg'

/** Tables that no backup holds, and why. */
const EXCLUDED: Readonly<Record<string, string>> = {
  replicas: 'says which processes run now, which a backup cannot know',
  ws_tickets: 'admissions to the live feed expire within a minute',
  schema_migrations: 'describes the schema that the rows go into; the manifest has it for comparison',
}

/** What is stored, as PostgreSQL describes it. Names come from nowhere else: nothing foreign gets into the SQL. */
export interface Catalogue {
  /** Tables in an order that satisfies the foreign keys, with their columns. */
  tables: Map<string, string[]>
  /** Tables that a restore empties besides. */
  volatileTables: string[]
  /** Tables of exactly one row, which a migration put there. */
  oneRowTables: string[]
  sequences: Sequence[]
}

export interface Sequence {
  name: string
  /** Null when it belongs to no column. */
  table: string | null
  column: string | null
  /** Null when it has given no value yet. */
  lastValue: string | null
}

/** Partitions belong to their table; one that is detached waits to be dropped. */
const IS_TABLE = `c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname !~ '^events_[0-9]{8}$'`

export async function readCatalogue(client: pg.ClientBase): Promise<Catalogue> {
  const { rows: columns } = await client.query<{ table: string; column: string }>(`
    SELECT c.relname::text AS "table", a.attname::text AS "column" FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE ${IS_TABLE} AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY c.relname, a.attnum`)
  const { rows: references } = await client.query<{ from: string; to: string }>(`
    SELECT c.relname::text AS "from", r.relname::text AS "to" FROM pg_constraint f
    JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
    WHERE f.contype = 'f' AND f.conrelid <> f.confrelid AND ${IS_TABLE}`)
  const { rows: oneRow } = await client.query<{ table: string }>(`
    SELECT c.relname::text AS "table" FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE ${IS_TABLE} AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.oid, c.relname
    HAVING bool_or(a.attname = 'only_row') AND bool_and(a.atthasdef OR NOT a.attnotnull)`)
  const { rows: sequences } = await client.query<Sequence>(`
    SELECT s.relname::text AS name, c.relname::text AS "table", a.attname::text AS "column", p.last_value::text AS "lastValue"
    FROM pg_class s JOIN pg_sequences p ON p.schemaname = current_schema() AND p.sequencename = s.relname
    LEFT JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
      AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    LEFT JOIN pg_class c ON c.oid = d.refobjid
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND s.relnamespace = current_schema()::regnamespace ORDER BY 1`)
  const byTable = new Map<string, string[]>()
  for (const { table, column } of columns) byTable.set(table, [...(byTable.get(table) ?? []), column])
  const stored = [...byTable.keys()].filter((table) => !(table in EXCLUDED))
  return {
    tables: new Map(inOrder(stored, references).map((table) => [table, byTable.get(table) ?? []])),
    volatileTables: Object.keys(EXCLUDED).filter((name) => name !== 'schema_migrations' && byTable.has(name)),
    oneRowTables: oneRow.map(({ table }) => table),
    sequences,
  }
}

/** A table stands behind those it refers to. */
function inOrder(
  tables: readonly string[],
  references: ReadonlyArray<{ from: string; to: string }>,
): string[] {
  const placed = new Set<string>()
  const place = (table: string, above: readonly string[]) => {
    if (placed.has(table) || above.includes(table)) return
    for (const { from, to } of references) if (from === table) place(to, [...above, table])
    placed.add(table)
  }
  for (const table of tables) place(table, [])
  return [...placed].filter((table) => tables.includes(table))
}

/** Names of the migrations that the database has. */
export async function readMigrations(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name')
  return rows.map(({ name }) => name)
}
