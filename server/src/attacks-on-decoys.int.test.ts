import type { CreatedApiKey, SyntheticRun, SyntheticStatus } from '@eviltwin/contract'
import pg from 'pg'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { acceptedPassword } from './decoys/accepted-password.js'
import { DECOYS, PROTOCOLS } from './decoys/protocols.js'
import { CONNECTION_LIMITS } from './decoys/runtime/connection-limits.js'
import { createDecoyPort } from './decoys/runtime/decoy-port.js'
import type { StartedDecoy } from './features/synthetic/index.js'
import { testIdentity } from './testing/decoy-harness.js'
import { silent } from './testing/silent.js'
import { startTestPlatform, type TestPlatform } from './testing/test-platform.js'
import { until } from './testing/until.js'

const ENVIRONMENT = {
  SYNTHETIC_ATTACKS: 'on',
  SYNTHETIC_INTERVAL_SECONDS: '86400',
  SYNTHETIC_WINDOW_SECONDS: '30',
}

describe.each(inject('postgresServers'))(
  'attacks on the decoys of this server on $version',
  { timeout: 120_000 },
  (server) => {
    const closing: Array<() => unknown> = []
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close()
    })

    async function started(environment: Record<string, string> = {}) {
      const platform = await startTestPlatform(server, { environment: { ...ENVIRONMENT, ...environment } })
      closing.push(() => platform.close())
      const admin = await platform.login()
      const client = new pg.Client(platform.databaseUrl)
      await client.connect()
      closing.push(() => client.end())
      const rows = async (text: string) => (await client.query(text)).rows
      const get = async <Answer>(path: string) =>
        (await (await platform.call(path, { as: admin })).json()) as Answer
      const status = () => get<SyntheticStatus>('/synthetic/status')
      const runs = async () => (await get<{ items: SyntheticRun[] }>('/synthetic/runs')).items
      return { platform, admin, rows, status, runs }
    }
    type Started = Awaited<ReturnType<typeof started>>

    /** A decoy as `eviltwin decoy` runs it, but in this process; it sends its records as that does, one request after another. */
    async function startDecoy({ platform, admin }: Started, protocol: string): Promise<StartedDecoy> {
      const create = DECOYS[protocol]
      if (!create) throw new Error(`no decoy ${protocol}`)
      const sensor_id = `decoy-${protocol}-test`
      const answer = await platform.call('/api-keys', {
        method: 'POST',
        as: admin,
        body: JSON.stringify({ name: sensor_id, scopes: ['ingest'], kind: 'sensor', sensor_id }),
      })
      const { key } = (await answer.json()) as CreatedApiKey
      let sent: Promise<unknown> = Promise.resolve()
      const identity = testIdentity(protocol)
      const port = createDecoyPort({
        decoy: create({ identity, log: silent('decoy'), now: Date.now }),
        host: '127.0.0.1',
        port: 0,
        maxConnections: 16,
        maxConnectionsPerAddress: 16,
        limits: CONNECTION_LIMITS,
        log: silent('decoy'),
        now: Date.now,
        records: {
          add(record) {
            sent = sent.then(() =>
              platform.call('/log', { method: 'POST', as: key, body: JSON.stringify(record) }),
            )
            return true
          },
        },
        evidence: { add: () => true },
      })
      await port.start()
      closing.push(async () => {
        await port.stop()
        await sent.catch(() => {})
      })
      return { protocol, sensor_id, port: port.port(), ...acceptedPassword(protocol, identity) }
    }

    test('an attack on each decoy is scored high enough to become an alert, and nothing of it is an attacker’s', async () => {
      const own = await started()
      const decoys: StartedDecoy[] = []
      for (const protocol of PROTOCOLS) decoys.push(await startDecoy(own, protocol))
      own.platform.platform.noteDecoys({ started: decoys, notStarted: [] })
      await own.platform.platform.beginAttacks(own.platform.url)
      const runs = await until(async () => {
        const items = (await own.runs()).filter(({ kind }) => PROTOCOLS.includes(kind))
        return (
          items.length === PROTOCOLS.length && items.every(({ outcome }) => outcome !== 'waiting') && items
        )
      })
      expect(
        runs.map(({ kind, outcome, failure, alerted_by, threat_level }) => ({
          kind,
          outcome,
          failure,
          alerted_by,
          threat_level,
        })),
      ).toEqual(
        runs.map(({ kind }) => ({
          kind,
          outcome: 'detected',
          failure: null,
          alerted_by: 'score',
          threat_level: expect.stringMatching(/high|critical/),
        })),
      )
      expect(await own.rows('SELECT FROM sessions')).toEqual([])
      expect(await own.rows('SELECT FROM alerts')).toEqual([])
    })
  },
)
