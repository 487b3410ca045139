import { join } from 'node:path'
import pg from 'pg'
import type { PostgresServer } from '../../server/src/testing/postgres-servers.js'
import { createEmptyDatabase } from '../../server/src/testing/test-database.js'
import {
  accessToken,
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from '../server-process.js'

const PROBE = new URL('./event-loop-probe.mjs', import.meta.url)

/** A server with a database of its own, on which one attack is made. */
export interface Stage {
  url: string
  postgres: PostgresServer
  installation: Installation
  server: RunningServer
  /** The key that the attacker has. */
  attackerKey: string
  /** The key of the honest sensor. */
  honestKey: string
  /** An access token of the administrator. */
  token: string
  /** What the probe in the server writes. */
  eventLoopLog: string
  /** Calls the API as the administrator, unless a header says otherwise. */
  call(path: string, init?: RequestInit): Promise<Response>
  /** Asks the database itself. */
  query(text: string, values?: unknown[]): Promise<Array<Record<string, unknown>>>
  close(): Promise<void>
}

export async function openStage(
  postgres: PostgresServer,
  environment: Record<string, string> = {},
): Promise<Stage> {
  const database = await createEmptyDatabase(postgres)
  const installation = await createInstallation({
    DATABASE_URL: database.url,
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    NODE_OPTIONS: `--import=${PROBE}`,
    ...environment,
  })
  const eventLoopLog = join(installation.dataDir, 'event-loop.jsonl')
  installation.environment['EVENT_LOOP_LOG'] = eventLoopLog
  const server = await installation.start()
  const token = await accessToken(installation.url)
  const call = (path: string, init: RequestInit = {}) =>
    fetch(installation.url + path, {
      ...init,
      headers: {
        authorization: `Bearer ${token}`,
        ...(typeof init.body === 'string' && { 'content-type': 'application/json' }),
        ...(init.headers as Record<string, string> | undefined),
      },
    })
  const created = await call('/api-keys', {
    method: 'POST',
    body: JSON.stringify({ name: 'an honest sensor', scopes: ['ingest'] }),
  })
  const { key: honestKey } = (await created.json()) as { key: string }
  return {
    ...{ url: installation.url, postgres, installation, server, token, eventLoopLog, call, honestKey },
    attackerKey: SENSOR_KEY,
    async query(text, values = []) {
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      const { rows } = await client.query(text, values)
      await client.end()
      return rows
    },
    async close() {
      await server.kill('SIGTERM')
      installation.remove()
      await database.drop()
    },
  }
}

/** Sends a body to POST /log with the attacker's key. */
export function attackWith(
  { url, attackerKey }: Pick<Stage, 'url' | 'attackerKey'>,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${attackerKey}`, 'content-type': 'application/json', ...headers },
    body: body as BodyInit,
  })
}
