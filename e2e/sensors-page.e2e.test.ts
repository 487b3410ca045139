import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../server/src/testing/test-database.js'
import {
  accessibilityProblems,
  expectNoSidewaysScroll,
  logIn,
  openBrowser,
  takePicture,
  watchForProblems,
} from './browser.js'
import { createInstallation, type Installation, PASSWORD, type RunningServer } from './server-process.js'

const HOUR_S = 3_600
/** The platform has received for so long. */
const RUNNING_S = 100 * HOUR_S

let database: TestDatabase
let installation: Installation
let server: RunningServer
let browser: Browser
let page: Page
let problems: string[]

beforeAll(async () => {
  const [postgres] = inject('postgresServers')
  if (!postgres) throw new Error('there is no PostgreSQL')
  database = await createTestDatabase(postgres)
  await addHistory()
  installation = await createInstallation({ DATABASE_URL: database.url, ADMIN_PASSWORD: PASSWORD })
  server = await installation.start()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.kill('SIGTERM')
  installation?.remove()
  await database?.drop()
})

interface Past {
  /** When its newest event was received. */
  secondsAgo: number
  gaps?: number
  delaySeconds?: number
  heartbeat?: boolean
}

/** What a platform knows that has run for some days. */
async function addHistory(): Promise<void> {
  const run = (text: string, values: unknown[] = []) => database.database.app.query({ text, values })
  await run('INSERT INTO sensor_clock (looked_at, seconds, resumed_at_seconds) VALUES (now(), $1, 0)', [
    RUNNING_S,
  ])
  const add = async (
    sensor_id: string,
    { secondsAgo, gaps = 0, delaySeconds = 1, heartbeat = false }: Past,
  ) => {
    await run(
      `INSERT INTO sensors VALUES ($1, 'cowrie', now() - interval '4 days', now() - make_interval(secs => $2::float8 + $3::float8), now() - make_interval(secs => $2::float8), 1200, 90)`,
      [sensor_id, secondsAgo, delaySeconds],
    )
    await run(
      `INSERT INTO sensor_states (sensor_id, state, since, expected, heard_at, heard_at_seconds, first_at_seconds, seen_at, event_at,
          event_at_seconds, gap_weights, gaps, delays)
        SELECT sensor_id, 'active', now() - interval '3 days', true, last_received_at, $2, 0, last_seen_at, last_received_at, $2, $3, $4, $5
        FROM sensors WHERE sensor_id = $1`,
      [
        sensor_id,
        RUNNING_S - secondsAgo,
        Array.from({ length: 32 }, (_, bucket) => (bucket === 4 ? gaps : 0)),
        gaps,
        Array.from({ length: 15 }, () => delaySeconds),
      ],
    )
    if (heartbeat)
      await run(
        `INSERT INTO sensor_heartbeats (sensor_id, first_received_at, received_at, sent_at, software, version, spooled_bytes, gaps, delays)
          VALUES ($1, now() - interval '1 day', now(), now(), 'eviltwin tail', '0.3.0', 2048, $2, $3)`,
        [sensor_id, Array(15).fill(1200), Array(15).fill(0.2)],
      )
  }
  await add('cowrie-office', { secondsAgo: 3 * HOUR_S, gaps: 500 })
  // Whoever changes what is expected of a sensor has one of their own.
  for (const name of ['cowrie-lab', 'changed-light', 'changed-dark'])
    await add(name, { secondsAgo: 30, gaps: 500, heartbeat: true })
  await add('cowrie-behind', { secondsAgo: 60, gaps: 500, delaySeconds: 2 * HOUR_S })
  await add('cowrie-new', { secondsAgo: 90 })
  await add('<img src=x onerror=alert(1)>', { secondsAgo: 120, gaps: 500 })
  await add('cowrie-twice', { secondsAgo: 20, gaps: 500 })
  await run(
    `INSERT INTO sensor_senders SELECT 'cowrie-twice', 'instance', gen_random_uuid(), now() - interval '1 hour', now() FROM generate_series(1, 2)`,
  )
  await run(
    `INSERT INTO event_rollups SELECT 'hour', date_trunc('hour', now()) - n * interval '1 hour', 'cowrie-lab', 'connect', 10 + n
      FROM generate_series(0, 23) AS n`,
  )
  for (let n = 0; n < 60; n += 1) await add(`pot-${n}`, { secondsAgo: 200 + n, gaps: 500 })
}

describe.each(['light', 'dark'] as const)('the sensors in %s', (colorScheme) => {
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1400, height: 900 }, colorScheme })
    problems = watchForProblems(page, installation.url)
    await page.goto(`${installation.url}/dashboard/sensors`)
    await logIn(page)
    await page.getByRole('heading', { name: 'Add sensor' }).waitFor()
  })
  afterEach(async () => {
    expect(problems).toEqual([])
    await page.close()
  })

  const row = (name: string) =>
    page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })

  test('have a state with its reason, a clock, and duplicate names', async () => {
    await row('cowrie-lab').getByText('✓ active').waitFor()
    await row('cowrie-behind').getByText('⚠ clock 2 h behind').waitFor()
    await row('cowrie-twice').getByText('⚠ duplicate name').waitFor()
    await row('cowrie-new').getByText('too little was received to judge it').waitFor()
    await takePicture(page, `sensors-states-${colorScheme}`)
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByLabel('State').selectOption('no_data')
    await row('cowrie-office')
      .getByText(/silent for 3 h.*limit 30 min/)
      .waitFor()
    await row('cowrie-lab').waitFor({ state: 'detached' })
    await takePicture(page, `sensors-no-data-${colorScheme}`)
    await page.goto(`${installation.url}/dashboard/operations`)
    await page.getByText('"cowrie-office" (last received').first().waitFor()
    await takePicture(page, `sensor-silent-alert-${colorScheme}`)
  })

  test('are read page after page', async () => {
    await row('cowrie-lab').waitFor()
    expect(await page.getByRole('link', { name: /^pot-/ }).count()).toBeLessThan(60)
    await page.getByRole('button', { name: 'More' }).click()
    await row('pot-59').waitFor()
    await page.getByRole('button', { name: 'More' }).waitFor({ state: 'detached' })
  })

  test('have details, where an administrator says what is expected', async () => {
    await row(`changed-${colorScheme}`).getByRole('link').press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Sensor' })
    await dialog.getByText('eviltwin tail 0.3.0').waitFor()
    await dialog.getByText('2,048 bytes').waitFor()
    await dialog.getByText('Limit: 1 h, three of its heartbeats.').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `sensor-details-${colorScheme}`)
    await dialog.getByLabel('This sensor is').selectOption('no')
    await dialog.getByLabel('Own limit in minutes').fill('45')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('Set by admin').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  test('fit a narrow window', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    await row('cowrie-lab').waitFor()
    await expectNoSidewaysScroll(page, 'Sensors')
    await takePicture(page, `sensors-narrow-${colorScheme}`)
    await row('cowrie-lab').getByRole('link').click()
    await page.getByRole('dialog', { name: 'Sensor' }).getByText('eviltwin tail 0.3.0').waitFor()
    await expectNoSidewaysScroll(page, 'Sensor')
    await takePicture(page, `sensor-details-narrow-${colorScheme}`)
  })
})
