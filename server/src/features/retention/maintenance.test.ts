import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { silent } from '../../testing/silent.js'
import { until } from '../../testing/until.js'
import { type MaintenanceOptions, startMaintenance } from './maintenance.js'

/** Runs maintenance until it has asked whether it leads. @returns how often something was removed, and what else was done. */
async function run(more: Partial<MaintenanceOptions> & { leads: boolean }) {
  const done = { asked: 0, removed: 0, flushed: 0 }
  const maintenance = startMaintenance({
    ensurePartitions: async () => {},
    removeOlderThan: async () => {
      done.removed += 1
      return { partitions: [], postponed: [], rows: {} }
    },
    packTexts: async () => ({ bytes: 0, packed_bytes: 0 }),
    isLeader: () => {
      done.asked += 1
      return more.leads
    },
    apiKeys: {
      flushUse: async () => {
        done.flushed += 1
      },
    } as unknown as MaintenanceOptions['apiKeys'],
    log: silent('test'),
    retention: { read: async () => ({ retention_days: 30 }) } as unknown as MaintenanceOptions['retention'],
    dataDir: undefined,
    minFreeDiskBytes: 0,
    ...more,
  })
  const isMeasured = () => more.dataDir === undefined || maintenance.diskFreeBytes() !== null
  await until(() => done.asked > 0 && isMeasured() && (done.flushed > 0 || more.apiKeys !== undefined))
  await maintenance.stop()
  return { ...done, problem: maintenance.storageProblem() }
}

test('only the replica that leads removes what is old', async () => {
  expect((await run({ leads: false })).removed).toBe(0)
  expect((await run({ leads: true })).removed).toBe(1)
})

test('keys whose use cannot be written down do not keep it from watching the room that is left', async () => {
  let flushes = 0
  const { problem } = await run({
    leads: false,
    dataDir: tmpdir(),
    minFreeDiskBytes: Number.MAX_SAFE_INTEGER,
    apiKeys: {
      flushUse: async () => {
        flushes += 1
        throw new Error('the database is away')
      },
    } as unknown as MaintenanceOptions['apiKeys'],
  })
  expect(flushes).toBeGreaterThan(0)
  expect(problem).toContain('are free on the disk of DATA_DIR')
})
