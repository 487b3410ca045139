import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../server/src/testing/until.js'
import { accessibilityProblems, logIn } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { SENSOR_KEY } from './server-process.js'

const WEAK = 'password'
const STRONG = 'lantern orchid glacier mosaic'
const platform = platformOfFile({ ADMIN_PASSWORD: WEAK, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
let page: Page
let problems: string[]

beforeEach(async () => {
  ;({ page, problems } = await platform.openPage())
})
afterEach(async () => {
  await page.close()
})

describe('an administrator', () => {
  test('whose ADMIN_PASSWORD is weak must change it, and then goes where the link led', async () => {
    await until(() =>
      /must be changed at the first login: .*15 characters/.test(platform.server.output().stderr),
    )
    await page.goto(`${platform.url}/dashboard/quarantine`)
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
    await page.goto(`${platform.url}/dashboard/quarantine`)
    await logIn(page, 'admin', STRONG)
    await page.getByRole('heading', { name: 'Quarantine' }).waitFor()
    expect(problems).toEqual([])
  })

  test('sees on every page what is muted and silenced, with a link to it', async () => {
    await page.goto(`${platform.url}/dashboard/settings?tab=policy`)
    await logIn(page, 'admin', STRONG)
    await page.getByLabel('Source or network').fill('0.0.0.0/0')
    await page.getByLabel('Reason').fill('a test of the banner')
    await page.getByRole('button', { name: 'Mute', exact: true }).click()
    const banner = page.getByRole('region', { name: 'Suppressed alerts' })
    await banner.getByText('1 mute of threat alerts').waitFor()
    await page.goto(`${platform.url}/dashboard/operations`)
    await page.getByRole('button', { name: 'Maintenance window' }).click()
    await page.getByLabel('Reason').fill('a test of the banner')
    await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).click()
    for (const path of ['sessions', 'quarantine', 'slos']) {
      await page.goto(`${platform.url}/dashboard/${path}`)
      await banner.getByText('1 silence of operational alerts').waitFor()
      await banner.getByText('1 mute of threat alerts').waitFor()
      expect(await banner.textContent()).toBe(
        'In force: 1 mute of threat alerts and 1 silence of operational alerts',
      )
    }
    expect(await accessibilityProblems(page)).toEqual([])
    await banner.getByRole('link', { name: /mute/ }).click()
    await page.getByRole('button', { name: 'End' }).click()
    await banner.getByRole('link', { name: /silence/ }).click()
    await page.getByRole('button', { name: 'End' }).click()
    await banner.waitFor({ state: 'detached' })
    expect(problems).toEqual([])
  })

  test('reads the API documentation under the policy of every page, with one style of its library', async () => {
    const policies = await Promise.all(
      ['/docs', '/dashboard'].map(async (path) =>
        (await fetch(platform.url + path, { headers: { accept: 'text/html' } })).headers.get(
          'content-security-policy',
        ),
      ),
    )
    expect(policies[0]).toContain("default-src 'self'")
    expect(policies[0]?.replace(/;style-src 'self' 'unsafe-hashes' 'sha256-[\w+/]{43}='$/, '')).toBe(
      policies[1],
    )
    await page.goto(`${platform.url}/docs`)
    await page.locator('.opblock-tag', { hasText: 'auth' }).first().click()
    await page.getByText('/auth/sessions', { exact: true }).first().waitFor()
    expect(problems).toEqual([])
  })

  test('sees the own logins, with what their clients call themselves as text, and ends them', async () => {
    const headers = { 'content-type': 'application/json', 'user-agent': '<img src=x onerror=alert(1)>' }
    const body = JSON.stringify({ username: 'admin', password: STRONG })
    const answer = await fetch(`${platform.url}/auth/login`, { method: 'POST', headers, body })
    const { access_token } = (await answer.json()) as { access_token: string }
    await page.goto(`${platform.url}/dashboard/settings`)
    await logIn(page, 'admin', STRONG)
    const row = page.getByRole('row').filter({ hasText: '<img src=x onerror=alert(1)>' })
    await row.getByRole('button', { name: 'End the login from 127.0.0.1' }).click()
    await row.waitFor({ state: 'detached' })
    const me = await fetch(`${platform.url}/auth/me`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    expect(me.status).toBe(401)
    await page.getByRole('button', { name: 'End all others' }).click()
    await page.getByRole('row').nth(2).waitFor({ state: 'detached' })
    await page.getByRole('cell', { name: 'this one' }).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    expect(problems).toEqual([])
  })
})
