import { createServer, type Server } from 'node:net'
import type {
  ApiKey,
  CreatedApiKey,
  SyntheticRun,
  SyntheticStatus,
  SyntheticTarget,
} from '@eviltwin/contract'
import pg from 'pg'
import ssh2 from 'ssh2'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { startTestPlatform, type TestPlatform } from '../../testing/test-platform.js'
import { until } from '../../testing/until.js'

const ENVIRONMENT = {
  SYNTHETIC_ATTACKS: 'on',
  SYNTHETIC_INTERVAL_SECONDS: '86400',
  SYNTHETIC_WINDOW_SECONDS: '60',
  OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
}
/** More than the platform corrects by the clock of the database, and than an attack takes to be judged. */
const LATER_MS = 12 * 60_000

/** What a decoy saw of a session. */
interface Seen {
  username?: string
  password?: string
  command?: string
}

/** Tells the platform what a session did, as a sensor does. */
type Report = (session: string, seen: Seen) => void

// The statements are tested on each PostgreSQL in synthetic.int.test.ts; this is about the runner, its clients and what they attack.
describe.each(inject('postgresServers').slice(0, 1))(
  'failures found by attacks on $version',
  { timeout: 90_000 },
  (server) => {
    const open: TestPlatform[] = []
    const closing: Array<() => unknown> = []
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close()
      for (const platform of open.splice(0)) await platform.close()
    })

    async function started(environment: Record<string, string> = {}) {
      let aheadMs = 0
      const now = () => Date.now() + aheadMs
      const platform = await startTestPlatform(server, {
        environment: { ...ENVIRONMENT, ...environment },
        now,
      })
      open.push(platform)
      const admin = await platform.login()
      const client = new pg.Client(platform.databaseUrl)
      await client.connect()
      closing.push(() => client.end())
      const rows = async (text: string) => (await client.query(text)).rows
      const post = async <Answer>(path: string, body: object) =>
        (await (
          await platform.call(path, { method: 'POST', as: admin, body: JSON.stringify(body) })
        ).json()) as Answer
      const runs = async () =>
        ((await (await platform.call('/synthetic/runs', { as: admin })).json()) as { items: SyntheticRun[] })
          .items
      const found = (isWanted: (run: SyntheticRun) => boolean) =>
        until(async () => (await runs()).find(isWanted))
      const judged = (kind: string) => found((run) => run.kind === kind && run.outcome !== 'waiting')
      return {
        platform,
        admin,
        rows,
        post,
        runs,
        found,
        judged,
        status: async () =>
          (await (await platform.call('/synthetic/status', { as: admin })).json()) as SyntheticStatus,
        /** The judgement of an attack of which nothing more comes: its time is over once it got this far. */
        async judgedLater(kind: string, gotThisFar: (run: SyntheticRun) => boolean) {
          const { id } = await found((run) => run.kind === kind && gotThisFar(run))
          aheadMs = LATER_MS
          return found((run) => run.id === id && run.outcome !== 'waiting')
        },
      }
    }
    type Started = Awaited<ReturnType<typeof started>>

    /** The key of a sensor, and how the sensor reports with it. */
    async function sensorOf({ platform, post }: Started, sensor_id: string) {
      const key = await post<CreatedApiKey>('/api-keys', {
        name: sensor_id,
        scopes: ['ingest'],
        kind: 'sensor',
        sensor_id,
      })
      let sent = Promise.resolve<unknown>(null)
      const report: Report = (session, seen) => {
        const record = {
          sensor_id,
          source_ip: '127.0.0.1',
          session_id: session,
          protocol: 'ssh',
          occurred_at: new Date().toISOString(),
          event_type: seen.command === undefined ? 'login_attempt' : 'command',
          ...(seen.command === undefined && { outcome: 'success' }),
          ...seen,
        }
        sent = sent.then(() =>
          platform
            .call('/log', { method: 'POST', as: key.key, body: JSON.stringify(record) })
            .catch(() => null),
        )
      }
      return { key, report }
    }

    /** A decoy of Telnet that asks for a login and takes commands. */
    async function telnetDecoy(report: Report): Promise<Server> {
      const decoy = createServer((socket) => {
        const session = `telnet ${socket.remotePort}`
        const lines: string[] = []
        socket.write('login: ')
        socket.on('error', () => socket.destroy())
        socket.on('data', (data) => {
          const line = data.toString().trim()
          lines.push(line)
          if (lines.length === 1) return socket.write('Password: ')
          if (lines.length === 2) report(session, { username: lines[0] ?? '', password: line })
          else report(session, { command: line })
          return line === 'exit' ? socket.end() : socket.write('# ')
        })
      })
      await listening(decoy)
      return decoy
    }

    /** A decoy of SSH on the library's own server side. */
    async function sshDecoy(report: Report): Promise<Server> {
      const { private: key } = ssh2.utils.generateKeyPairSync('ed25519')
      const decoy = new ssh2.Server({ hostKeys: [key] }, (client, { port }) => {
        const session = `ssh ${port}`
        client.on('error', () => {})
        client.on('authentication', (attempt) => {
          if (attempt.method !== 'password') return attempt.reject(['password'])
          report(session, { username: attempt.username, password: attempt.password })
          return attempt.accept()
        })
        client.on('session', (accept) => {
          accept().on('exec', (acceptExec, _reject, { command }) => {
            report(session, { command })
            const channel = acceptExec()
            channel.exit(0)
            channel.end()
          })
        })
      }) as unknown as Server
      await listening(decoy)
      return decoy
    }

    async function listening(decoy: Server): Promise<void> {
      await new Promise<void>((resolve) => decoy.listen(0, '127.0.0.1', resolve))
      closing.push(() => new Promise((resolve) => decoy.close(resolve)))
    }

    const register = ({ post }: Started, kind: string, decoy: Server, sensor_id: string) =>
      post<SyntheticTarget>('/synthetic/targets', {
        kind,
        name: `${kind} decoy`,
        host: '127.0.0.1',
        port: (decoy.address() as { port: number }).port,
        sensor_id,
        source_ip: '127.0.0.1',
      })

    test.each([
      ['telnet', telnetDecoy],
      ['ssh', sshDecoy],
    ] as const)(
      'an attack on a %s decoy becomes an alert, and nothing of it is an attacker’s',
      async (kind, decoyOf) => {
        const own = await started()
        const { report } = await sensorOf(own, `${kind}-1`)
        const decoy = await decoyOf(report)
        await own.platform.platform.beginAttacks(own.platform.url)
        await register(own, kind, decoy, `${kind}-1`)
        expect(await own.judged(kind)).toMatchObject({ outcome: 'detected', failure: null })
        expect(await own.rows('SELECT FROM sessions')).toEqual([])
        expect(await own.rows('SELECT FROM alerts')).toEqual([])
      },
    )

    test('a decoy that is stopped is found, with where it is', async () => {
      const own = await started()
      const decoy = createServer()
      await new Promise<void>((resolve) => decoy.listen(0, '127.0.0.1', resolve))
      const { port } = decoy.address() as { port: number }
      const registered = await register(own, 'telnet', decoy, 'telnet-2')
      expect(registered.port).toBe(port)
      await new Promise((resolve) => decoy.close(resolve))
      await own.platform.platform.beginAttacks(own.platform.url)
      const run = await own.judgedLater('telnet', ({ failure }) => failure !== null)
      expect(run.outcome).toBe('missed')
      expect(run.failure).toMatch(new RegExp(`^the attack on 127\\.0\\.0\\.1:${port} failed: .*ECONNREFUSED`))
    })

    test('a sensor whose key was revoked is found, although it answers', async () => {
      const own = await started()
      const { key, report } = await sensorOf(own, 'telnet-3')
      let reports = 0
      const decoy = await telnetDecoy((session, seen) => {
        reports += 1
        report(session, seen)
      })
      const revoked = await own.platform.call(`/api-keys/${key.id}`, { method: 'DELETE', as: own.admin })
      expect(revoked.ok).toBe(true)
      await register(own, 'telnet', decoy, 'telnet-3')
      await own.platform.platform.beginAttacks(own.platform.url)
      expect(await own.judgedLater('telnet', () => reports > 0)).toMatchObject({
        outcome: 'missed',
        failure: expect.stringContaining('no event with its marker arrived from telnet-3'),
      })
    })

    test('a revoked key of a way into the platform is found', async () => {
      const own = await started()
      await own.platform.platform.beginAttacks(own.platform.url)
      await own.judged('log')
      const { items } = (await (await own.platform.call('/api-keys', { as: own.admin })).json()) as {
        items: ApiKey[]
      }
      const key = items.find(({ sensor_id }) => sensor_id === 'synthetic-log')
      await own.platform.call(`/api-keys/${key?.id}`, { method: 'DELETE', as: own.admin })
      await own.rows(`UPDATE synthetic_targets SET next_at = now() WHERE kind = 'log'`)
      const missed = await own.judgedLater('log', ({ failure }) => failure !== null)
      expect(missed).toMatchObject({
        outcome: 'missed',
        failure: expect.stringContaining('/log answered 401'),
      })

      const status = await own.status()
      expect(status.keys).toEqual({ log: 'revoked', hec: 'valid' })
      const replace = (kind: string, as: string) =>
        own.platform.call(`/synthetic/targets/${status.targets.find((each) => each.kind === kind)?.id}/key`, {
          method: 'POST',
          as,
        })
      expect((await replace('hec', own.admin)).status).toBe(409)
      expect((await replace('log', own.admin)).status).toBe(200)
      expect((await own.status()).keys).toEqual({ log: 'valid', hec: 'valid' })
      const entries = await own.rows(
        `SELECT action, outcome FROM audit_entries WHERE action = 'synthetic_target.replace_key' ORDER BY seq`,
      )
      expect(entries.map(({ outcome }) => outcome)).toEqual(['succeeded'])

      await own.rows(`UPDATE synthetic_targets SET next_at = now() WHERE kind = 'log'`)
      await own.found(({ id, outcome }) => id > missed.id && outcome === 'detected')
    })

    test('a sensor that reports logins alone is proved up to the alert by rule, and one that reported more before is missed', {
      timeout: 240_000,
    }, async () => {
      // The rule has its time between the end of the window and the judgement: this clock is not moved.
      const own = await started({ SYNTHETIC_WINDOW_SECONDS: '15' })
      const { report } = await sensorOf(own, 'telnet-4')
      let reportsCommands = false
      const decoy = await telnetDecoy((session, seen) => {
        if (seen.command === undefined || reportsCommands) report(session, seen)
      })
      await own.platform.platform.beginAttacks(own.platform.url)
      await register(own, 'telnet', decoy, 'telnet-4')
      const first = await own.judged('telnet')
      expect(first).toMatchObject({
        outcome: 'detected',
        alerted_by: 'rule',
        threat_level: expect.not.stringMatching('high'),
      })

      const next = async (than: SyntheticRun) => {
        await own.rows(`UPDATE synthetic_targets SET next_at = now() WHERE kind = 'telnet'`)
        return own.found(
          ({ id, kind, outcome }) => kind === 'telnet' && id > than.id && outcome !== 'waiting',
        )
      }
      reportsCommands = true
      const second = await next(first)
      expect(second).toMatchObject({ outcome: 'detected', alerted_by: 'score' })
      reportsCommands = false
      expect(await next(second)).toMatchObject({
        outcome: 'missed',
        failure: expect.stringContaining('which raises no alert'),
      })
      expect(await own.rows('SELECT FROM alerts')).toEqual([])
    })

    test('an alert manager that does not work is found: the attack is scored, and no alert is raised', async () => {
      const own = await started()
      // What it takes its work from is not there.
      await own.rows('ALTER TABLE alert_feed RENAME TO alert_feed_away')
      await own.platform.platform.beginAttacks(own.platform.url)
      expect(await own.judgedLater('log', ({ durable_at }) => durable_at !== null)).toMatchObject({
        outcome: 'missed',
        failure: 'it was scored, and no alert was raised: the alert manager is behind or down',
      })
      await own.rows('ALTER TABLE alert_feed_away RENAME TO alert_feed')
    })

    test('nothing is sent to an address that is not opened, and its registration is refused', async () => {
      const own = await started()
      const answer = await own.platform.call('/synthetic/targets', {
        method: 'POST',
        as: own.admin,
        body: JSON.stringify({
          kind: 'ssh',
          name: 'metadata',
          host: '169.254.169.254',
          port: 80,
          sensor_id: 'x',
          source_ip: '192.0.2.1',
        }),
      })
      expect(answer.status).toBe(422)
      expect(await answer.text()).toContain('OUTBOUND_ALLOWED_NETWORKS')
      expect(await own.rows('SELECT FROM synthetic_targets')).toEqual([])
    })
  },
)
