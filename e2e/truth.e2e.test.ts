import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { control, restart } from './postgres-control.js'
import {
  accessToken,
  createInstallation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from './server-process.js'
import { mixedTraffic } from './truth-traffic.js'

/** `npm run test:truth` runs for an hour; the seconds here are enough for every kind of trouble once. */
const SECONDS = Number(process.env['TRUTH_SECONDS'] ?? 12)
const [postgres] = inject('postgresServers').slice(-1)

interface Report {
  comparisons: Array<{
    objective: string
    unknown: number
    figures: Array<{ what: string; recomputed: number | null; platform: number | null; verdict: string }>
  }>
  clients: Array<{
    route: string
    clients: number
    server: number
    answered: number
    server_answered: number
  }>
  not_covered: string[]
}

/** Lets every write of events hang for so long: clients leave without an answer. */
async function hold(connectionString: string, milliseconds: number): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query('BEGIN')
  await client.query('LOCK TABLE event_keys IN ACCESS EXCLUSIVE MODE')
  await sleep(milliseconds)
  await client.end()
}

test.skipIf(!postgres)(
  'what the platform says of itself is what its access logs give, through outages, kills and impatient clients',
  async () => {
    if (!postgres) return
    const { url: databaseUrl, drop } = await createEmptyDatabase(postgres)
    const environment = {
      DATABASE_URL: databaseUrl,
      SECRET_KEY: 'the same secret key on all the replicas',
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
      ACCESS_LOG: 'file',
    }
    const first = await createInstallation(environment)
    const second = await createInstallation(environment)
    let killed: RunningServer = await first.start()
    const steady = await second.start()
    const clientLog = join(mkdtempSync(join(tmpdir(), 'eviltwin-truth-')), 'clients.jsonl')
    const traffic = {
      urls: [first.url, second.url],
      token: await accessToken(second.url),
      clientLog,
      patienceMs: 300,
    }
    const rounds = Math.max(1, Math.round(SECONDS / 300))
    try {
      for (let round = 0; round < rounds; round += 1) {
        let over = false
        const running = mixedTraffic(traffic, () => over)
        const quarter = (SECONDS / rounds / 4) * 1000
        await sleep(quarter / 2)
        await hold(databaseUrl, quarter / 2)
        control(postgres, 'stop', '-m', 'immediate')
        await sleep(quarter)
        restart(postgres)
        await sleep(quarter)
        await killed.kill('SIGKILL')
        killed = await first.start()
        await sleep(quarter)
        over = true
        await running
      }
      // An orderly stop writes down everything that was counted.
      await Promise.all([killed.kill('SIGTERM'), steady.kill('SIGTERM')])
      const logs = [first, second].map(({ dataDir }) => join(dataDir, 'logs', 'access.jsonl'))
      const { code, stdout, stderr } = await second.run(
        'slo',
        'verify',
        '--json',
        '--client-log',
        clientLog,
        '--access-log',
        ...logs,
      )
      const report = JSON.parse(stdout) as Report
      if (process.env['TRUTH_SECONDS'] !== undefined) console.log(stdout)
      const differing = report.comparisons.flatMap(({ objective, figures }) =>
        figures.filter(({ verdict }) => verdict === 'differs').map((figure) => ({ objective, ...figure })),
      )
      expect({ differing, stderr, code }).toEqual({ differing: [], stderr: '', code: 0 })
      expect(report.not_covered).toEqual([])
      const availability = report.comparisons.find(({ objective }) => objective === 'ingest-availability')
      const total = availability?.figures.find(({ what }) => what === 'total')
      expect(total?.recomputed).toBeGreaterThan(20)
      const log = report.clients.find(({ route }) => route === 'POST /log')
      // No answer that a client saw is missing on the server's side.
      expect(log?.server_answered).toBeGreaterThanOrEqual(log?.answered ?? Number.POSITIVE_INFINITY)
      expect(log?.clients).toBeGreaterThan(log?.answered ?? 0)
    } finally {
      await Promise.all([killed.kill('SIGKILL'), steady.kill('SIGKILL')])
      first.remove()
      second.remove()
      await drop()
    }
  },
  SECONDS * 1000 + 120_000,
)
