import type { IngestMany } from '@eviltwin/contract'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accessibilityProblems, expectNoSidewaysScroll, logIn, takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { SENSOR_KEY } from './server-process.js'

const platform = platformOfFile({ BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
let page: Page
let problems: string[]

const send = async (key: string, ...sensors: string[]) => {
  const response = await fetch(`${platform.url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(
      sensors.map((sensor_id) => ({ source_ip: '192.0.2.1', time: new Date().toISOString(), sensor_id })),
    ),
  })
  return response.status === 200 ? ((await response.json()) as IngestMany) : response.status
}

describe.each(['light', 'dark'] as const)('the keys in %s', (colorScheme) => {
  beforeEach(async () => {
    ;({ page, problems } = await platform.openPage({ colorScheme }))
    await page.goto(`${platform.url}/dashboard/settings?tab=keys`)
    await logIn(page)
    await page.getByRole('heading', { name: 'New key' }).waitFor()
  })
  afterEach(async () => {
    await page.close()
  })

  test('are created for a sensor, shown, bound to others and revoked', async () => {
    const name = `office ${colorScheme}`
    const [own, second] = [`office-${colorScheme}-1`, `office-${colorScheme}-2`]
    await page.getByLabel('Name').fill(name)
    await page.getByLabel('Sensor of its events').fill(own)
    await page.getByRole('button', { name: 'Create' }).click()
    const key = await page.getByRole('status').locator('pre').innerText()
    expect(key).toMatch(/^et_[\w-]{43}$/)
    const row = page.getByRole('row').filter({ hasText: name })
    await row.getByText(own).waitFor()
    expect(await row.getByText('ingest').count()).toBe(1)
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `keys-created-${colorScheme}`, { fullPage: true })

    await row.getByRole('button', { name: `Sensors of ${name}` }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Allowed sensors').fill(`${own}\n${second}`)
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `keys-dialog-${colorScheme}`, { fullPage: true })
    await dialog.getByRole('button', { name: 'Bind to these sensors' }).click()
    await row.getByText('and 1 more').waitFor()
    expect(await send(key, own, second, 'elsewhere')).toMatchObject({ accepted: 2, quarantined: 1 })

    await row.getByRole('button', { name: `Revoke ${name}` }).click()
    await row.getByText('revoked').waitFor()
    expect(await send(key, own)).toBe(401)
    await row.getByRole('button', { name: `Sensors of ${name}` }).click()
    await dialog.getByText('The key is revoked').waitFor()
    expect(await dialog.getByRole('button', { name: /^Bind/ }).count()).toBe(0)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await takePicture(page, `keys-revoked-${colorScheme}`, { fullPage: true })
    await page.setViewportSize({ width: 360, height: 740 })
    await expectNoSidewaysScroll(page, 'keys')
    expect(problems).toEqual([])
  })

  test('say why a sensor is refused, and take none without the scope of events', async () => {
    await page.getByLabel('Name').fill('a decoy')
    await page.getByLabel('Sensor of its events').fill('canary-wiki-0a1b2c')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('alert').getByText('the ids of canary tokens are reserved').waitFor()
    await page.getByLabel('send events').uncheck()
    await page.getByLabel('scrape /metrics').check()
    expect(await page.getByLabel('Sensor of its events').count()).toBe(0)
    await page.getByLabel('Name').fill(`metrics ${colorScheme}`)
    await page.getByRole('button', { name: 'Create' }).click()
    const row = page.getByRole('row').filter({ hasText: `metrics ${colorScheme}` })
    await row.getByText('none').waitFor()
    expect(await row.getByText('metrics:read').count()).toBe(1)
  })
})
