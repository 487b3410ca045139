import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { composeServer } from './compose.js'
import { loadConfig } from './platform/config.js'
import { createLog } from './platform/telemetry/log.js'
import { createEmptyDatabase } from './testing/test-database.js'

test('the password of the first start is shown by the start that succeeds, not lost by one that fails', async () => {
  const [server] = inject('postgresServers')
  if (!server) throw new Error('there is always the embedded PostgreSQL')
  const { url, drop } = await createEmptyDatabase(server)
  const directory = mkdtempSync(join(tmpdir(), 'eviltwin-compose-'))
  const log = createLog({ level: 'CRITICAL', destination: { write: () => {} } })
  const start = async (more: Record<string, string>) =>
    composeServer(await loadConfig({ DATABASE_URL: url, DATA_DIR: directory, ...more }), log)
  await expect(start({ SLO_DIR: join(directory, 'nowhere') })).rejects.toThrow('nowhere')
  await expect(start({ THREAT_MODEL_FILE: '', GEO_DATABASE: directory })).rejects.toThrow('GEO_DATABASE')
  const { firstStart, close } = await start({})
  expect(firstStart).toMatchObject({ admin: { username: 'admin', password: expect.any(String) } })
  expect(firstStart.sensorKey).toMatch(/^et_/)
  await close()
  await drop()
  rmSync(directory, { recursive: true })
})
