import type { Health, SloStatus } from '@eviltwin/contract'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { SECTIONS } from '../dashboard/src/app/context/sections.js'
import { until } from '../server/src/testing/until.js'
import { logIn, takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { reader } from './server-process.js'

/** What the demo shows on each page of the menu, beside the banner. */
const SHOWN: Record<(typeof SECTIONS)[number]['to'], (page: Page) => Promise<unknown>> = {
  '/dashboard': (page) =>
    page.getByRole('list', { name: 'Newest alerts' }).getByRole('listitem').first().waitFor(),
  '/dashboard/sessions': (page) => page.locator('[data-row]').first().waitFor(),
  '/dashboard/attackers': (page) => page.getByRole('main').getByRole('row').nth(1).waitFor(),
  '/dashboard/alerts': (page) => page.getByRole('main').getByRole('row').nth(1).waitFor(),
  '/dashboard/techniques': (page) => page.getByRole('main').getByText('Brute Force').first().waitFor(),
  '/dashboard/feeds': (page) => page.getByRole('main').getByRole('row').nth(1).waitFor(),
  '/dashboard/canaries': (page) => page.getByText('payroll.xlsx on the finance share').first().waitFor(),
  '/dashboard/sensors': (page) => page.getByRole('row').filter({ hasText: 'dionaea-1' }).first().waitFor(),
  '/dashboard/evidence': (page) => page.getByText('text/x-shellscript').first().waitFor(),
  '/dashboard/synthetic': (page) => page.getByText('Synthetic attacks are off').waitFor(),
  '/dashboard/slos': (page) => page.getByRole('row').filter({ hasText: 'Ingest latency' }).first().waitFor(),
  '/dashboard/operations': (page) =>
    page.getByRole('row').filter({ hasText: 'Sensor refused' }).getByText('firing').first().waitFor(),
  '/dashboard/health': (page) => page.getByRole('row').filter({ hasText: 'POST /log' }).first().waitFor(),
  '/dashboard/quarantine': (page) => page.getByText('collector restarted').first().waitFor(),
  '/dashboard/settings': (page) => page.getByRole('tab', { name: 'Audit log' }).waitFor(),
}

// Its schedule shows everything within its first minute.
const platform = platformOfFile({}, '--demo', '--demo-speed', '20')

test('every page of the menu has something to show, under a banner that says what it is', async () => {
  const { page, problems } = await platform.openPage()
  await page.goto(platform.url)
  await page.getByText('Demo data.').waitFor()
  await logIn(page)
  const get = await reader(platform.url)
  await until(async () => {
    const alerts = await get<{ items: Array<{ id: string; state: string }> }>('/ops/alerts')
    return alerts.items.some(({ id, state }) => id === 'sensor-refused' && state === 'firing')
  })
  for (const { to } of SECTIONS) {
    await page.goto(platform.url + to)
    await page.getByRole('region', { name: 'Demo' }).getByText('Demo data.').waitFor()
    await SHOWN[to](page)
    await takePicture(page, `demo${to.replaceAll('/', '-')}`, { fullPage: true })
  }
  expect(problems).toEqual([])
})

test('the slow minute uses error budget of the latency of ingest, as measured', async () => {
  const get = await reader(platform.url)
  await until(() => platform.server.output().stdout.includes('The demo delays POST /log'))
  const slo = await until(async () => {
    const found = await get<SloStatus>('/slos/ingest-latency')
    return found.measured.good < found.measured.total && found
  })
  expect(slo.budget.consumed).toBeGreaterThan(0)
})

test('a program can tell that it is a demo', async () => {
  const health = (await (await fetch(`${platform.url}/health`)).json()) as Health
  expect(health.demo).toBe(true)
})

test('without --demo its data directory is refused, with the cause and the next step', async () => {
  await platform.server.kill('SIGTERM')
  const { code, stderr } = await platform.run('start')
  expect(code).toBe(1)
  expect(stderr).toContain(`DATA_DIR ${platform.dataDir} holds demo data`)
  expect(stderr).toContain('set DATA_DIR to another place, or start with --demo')
})
