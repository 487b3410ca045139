import type { SyntheticTarget } from '@eviltwin/contract'
import { expect, test } from 'vitest'
import { createMarkers } from '../../domain/synthetic-marker.js'
import { silent } from '../../testing/silent.js'
import { createRunner } from './runner.js'

const REACH = { registered: true, decoys: [] }
const targetOf = (n: number): SyntheticTarget => ({
  id: `${n}`,
  kind: 'ssh',
  name: `sensor ${n}`,
  own: false,
  registered_by: 'administrator',
  enabled: true,
  sensor_id: `sensor-${n}`,
  source_ip: '192.0.2.1',
  host: '192.0.2.2',
  port: 22,
  interval_seconds: 300,
  next_at: '2026-03-22T12:00:00.000Z',
  created_by: 'admin',
})

/** A runner with more targets that are due than it attacks. */
function start() {
  const done = { asked: [] as number[], expected: 0, attacked: 0 }
  const due = Array.from({ length: 10 }, (_, n) => targetOf(n))
  const runner = createRunner({
    targets: {
      async due(_now, _reach, limit) {
        done.asked.push(limit)
        return due.splice(0, limit)
      },
      postpone: async () => true,
    },
    runs: {
      async expect() {
        done.expected += 1
        return true
      },
      async attacked() {
        done.attacked += 1
      },
      failed: async () => {},
    },
    markers: createMarkers('a secret'),
    clientOf: () => async () => {},
    windowMs: 60_000,
    log: silent('test'),
    now: () => Date.parse('2026-03-22T12:00:00Z'),
  })
  return { runner, done }
}

test('four attacks are under way at the same time; targets beyond them stay due', async () => {
  const { runner, done } = start()
  await runner.attackDue(REACH)
  await runner.attackDue(REACH)
  expect(done).toEqual({ asked: [4], expected: 4, attacked: 0 })
  await runner.stop()
})

test('a stop ends attacks that wait, without making them', async () => {
  const { runner, done } = start()
  await runner.attackDue(REACH)
  await runner.stop()
  expect(done.attacked).toBe(0)
})
