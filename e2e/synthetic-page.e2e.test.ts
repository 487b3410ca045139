import type { Channel, SyntheticStatus } from '@eviltwin/contract'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from '../server/src/testing/http-receiver.js'
import { accessibilityProblems, expectNoSidewaysScroll, logIn, takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { accessToken } from './server-process.js'

const platform = platformOfFile({
  SYNTHETIC_ATTACKS: 'on',
  SYNTHETIC_INTERVAL_SECONDS: '10',
  SYNTHETIC_WINDOW_SECONDS: '30',
  OUTBOUND_ALLOWED_NETWORKS: '127.0.0.0/8',
})
const HOPS = ['Attack', 'Received', 'Durable', 'Scored', 'Alert raised', 'Delivered', 'Acknowledged']
/** For what takes an attack, on a busy machine. */
const GENEROUS = { timeout: 120_000 }

let receiver: HttpReceiver
let page: Page
let problems: string[]

beforeAll(async () => {
  receiver = await startHttpReceiver()
})
afterAll(() => receiver?.close())

async function call(path: string, method: string, body?: object): Promise<Response> {
  const token = await accessToken(platform.url)
  return fetch(platform.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
}
async function addChannel(name: string): Promise<Channel> {
  const settings = { type: 'webhook', url: receiver.url, secret: 'a secret of 24 characters' }
  return (await (await call('/channels', 'POST', { name, settings })).json()) as Channel
}
const panel = (name: string) => page.getByRole('region', { name })

describe.each(['light', 'dark'] as const)('synthetic attacks in %s', { timeout: 300_000 }, (colorScheme) => {
  beforeEach(async () => {
    ;({ page, problems } = await platform.openPage({ colorScheme }))
    await page.goto(`${platform.url}/dashboard/synthetic`)
    await logIn(page)
    await page.getByRole('heading', { level: 1, name: 'Synthetic attacks' }).waitFor()
  })
  afterEach(async () => {
    expect(problems).toEqual([])
    await page.close()
  })

  /** Opens the newest attack that got to the end of its way. */
  async function openDetected() {
    const row = panel('Attacks').getByRole('row').filter({ hasText: 'detected' }).first()
    await row.waitFor(GENEROUS)
    await row.getByRole('button').focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('table').waitFor()
    return dialog
  }

  test('an attack that is well is a waterfall of every hop, on a narrow window too', async () => {
    const dialog = await openDetected()
    const names = await dialog.getByRole('rowheader').allTextContents()
    expect(names.toSorted()).toEqual(HOPS.toSorted())
    expect(names[0]).toBe('Attack')
    expect(await dialog.getByText('not reached').count()).toBe(0)
    const durations = await dialog.locator('tbody td:last-child').allTextContents()
    for (const text of durations) expect(text).toMatch(/^\d+(\.\d+)? m?s$/)
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `synthetic-waterfall-${colorScheme}`)
    await page.setViewportSize({ width: 390, height: 800 })
    await takePicture(page, `synthetic-waterfall-narrow-${colorScheme}`)
    await expectNoSidewaysScroll(page, 'waterfall')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  test('an attack that was missed shows the first hop that it did not get to', async () => {
    const { targets } = (await (await call('/synthetic/status', 'GET')).json()) as SyntheticStatus
    const sensor_id = targets.find(({ kind }) => kind === 'hec')?.sensor_id
    const keys = (await (await call('/api-keys', 'GET')).json()) as {
      items: Array<{ id: string; sensor_id: string | null; revoked_at: string | null }>
    }
    for (const key of keys.items.filter((each) => each.sensor_id === sensor_id))
      await call(`/api-keys/${key.id}`, 'DELETE')
    const row = panel('Attacks').getByRole('row').filter({ hasText: 'missed' }).first()
    await row.waitFor(GENEROUS)
    await row.getByText(/answered 403/).waitFor()
    await row.getByRole('button').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('not reached').first().waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `synthetic-missed-${colorScheme}`)
  })

  test('a channel is chosen, tested, found dead, and switched off', async () => {
    receiver.answer((response) => response.end('ok'))
    const name = `on call ${colorScheme} <img src=x onerror=alert(1)>`
    const { id } = await addChannel(name)
    const tests = panel('Weekly test of a channel')
    await tests.getByText('No channel is tested').waitFor()
    await tests.getByRole('button', { name: 'Choose a channel' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Channel').selectOption(id)
    await dialog.getByLabel('Weekday').selectOption('Wednesday')
    await dialog.getByLabel('Hour (UTC)').selectOption('04:00')
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `synthetic-choose-channel-${colorScheme}`)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await tests.getByText('each Wednesday at 04:00 UTC').waitFor()

    await tests.getByRole('button', { name: 'Test now' }).click()
    await tests.getByRole('row').filter({ hasText: name }).getByText('✓ delivered').waitFor(GENEROUS)
    receiver.answer((response) => response.writeHead(422).end('gone'))
    await tests.getByRole('button', { name: 'Test now' }).click()
    const failed = tests.getByRole('row').filter({ hasText: name }).filter({ hasText: '✕ failed' })
    await failed.getByText(/refused and is not sent again: .*422/).waitFor(GENEROUS)
    expect(await accessibilityProblems(page)).toEqual([])
    await takePicture(page, `synthetic-${colorScheme}`, { fullPage: true })
    await page.setViewportSize({ width: 390, height: 800 })
    await expectNoSidewaysScroll(page, 'synthetic attacks')
    await takePicture(page, `synthetic-narrow-${colorScheme}`, { fullPage: true })

    await tests.getByRole('button', { name: 'Switch off' }).click()
    await tests.getByText('No channel is tested').waitFor()
    await call(`/channels/${id}`, 'DELETE')
  })
})
