import type { OpsAlert } from '@eviltwin/contract'
import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { startHttpReceiver } from '../server/src/testing/http-receiver.js'
import { createEmptyDatabase } from '../server/src/testing/test-database.js'
import { until } from '../server/src/testing/until.js'
import {
  accessibilityProblems,
  expectNoSidewaysScroll,
  logIn,
  openBrowser,
  watchForProblems,
} from './browser.js'
import { accessToken, createInstallation, PASSWORD, reader, SENSOR_KEY } from './server-process.js'

test.each(inject('postgresServers').slice(-1))(
  'a channel that does not deliver is a banner on every page, and the history shows who was notified of what, on $version',
  async (postgres) => {
    const { url: databaseUrl, drop } = await createEmptyDatabase(postgres)
    const works = await startHttpReceiver()
    const broken = await startHttpReceiver()
    broken.answer((response) => void response.writeHead(422).end('gone'))
    const installation = await createInstallation({
      DATABASE_URL: databaseUrl,
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
      OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
      OPERATIONS_INTERVAL_SECONDS: '0.2',
    })
    const { url } = installation
    const server = await installation.start()
    const database = new pg.Client({ connectionString: databaseUrl })
    await database.connect()
    const browser = await openBrowser()
    try {
      const token = await accessToken(url)
      const post = (path: string, body: object) =>
        fetch(url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      const addChannel = (name: string, target: string) =>
        post('/channels', {
          name,
          settings: { type: 'webhook', url: target, secret: 'a secret of 24 characters' },
        })
      await addChannel('on call', works.url)
      await addChannel('night <b>shift</b>', broken.url)
      // What notifies both: a stranger who tries a key three times.
      for (let n = 0; n < 3; n += 1)
        await fetch(`${url}/log`, {
          method: 'POST',
          headers: { 'x-api-key': 'a key of a stranger', 'content-type': 'application/json' },
          body: '{}',
        })
      const read = await reader(url)
      await until(async () => {
        // A minute passes: the alert waits so long for a channel to deliver after all.
        await database.query(
          `UPDATE ops_states SET since = since - interval '1 minute' WHERE rule_id = 'notifications-failing' AND state = 'pending'`,
        )
        const { items } = await read<{ items: OpsAlert[] }>('/ops/alerts')
        return items.some(({ id, state }) => id === 'notifications-failing' && state === 'firing')
      })

      const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
      const problems = watchForProblems(page, url)
      await page.goto(`${url}/dashboard/slos`)
      await logIn(page)
      const banner = page.getByRole('alert').filter({ hasText: 'Notifications are not delivered.' })
      await banner.getByText(/night <b>shift<\/b> \(webhook\): .*422/).waitFor()
      await banner.getByRole('link').click()
      await page.waitForURL(/dashboard\/operations/)
      const firing = page
        .getByRole('region', { name: 'History' })
        .getByRole('listitem')
        .filter({ hasText: 'sensor-refused firing' })
      await firing.getByText('on call: delivered').waitFor()
      await firing.getByText('night <b>shift</b>: failed').waitFor()
      await firing.getByText(/422/).waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.setViewportSize({ width: 360, height: 800 })
      await expectNoSidewaysScroll(page, 'operations')

      broken.answer((response) => void response.end('ok'))
      expect((await post('/channels/deliveries/retry', {})).status).toBe(200)
      await until(async () => {
        const { items } = await read<{ items: OpsAlert[] }>('/ops/alerts')
        return items.some(({ id, state }) => id === 'notifications-failing' && state === 'resolved')
      })
      await page.reload()
      await firing.getByText('night <b>shift</b>: delivered').waitFor()
      expect(await banner.count()).toBe(0)
      expect(problems).toEqual([])
    } finally {
      await browser.close()
      await database.end()
      await server.kill('SIGTERM')
      for (const receiver of [works, broken]) await receiver.close()
      installation.remove()
      await drop()
    }
  },
)
