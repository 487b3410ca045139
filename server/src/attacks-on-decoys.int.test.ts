import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { CreatedApiKey, SyntheticRun, SyntheticStatus } from '@eviltwin/contract'
import pg from 'pg'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { acceptedPassword } from './decoys/accepted-password.js'
import { loadDecoy, PROTOCOLS } from './decoys/protocols.js'
import { CONNECTION_LIMITS } from './decoys/runtime/connection-limits.js'
import { createDecoyPort } from './decoys/runtime/decoy-port.js'
import type { StartedDecoy } from './features/synthetic/index.js'
import { testIdentity } from './testing/decoy-harness.js'
import { silent } from './testing/silent.js'
import { startTestPlatform } from './testing/test-platform.js'
import { until } from './testing/until.js'

const ENVIRONMENT = {
  SYNTHETIC_ATTACKS: 'on',
  SYNTHETIC_INTERVAL_SECONDS: '86400',
  SYNTHETIC_WINDOW_SECONDS: '30',
}

describe.each(inject('postgresServers').slice(0, 1))(
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
    const offered: string[] = []
    async function startDecoy({ platform, admin }: Started, protocol: string): Promise<StartedDecoy> {
      const create = await loadDecoy(protocol)
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
        questions: { ask: async () => null },
        evidence: {
          add({ path, type, content }) {
            sent = sent.then(async () => {
              for (let status = 429; status === 429; ) {
                const body = new Uint8Array(content)
                const headers = { 'content-type': type }
                const answer = await platform.call(path, { method: 'PUT', as: key, headers, body })
                status = answer.status
                offered.push(`${protocol} ${status}`)
                if (status === 429) await setTimeout(100)
              }
            })
          },
        },
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
      for (const table of ['sessions', 'alerts', 'evidence_files', 'evidence_sightings', 'recordings'])
        expect([table, await own.rows(`SELECT FROM ${table}`)]).toEqual([table, []])
      // It was offered, and is not kept.
      await until(() => ['ftp 200', 'smtp 200', 'telnet 200'].every((taken) => offered.includes(taken)))
      for (const table of ['evidence_files', 'recordings'])
        expect([table, await own.rows(`SELECT FROM ${table}`)]).toEqual([table, []])
    })

    test('decoys are targets while their server starts them, and an excluded one stays excluded', async () => {
      const own = await started()
      const [ftp, smtp] = [await startDecoy(own, 'ftp'), await startDecoy(own, 'smtp')]
      const { noteDecoys, beginAttacks } = own.platform.platform
      const targets = async () =>
        (await own.status()).targets.filter(({ registered_by }) => registered_by === 'start')
      noteDecoys({ started: [ftp, smtp], notStarted: [] })
      await beginAttacks(own.platform.url)
      const [first] = await until(async () => {
        const found = await targets()
        return found.length === 2 && found
      })
      expect(first).toMatchObject({
        kind: 'ftp',
        host: '127.0.0.1',
        port: ftp.port,
        own: false,
        enabled: true,
      })
      const excluded = await own.platform.call(`/synthetic/targets/${first?.id}`, {
        method: 'PATCH',
        as: own.admin,
        body: JSON.stringify({ enabled: false }),
      })
      expect(excluded.ok).toBe(true)
      // As after another start: the port of one differs, and the other one is started no more.
      noteDecoys({ started: [{ ...ftp, port: 1 }], notStarted: [smtp.sensor_id] })
      const [kept] = await until(async () => {
        const found = await targets()
        return found.length === 1 && found[0]?.port === 1 && found
      })
      expect(kept).toMatchObject({ id: first?.id, enabled: false })
      noteDecoys({ started: [], notStarted: [ftp.sensor_id, smtp.sensor_id] })
      await until(async () => (await own.runs()).every(({ outcome }) => outcome !== 'waiting'))
      expect(await targets()).toEqual([kept])
    })

    test('a decoy that does not run is found, and nothing connects to its port', async () => {
      const own = await started()
      const connections: unknown[] = []
      const other = createServer((socket) => connections.push(socket.destroy()))
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      closing.push(() => new Promise((resolve) => other.close(resolve)))
      const { port } = other.address() as AddressInfo
      const decoy = { protocol: 'redis', sensor_id: 'decoy-redis-test' }
      const { noteDecoys, beginAttacks } = own.platform.platform
      noteDecoys({ started: [{ ...decoy, port }], notStarted: [] })
      await beginAttacks(own.platform.url)
      await until(async () => (await own.runs()).some(({ kind }) => kind === 'redis'))
      noteDecoys({ started: [{ ...decoy, port: null }], notStarted: [] })
      const missed = await until(async () =>
        (await own.runs()).find(({ kind, outcome }) => kind === 'redis' && outcome === 'missed'),
      )
      expect(missed.failure).toContain('the decoy does not run')
      expect(connections).toEqual([])
    })

    test('a server does not attack decoys that another one started', async () => {
      const own = await started()
      const decoy = await startDecoy(own, 'smtp')
      const { noteDecoys, beginAttacks } = own.platform.platform
      noteDecoys({ started: [decoy], notStarted: [] })
      await beginAttacks(own.platform.url)
      await until(async () =>
        (await own.runs()).find(({ kind, outcome }) => kind === 'smtp' && outcome === 'detected'),
      )
      noteDecoys({ started: [], notStarted: [] })
      await own.rows('UPDATE synthetic_targets SET next_at = now()')
      await until(async () => (await own.runs()).filter(({ outcome }) => outcome === 'detected').length === 5)
      expect((await own.runs()).map(({ kind }) => kind).sort()).toEqual(['hec', 'hec', 'log', 'log', 'smtp'])
    })
  },
)
