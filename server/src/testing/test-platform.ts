import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeServer, type Server } from '../compose.js'
import { loadConfig } from '../platform/config.js'
import { createLog } from '../platform/telemetry/log.js'
import type { PostgresServer } from './postgres-servers.js'
import { createEmptyDatabase } from './test-database.js'

export const ADMIN = { username: 'admin', password: 'correct horse battery' }
export const SENSOR_KEY = 'a-sensor-key-for-tests'

/** The whole platform on a real socket and a real database. */
export interface TestPlatform {
  url: string
  platform: Server
  databaseUrl: string
  /** Everything logged so far, parsed. */
  logged: Array<Record<string, unknown>>
  /** Calls the API; `as` is a bearer credential. */
  call(path: string, init?: RequestInit & { as?: string }): Promise<Response>
  /** Logs in and gives the access token. */
  login(username?: string, password?: string): Promise<string>
  /** Sends one body to POST /log with the sensor key. */
  send(body: string | Uint8Array, headers?: Record<string, string>): Promise<Response>
  close(): Promise<void>
}

export interface TestPlatformOptions {
  environment?: Record<string, string>
  now?: () => number
  /** Another platform whose database this one shares, as a replica does. */
  beside?: TestPlatform
}

export const SECRET_KEY = 'a secret key for tests, the same on all replicas'

export async function startTestPlatform(
  server: PostgresServer,
  { environment = {}, now = Date.now, beside }: TestPlatformOptions = {},
): Promise<TestPlatform> {
  const { url: databaseUrl, drop } = beside
    ? { url: beside.databaseUrl, drop: async () => {} }
    : await createEmptyDatabase(server)
  const dataDir = mkdtempSync(join(tmpdir(), 'eviltwin-test-'))
  const config = await loadConfig({
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    SECRET_KEY,
    ADMIN_USERNAME: ADMIN.username,
    ADMIN_PASSWORD: ADMIN.password,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    LOG_LEVEL: 'DEBUG',
    // Tests read metrics everywhere; who may is tested with its default.
    METRICS_OPEN: 'true',
    ...environment,
  })
  const logged: Array<Record<string, unknown>> = []
  const log = createLog({
    level: config.LOG_LEVEL,
    destination: { write: (line: string) => void logged.push(JSON.parse(line)) },
  })
  const platform = await composeServer(config, log, now)
  const url = await platform.app.listen({ host: '127.0.0.1', port: 0 })
  const call = (path: string, { as, ...init }: RequestInit & { as?: string } = {}) =>
    fetch(url + path, {
      ...init,
      headers: {
        ...(as !== undefined && { authorization: `Bearer ${as}` }),
        ...(typeof init.body === 'string' && { 'content-type': 'application/json' }),
        ...(init.headers as Record<string, string> | undefined),
      },
    })
  return {
    url,
    platform,
    databaseUrl,
    logged,
    call,
    async login(username = ADMIN.username, password = ADMIN.password) {
      const response = await call('/auth/login', {
        method: 'POST',
        body: JSON.stringify({ username, password }),
      })
      return ((await response.json()) as { access_token: string }).access_token
    },
    send: (body, headers = {}) =>
      call('/log', {
        method: 'POST',
        as: SENSOR_KEY,
        body: body as BodyInit,
        headers: { 'content-type': 'application/json', ...headers },
      }),
    async close() {
      await platform.close()
      await drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
