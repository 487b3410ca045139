import type { SloDetail } from '@eviltwin/contract'
import { describe, expect, inject, test } from 'vitest'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import { createInstallation, PASSWORD, reader, SENSOR_KEY } from './server-process.js'

const SIGN_OF_LIFE_MS = 200

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
})
