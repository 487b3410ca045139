import type { HostileCase } from './hostile-case.js'
import { seedSessions } from './seeded-sessions.js'
import { flood } from './tally.js'

const SESSIONS = 20_000
const READERS = 16

/** Much to read, by many at once. */
export const feeds: HostileCase = {
  async prepare(stage) {
    await seedSessions(stage, SESSIONS)
    return {
      run: ({ isOver, tally }) => flood(tally, READERS, isOver, () => stage.call('/feeds/stix?hours=2160')),
    }
  },
}
