import { expressionBuilder, sql } from 'kysely'
import { expect, test } from 'vitest'
import { InvalidInputError } from '../errors.js'
import { encodeCursor } from './cursor.js'
import { allOf, queriesOf, rowsBehind, statementOf, when } from './query-builder.js'

interface Tables {
  sessions: { id: string; sensor_id: string; started_at: string }
}
const queries = queriesOf<Tables>()
const { eb } = expressionBuilder<Tables, 'sessions'>()
const list = (filter: { sensor?: string; network?: string }) =>
  queries
    .selectFrom('sessions')
    .select('id')
    .where(
      allOf([
        when(filter.sensor, (id) => eb('sensor_id', '=', id)),
        when(filter.network, (network) => sql`source_ip <<= ${network}::inet`),
      ]),
    )

test('a statement has the conditions whose values are given, and values are parameters in their order', () => {
  expect(statementOf(list({ sensor: `x' OR 1=1 --`, network: '10.0.0.0/8' }).limit(5))).toEqual({
    text: 'select "id" from "sessions" where ("sensor_id" = $1 and source_ip <<= $2::inet) limit $3',
    values: [`x' OR 1=1 --`, '10.0.0.0/8', 5],
  })
  expect(statementOf(list({ network: '10.0.0.0/8' }))).toEqual({
    text: 'select "id" from "sessions" where source_ip <<= $1::inet',
    values: ['10.0.0.0/8'],
  })
})

test('no condition is a condition that all rows fulfil', () => {
  expect(statementOf(list({}))).toEqual({ text: 'select "id" from "sessions" where 1 = 1', values: [] })
})

test('a page begins behind the row that the cursor names', () => {
  const keys = [
    ['started_at', 'timestamptz'],
    ['id', 'uuid'],
  ] as const
  const cursor = encodeCursor(['2026-03-22T12:00:00.000000Z', '00000000-0000-4000-8000-000000000000'])
  expect(statementOf(list({}).where(rowsBehind(cursor, '<', keys)))).toEqual({
    text: 'select "id" from "sessions" where 1 = 1 and ("started_at", "id") < ($1::timestamptz, $2::uuid)',
    values: ['2026-03-22T12:00:00.000000Z', '00000000-0000-4000-8000-000000000000'],
  })
  expect(() => rowsBehind(encodeCursor(['x', 'y']), '<', keys)).toThrow(InvalidInputError)
})

test('a query can be a part of a fixed statement', () => {
  const part = list({ sensor: 'a' })
  expect(statementOf(sql`WITH matching AS MATERIALIZED ${part} SELECT count(*) FROM matching`).text).toBe(
    'WITH matching AS MATERIALIZED (select "id" from "sessions" where "sensor_id" = $1) SELECT count(*) FROM matching',
  )
})
