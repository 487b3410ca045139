import { randomUUID } from 'node:crypto'
import type { SloDetail } from '@eviltwin/contract'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import {
  accessibilityProblems,
  expectNoSidewaysScroll,
  logIn,
  openBrowser,
  watchForProblems,
} from './browser.js'
import { createInstallation, PASSWORD, reader, SENSOR_KEY } from './server-process.js'

const SIGN_OF_LIFE_MS = 200

/** Whether two processes have recorded at the same time. */
async function overlap(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query(
    'SELECT count(*) = 2 AND min(alive_until) > max(started_at) AS overlap FROM platform_runs',
  )
  await client.end()
  return rows[0].overlap
}

describe.each(inject('postgresServers').slice(-1))('on $version', (postgres) => {
  test('kill -9 of one replica is no gap while another one lives; of both it is one, to the second', async () => {
    const { url, drop } = await createEmptyDatabase(postgres)
    const environment = {
      DATABASE_URL: url,
      SECRET_KEY: 'a secret key for tests, the same on all replicas',
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
      OPERATIONS_INTERVAL_SECONDS: String(SIGN_OF_LIFE_MS / 1000),
    }
    const one = await createInstallation(environment)
    const two = await createInstallation(environment)
    const detailOf = async () => (await reader(one.url))<SloDetail>(`/slos/ingest-availability`)
    try {
      let first = await one.start()
      let second = await two.start()
      // A sign of life of the first after the second began: before it, the end of the first could be a gap of some milliseconds.
      await until(() => overlap(url))
      await first.kill('SIGKILL')
      first = await one.start()
      expect((await detailOf()).gaps).toMatchObject({ seconds: 0, intervals: [] })

      const killedAt = Date.now()
      await Promise.all([first.kill('SIGKILL'), second.kill('SIGKILL')])
      first = await one.start()
      const startedBy = Date.now()
      const { gaps } = await until(async () => {
        const detail = await detailOf()
        return detail.gaps.intervals.length > 0 && detail
      })
      expect(gaps.intervals).toHaveLength(1)
      const [from, to] = [Date.parse(gaps.intervals[0]?.from ?? ''), Date.parse(gaps.intervals[0]?.to ?? '')]
      // Half a second of rounding on either side.
      expect(from).toBeGreaterThan(killedAt - 10 * SIGN_OF_LIFE_MS - 500)
      expect(from).toBeLessThan(startedBy)
      expect(to).toBeLessThan(startedBy + 500)
      second = await two.start()
      await Promise.all([first.kill('SIGTERM'), second.kill('SIGTERM')])
    } finally {
      one.remove()
      two.remove()
      await drop()
    }
  })

  test('the page of an objective shows a gap as an estimate with its bounds and its method', async () => {
    const { url, drop } = await createEmptyDatabase(postgres)
    const installation = await createInstallation({ DATABASE_URL: url, ADMIN_PASSWORD: PASSWORD })
    expect((await installation.run('migrate')).code).toBe(0)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const recorder = randomUUID()
    await client.query(
      `INSERT INTO platform_runs VALUES ($1, date_trunc('minute', now()) - interval '3 hours', date_trunc('minute', now()) - interval '1 hour')`,
      [recorder],
    )
    await client.query(
      `INSERT INTO signals SELECT series, 'minute', date_trunc('minute', now()) - n * interval '1 minute', $1, 60, 60
        FROM generate_series(61, 180) n, unnest(ARRAY['platform up', 'sli population POST /log succeeded']) series`,
      [recorder],
    )
    await client.query(
      `INSERT INTO signals SELECT series, 'hour', date_trunc('hour', bucket), recorder, sum(total), sum(good) FROM signals GROUP BY 1, 3, 4`,
    )
    await client.end()
    const server = await installation.start()
    const browser = await openBrowser()
    try {
      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
      const problems = watchForProblems(page, installation.url)
      await page.goto(`${installation.url}/dashboard/slos/ingest-availability`)
      await logIn(page)
      const gaps = page.getByRole('region', { name: /^Gaps \(1 h/ })
      await gaps.getByText(/Estimated failed requests: 3,6\d\d \(3,[45]\d\d to 3,[78]\d\d\)/).waitFor()
      await gaps.getByText('hour before the gap').waitFor()
      await page.getByText(/that counts as 3,6\d\d failed requests, an estimate between/).waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.setViewportSize({ width: 360, height: 800 })
      await expectNoSidewaysScroll(page, 'gaps')
      expect(problems).toEqual([])
    } finally {
      await browser.close()
      await server.kill('SIGTERM')
      installation.remove()
      await drop()
    }
  })
})
