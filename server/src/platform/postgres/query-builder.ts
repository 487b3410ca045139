import {
  DummyDriver,
  type Expression,
  expressionBuilder,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryExecutorProvider,
  type SqlBool,
  sql,
} from 'kysely'
import { decodeCursor, KEY } from './cursor.js'
import type { Statement } from './statement.js'

/**
 * Builds statements whose conditions are known only when somebody asks. It compiles and never executes: what comes of it runs on the
 * pools like every other statement. Statements that are always the same stay SQL.
 * @typeParam Tables the tables of a store, each with the columns that it names.
 */
export function queriesOf<Tables>(): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
}

/** What can be compiled: a query, or a template of {@link sql}. */
interface Buildable {
  compile(executorProvider: QueryExecutorProvider): { sql: string; parameters: readonly unknown[] }
}

const COMPILER = queriesOf<unknown>()

/** Text and values of what was built. */
export function statementOf(query: Buildable): { text: string; values: unknown[] } & Statement {
  const { sql: text, parameters } = query.compile(COMPILER)
  return { text, values: [...parameters] }
}

/** A condition on a value of a filter; none where the filter leaves the value open. */
export function when<Value>(
  value: Value | undefined,
  condition: (value: Value) => Expression<SqlBool>,
): Expression<SqlBool> | undefined {
  return value === undefined ? undefined : condition(value)
}

/** Every one of the conditions that there are; all rows where there are none. */
export function allOf(conditions: ReadonlyArray<Expression<SqlBool> | undefined>): Expression<SqlBool> {
  return expressionBuilder<unknown, never>().and(conditions.filter((condition) => condition !== undefined))
}

/** What a list is sorted by: columns with their types in PostgreSQL. */
export type SortKeys = ReadonlyArray<readonly [column: string, type: keyof typeof SHAPES]>

const SHAPES = {
  timestamptz: KEY.timestamp,
  uuid: KEY.uuid,
  inet: KEY.ip,
  bigint: KEY.integer,
  real: KEY.number,
}

/**
 * The rows of a list behind a place in it, `(a, b) < (…, …)`; all of them without a cursor. @param order `<` where the list descends.
 * @throws {InvalidInputError} for a cursor that is none of this list.
 */
export function rowsBehind(
  cursor: string | undefined,
  order: '<' | '>',
  keys: SortKeys,
): Expression<SqlBool> {
  if (cursor === undefined) return allOf([])
  const place = decodeCursor(
    cursor,
    keys.map(([, type]) => SHAPES[type]),
  )
  const columns = keys.map(([column]) => sql.ref(column))
  const values = keys.map(([, type], index) => sql`${place[index]}::${sql.raw(type)}`)
  return sql<SqlBool>`(${sql.join(columns)}) ${sql.raw(order)} (${sql.join(values)})`
}
