import { readdirSync, readFileSync } from 'node:fs'

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
