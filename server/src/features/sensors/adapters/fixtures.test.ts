import { readFileSync } from 'node:fs'
import type { Event } from '@eviltwin/contract'
import { describe, expect, test } from 'vitest'
import { canonicalIp } from '../../../domain/ip-address.js'
import { parseTimestamp } from '../../../domain/timestamp.js'
import { allFixtures, expectOutcome, type Fixture } from '../../../testing/sensor-fixtures.js'
import { Rejection, type SensorContext } from './adapter.js'
import { normalize } from './normalize.js'

const context: SensorContext = { received_at: '2026-11-24T12:00:00.000000Z' }

const eventsOf = (record: Fixture['record']): Event[] => {
  const result = normalize(record, JSON.stringify(record), context)
  return result instanceof Rejection ? [] : result
}

describe.each(allFixtures())('$title', ({ records }) => {
  test.each(records)('$type', (fixture) => expectOutcome(fixture))
})

type Leaf = readonly [path: string, value: string]

/** Each text, number and truth of a record by the names that lead to it; JSON within a text is read, too. */
function* leavesOf(value: unknown, path: string): Generator<Leaf> {
  if (typeof value === 'string' && value.startsWith('{"')) yield* leavesOf(JSON.parse(value), path)
  else if (Array.isArray(value)) for (const each of value) yield* leavesOf(each, path)
  else if (typeof value === 'object' && value !== null)
    for (const [name, each] of Object.entries(value))
      yield* leavesOf(each, path === '' ? name : `${path}.${name}`)
  else if (value !== null && value !== '') yield [path, String(value)]
}

/** Short values are looked for as words: nearly every text has a `1` in it. */
function isIn(text: string, value: string): boolean {
  return value.length > 2
    ? text.includes(value)
    : [/[^\p{L}\p{N}]+/u, /[=, ]+/].some((between) => text.split(between).includes(value))
}

function isTold(value: string, events: readonly Event[]): boolean {
  const spellings = [value, canonicalIp(value), parseTimestamp(value)].filter((each) => each !== null)
  return events.some((event) =>
    Object.entries(event).some(
      ([name, field]) =>
        name !== 'raw' &&
        field !== null &&
        spellings.some((spelling) => isIn(String(field).toLowerCase(), spelling.toLowerCase())),
    ),
  )
}

describe('whatever a record says is in an event, or known to be kept in its own text alone', () => {
  const former = JSON.parse(
    readFileSync(new URL('./adapters.fixtures.json', import.meta.url), 'utf8'),
  ) as Record<string, Fixture[]>
  const rawOnly = JSON.parse(
    readFileSync(new URL('./raw-only.fixtures.json', import.meta.url), 'utf8'),
  ) as Record<string, string[]>
  const groups = [
    ...allFixtures(),
    ...Object.entries(former).map(([title, records]) => ({ title, records, raw_only: rawOnly[title] ?? [] })),
  ]

  test.each(groups)('$title', ({ records, raw_only }) => {
    const untold = new Set<string>()
    for (const { record, rejected } of records) {
      if (rejected !== undefined) continue
      const events = eventsOf(record)
      for (const [path, value] of leavesOf(record, '')) if (!isTold(value, events)) untold.add(path)
    }
    expect([...untold].sort()).toEqual([...raw_only].sort())
  })
})
