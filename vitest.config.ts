import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const contract = fileURLToPath(new URL('contract/src/', import.meta.url))
const resolve = {
  alias: [
    { find: /^@eviltwin\/contract$/, replacement: `${contract}index.ts` },
    { find: /^@eviltwin\/contract\/(\w+)$/, replacement: `${contract}$1.ts` },
  ],
}

const realData = JSON.parse(
  readFileSync(new URL('server/src/testing/real-data.json', import.meta.url), 'utf8'),
) as Array<{ path: string; skipped: string }>
for (const { path, skipped } of realData) {
  if (!existsSync(new URL(`../${path}`, import.meta.url))) {
    process.stderr.write(`../${path} is not there: ${skipped} are skipped.\n`)
  }
}

// At least two: many tests wait for a database or for another process, and leave a core idle.
const maxWorkers = Math.max(2, availableParallelism() - 1)

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          maxWorkers,
          include: ['server/src/**/*.test.ts', 'contract/src/**/*.test.ts', 'dashboard/src/**/*.test.ts'],
          exclude: ['**/*.int.test.ts'],
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
          maxWorkers,
          include: ['server/src/**/*.int.test.ts'],
          globalSetup: 'server/src/testing/postgres-servers.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        test: {
          name: 'end-to-end',
          include: ['e2e/**/*.e2e.test.ts'],
          globalSetup: 'server/src/testing/postgres-servers.ts',
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // After the others, and one file at a time: each starts whole servers.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
