import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from './config.js'

const dataDir = () => mkdtempSync(join(tmpdir(), 'eviltwin-config-'))

test('defaults are those of the contract', async () => {
  const DATA_DIR = dataDir()
  expect(await loadConfig({ DATA_DIR })).toMatchObject({
    HOST: '127.0.0.1',
    PORT: 8000,
    LOG_LEVEL: 'INFO',
    INGEST_AUTH: 'key',
    ADMIN_USERNAME: 'admin',
    DATA_DIR,
  })
})

test('every wrong variable is named, and empty ones count as unset', async () => {
  const wrong = loadConfig({
    DATA_DIR: dataDir(),
    PORT: '99999',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://x',
    SECRET_KEY: '',
  })
  await expect(wrong).rejects.toThrow(ConfigError)
  const message = await wrong.catch((error: Error) => error.message)
  for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL']) expect(message).toContain(name)
  expect(message).toContain('PORT: must be at most 65535')
  expect(message).toContain('LOG_LEVEL: must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL')
  expect(message).not.toContain('SECRET_KEY')
})

test('canary tokens have another host name, or that of everything else', async () => {
  const DATA_DIR = dataDir()
  const PUBLIC_URL = 'https://eviltwin.example.org'
  expect((await loadConfig({ DATA_DIR, PUBLIC_URL })).CANARY_URL).toBe(PUBLIC_URL)
  const CANARY_URL = 'https://files.example.net/'
  expect((await loadConfig({ DATA_DIR, PUBLIC_URL, CANARY_URL })).CANARY_URL).toBe(
    'https://files.example.net',
  )
  const same = loadConfig({ DATA_DIR, PUBLIC_URL, CANARY_URL: 'https://EVILTWIN.example.org:8443' })
  await expect(same).rejects.toThrow('CANARY_URL')
})

test('the secret is made once, kept for its owner alone, and read again', async () => {
  const DATA_DIR = dataDir()
  const { SECRET_KEY } = await loadConfig({ DATA_DIR })
  expect(SECRET_KEY.length).toBeGreaterThanOrEqual(32)
  expect((await loadConfig({ DATA_DIR })).SECRET_KEY).toBe(SECRET_KEY)
  expect(statSync(join(DATA_DIR, 'secret.key')).mode & 0o077).toBe(0)
})

test('the table in the documentation has every variable', async () => {
  const table = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  const config = await loadConfig({ DATA_DIR: dataDir() })
  for (const name of [...Object.keys(config), 'DATABASE_URL', 'ADMIN_PASSWORD', 'BOOTSTRAP_SENSOR_KEY']) {
    expect(table).toContain(`\`${name}\``)
  }
})
