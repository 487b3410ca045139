import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const contract = fileURLToPath(new URL('contract/src/index.ts', import.meta.url))
const resolve = { alias: { '@eviltwin/contract': contract } }

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: ['server/src/**/*.test.ts', 'contract/src/**/*.test.ts', 'dashboard/src/**/*.test.ts'],
          exclude: ['**/*.int.test.ts'],
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
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
          fileParallelism: false,
        },
      },
    ],
  },
})
