import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { accessibilityProblems, expectNoSidewaysScroll, logIn, takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { SENSOR_KEY } from './server-process.js'
import { sendEvent } from './traffic.js'

const platform = platformOfFile({ BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
let page: Page
beforeEach(async () => {
  ;({ page } = await platform.openPage())
})
afterEach(() => page.close())

const card = () => page.getByRole('region', { name: 'First steps' })
const step = (title: string) => card().getByRole('listitem').filter({ hasText: title })

test.each(['light', 'dark'] as const)(
  'the first page shows every step with what to do, in %s',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await page.goto(platform.url)
    await logIn(page)
    await card().getByText('0 of 5 done').waitFor()
    await step('Write a backup').getByText('npx eviltwin backup eviltwin.tar.gz').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `first-steps-${colorScheme}`)
    await page.setViewportSize({ width: 360, height: 800 })
    await expectNoSidewaysScroll(page, 'the first steps')
  },
)

test('a step is done once the server finds that it is, and not before', async () => {
  await sendEvent(platform.url, { username: 'root', password: 'x' })
  expect(await platform.run('backup', join(platform.dataDir, 'first.tar.gz'))).toMatchObject({
    code: 0,
  })
  expect(await platform.run('user', 'add', 'ann', '--role', 'analyst')).toMatchObject({ code: 0 })
  await page.goto(platform.url)
  await logIn(page)
  await page.getByRole('heading', { name: 'Last 24h' }).waitFor()
  await card().getByText('3 of 5 done').waitFor()
  await step('Connect a sensor').getByText('1 sensor sent events').waitFor()
  await step('Write a backup').getByText('A backup was written').waitFor()
  await step('Add a second user').getByText('2 users can log in').waitFor()
  await step('Test a channel')
    .getByRole('link', { name: 'Add a channel, then send it a test message' })
    .click()
  await page.waitForURL(/settings\?tab=channels/)
})

test('it is hidden and brought back by the keyboard, and stays hidden', async () => {
  await page.goto(platform.url)
  await logIn(page)
  await card().getByRole('button', { name: 'Hide the first steps' }).press('Enter')
  await card().waitFor({ state: 'detached' })
  await page.reload()
  const again = page.getByRole('button', { name: 'First steps: 3 of 5' })
  await again.waitFor()
  expect(await card().count()).toBe(0)
  await again.press('Enter')
  await card().getByText('3 of 5 done').waitFor()
})

test('while the server does not answer, it says so and tries again', async () => {
  let answers = false
  await page.route('**/setup', (route) =>
    answers ? route.continue() : route.fulfill({ status: 500, body: '{}' }),
  )
  await page.goto(platform.url)
  await logIn(page)
  await card().getByRole('alert').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  answers = true
  await card().getByRole('button', { name: 'Try again' }).click()
  await card().getByText('3 of 5 done').waitFor()
})
