import { readdirSync, readFileSync } from 'node:fs'
import { Event } from '@eviltwin/contract'
import { expect } from 'vitest'
import { Rejection } from '../features/sensors/adapters/adapter.js'
import { normalize } from '../features/sensors/adapters/normalize.js'

/** A record of a sensor, and the events that it becomes or why it is none. */
export interface Fixture {
  /** The sensor's own name of such records, or what is special about this one. */
  type: string
  record: Record<string, unknown>
  events?: Array<Record<string, unknown>>
  rejected?: string
}

/** Records of one sensor. */
export interface FixtureGroup {
  title: string
  /** Where records have something that is in no field of an event: members by their names, with dots between nested ones. */
  raw_only: string[]
  records: Fixture[]
}

const FOLDER = new URL('../features/sensors/adapters/fixtures/', import.meta.url)

/** All of the folder `fixtures`, in the order of their names. For tests and the reference. */
export function allFixtures(): FixtureGroup[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) =>
      Object.entries(
        JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Record<
          string,
          Omit<FixtureGroup, 'title'>
        >,
      ).map(([title, group]) => ({ title, ...group })),
    )
}

/** Expects that a record becomes the events of its fixture, of which the first keeps its text, or is rejected for the reason named. */
export function expectOutcome({ record, events, rejected }: Omit<Fixture, 'type'>): void {
  const raw = JSON.stringify(record)
  const result = normalize(record, raw, { received_at: '2026-11-24T12:00:00.000000Z' })
  if (result instanceof Rejection) {
    expect(result.reason).toBe(rejected)
    return
  }
  expect(rejected).toBeUndefined()
  expect(result).toMatchObject(events ?? [])
  expect(result).toHaveLength(events?.length ?? -1)
  for (const event of result) expect(Event.safeParse(event).error).toBeUndefined()
  expect(result.map((event) => event.raw)).toEqual([raw, ...result.slice(1).map(() => null)])
}
