import { expect, test } from 'vitest'
import { setupOf } from './steps.js'
import type { SetupFacts } from './store.js'

const NOW = Date.parse('2026-03-22T12:00:00Z')
const AT = '2026-03-22T11:59:00.000000Z'
const NOTHING: SetupFacts = {
  sensors: 0,
  last_received_at: null,
  enabled_channels: 0,
  channel_tested_at: null,
  users: 1,
  second_user_at: null,
  backup_written_at: null,
  heartbeat_answered_at: null,
}
const EVERYTHING: SetupFacts = {
  sensors: 2,
  last_received_at: AT,
  enabled_channels: 1,
  channel_tested_at: AT,
  users: 2,
  second_user_at: AT,
  backup_written_at: AT,
  heartbeat_answered_at: AT,
}
const doneOf = (facts: SetupFacts, heartbeat = true) =>
  setupOf({ facts, heartbeat, now: NOW }).steps.flatMap(({ id, done }) => (done ? [id] : []))

test('a new installation has every step before it, each with what to do next', () => {
  const { complete, steps } = setupOf({ facts: NOTHING, heartbeat: false, now: NOW })
  expect(complete).toBe(false)
  expect(steps.map(({ done, next }) => [done, next !== null])).toEqual(steps.map(() => [false, true]))
})

test('a complete installation has nothing left to do', () => {
  const { complete, steps } = setupOf({ facts: EVERYTHING, heartbeat: true, now: NOW })
  expect(complete).toBe(true)
  expect(steps.map(({ at, next }) => [at, next])).toEqual(steps.map(() => [AT, null]))
})

test.each([
  ['no sensor sent anything', 'sensor', { sensors: 0 }],
  ['the channel was disabled after its test', 'channel', { enabled_channels: 0 }],
  ['no test was delivered', 'channel', { channel_tested_at: null }],
  ['the second user was disabled', 'second_user', { users: 1 }],
  ['no backup was written', 'backup', { backup_written_at: null }],
  [
    'the heartbeat was answered six minutes ago',
    'external_check',
    { heartbeat_answered_at: '2026-03-22T11:54:00Z' },
  ],
] as const)('%s: %s is open', (_why, id, change) => {
  const done = doneOf({ ...EVERYTHING, ...change })
  expect(done).toHaveLength(4)
  expect(done).not.toContain(id)
})

test('without HEARTBEAT_URL an old answer counts for nothing', () => {
  expect(doneOf(EVERYTHING, false)).not.toContain('external_check')
})
