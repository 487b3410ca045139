import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { accessibilityProblems, logIn } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { SENSOR_KEY } from './server-process.js'
import { sendLines } from './traffic.js'

/** More commands with the text than the index names, all of one session, and more sessions after it than a search looks through at once. */
const COMMANDS = 2_100
const LATER_SESSIONS = 5_500
const HOUR_MS = 3_600_000
const BATCH = 1_000

const platform = platformOfFile({ BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
let page: Page
let problems: string[]
beforeAll(async () => {
  const now = Date.now()
  const at = (ms: number) => new Date(now - 2 * HOUR_MS + ms).toISOString()
  const fetches = Array.from({ length: COMMANDS }, (_, n) =>
    JSON.stringify({
      source_ip: '203.0.113.9',
      session: 'old',
      time: at(n),
      command: `wget http://192.0.2.1/${n}`,
    }),
  )
  const later = Array.from({ length: LATER_SESSIONS }, (_, n) =>
    JSON.stringify({
      source_ip: `198.51.100.${n % 250}`,
      session: `later ${n}`,
      time: at(HOUR_MS + n),
      event_type: 'connect',
    }),
  )
  const lines = [...fetches, ...later]
  for (let from = 0; from < lines.length; from += BATCH)
    await sendLines(platform.url, lines.slice(from, from + BATCH))
  ;({ page, problems } = await platform.openPage({ viewport: { width: 1280, height: 900 } }))
  await page.goto(`${platform.url}/dashboard`)
  await logIn(page)
})

test('a search for a text that occurs often says how far it looked, and goes on when asked', async () => {
  await page.goto(`${platform.url}/dashboard/sessions?q=wget`)
  const more = page.getByRole('button', { name: 'Search further back' })
  await more.waitFor()
  expect(await page.getByText('No session matches').count()).toBe(0)
  await page.getByText('0 loaded', { exact: true }).waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await more.click()
  const rows = page.getByRole('region', { name: 'List of sessions' }).getByRole('row')
  await rows.filter({ hasText: '203.0.113.9' }).waitFor()
  await page.getByText('1 loaded', { exact: true }).waitFor()
  await more.waitFor({ state: 'detached' })
  expect(problems).toEqual([])
})

test('a list of all sessions says how many there are', async () => {
  await page.goto(`${platform.url}/dashboard/sessions`)
  await page.getByText(`200 loaded of ${(LATER_SESSIONS + 1).toLocaleString('en')}, more below`).waitFor()
})
