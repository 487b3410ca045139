import { expect, test } from 'vitest'
import { anEvent } from '../../testing/events.js'
import { createRuleScorer } from '../scoring/rules.js'
import { planCommit } from './commit-plan.js'
import { createContextReader } from './context-reader.js'

test("an active attacker's history is read again after a minute, however often it is written", async () => {
  let now = 0
  let reads = 0
  const context = createContextReader(
    {
      read: async () => ({ knownEventIds: new Set(), isCommitted: false, sessions: new Map() }),
      async attackers() {
        reads += 1
        return []
      },
    },
    () => now,
  )
  for (now = 1; now < 600_000; now += 5_000) {
    const event = anEvent()
    const histories = await context.historiesOf([event])
    context.cache(planCommit([event], new Map(), createRuleScorer(), histories), histories)
  }
  expect(reads).toBe(10)
})
