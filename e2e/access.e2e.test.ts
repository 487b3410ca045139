import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accessibilityProblems, logIn, openBrowser, watchForProblems } from './browser.js'
import { createInstallation, type Installation, type RunningServer, SENSOR_KEY } from './server-process.js'

const WEAK = 'password'
const STRONG = 'lantern orchid glacier mosaic'
let installation: Installation
let server: RunningServer
let browser: Browser
let page: Page
let problems: string[]

beforeAll(async () => {
  installation = await createInstallation({ ADMIN_PASSWORD: WEAK, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
  server = await installation.start()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.kill('SIGTERM')
  installation?.remove()
})
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  problems = watchForProblems(page, installation.url)
})
afterEach(async () => {
  await page.close()
})

describe('an administrator', () => {
  test('whose ADMIN_PASSWORD is weak must change it, and then goes where the link led', async () => {
    expect(server.output().stderr).toMatch(/must be changed at the first login: .*15 characters/)
    await page.goto(`${installation.url}/dashboard/quarantine`)
    await page.getByLabel('Username').fill('admin')
    await page.getByLabel('Password').fill(WEAK)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    expect(await page.getByRole('navigation', { name: 'Pages' }).count()).toBe(0)
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByLabel('Current password').fill(WEAK)
    await page.getByLabel('New password').fill('passwordpassword')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('anybody would guess').waitFor()
    await page.getByLabel('New password').fill(STRONG)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByRole('heading', { name: 'Quarantine' }).waitFor()
    // The browser reports the refused password by itself.
    expect(problems.filter((problem) => !problem.includes('422'))).toEqual([])
  })

  test('logs in with the new password alone', async () => {
    await page.goto(`${installation.url}/dashboard/quarantine`)
    await logIn(page, 'admin', STRONG)
    await page.getByRole('heading', { name: 'Quarantine' }).waitFor()
    expect(problems).toEqual([])
  })
})
