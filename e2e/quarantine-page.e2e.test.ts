import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { accessibilityProblems, expectNoSidewaysScroll, logIn } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { SENSOR_KEY } from './server-process.js'

const platform = platformOfFile({
  BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
  INGEST_MAX_RECORD_BYTES: '20000',
})
let page: Page
let problems: string[]

beforeEach(async () => {
  ;({ page, problems } = await platform.openPage())
  await page.goto(`${platform.url}/dashboard/quarantine`)
  await logIn(page)
  await page.getByRole('heading', { level: 1, name: 'Quarantine' }).waitFor()
})
afterEach(async () => {
  await page.close()
})

const send = (lines: readonly string[]) =>
  fetch(`${platform.url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })

test('an empty quarantine says what it is for, and asks nothing to be confirmed', async () => {
  await page.getByText('The quarantine is empty').waitFor()
  await page.getByRole('button', { name: 'Delete matching' }).click()
  await page.getByRole('dialog').getByText('No record matches').waitFor()
  expect(problems).toEqual([])
})

test('records are filtered by reason, replayed after a preview, and deleted only when that is confirmed', async () => {
  await send(['{"hopeless":1}', '{"cut":', `{"large":"${'x'.repeat(30_000)}","end":"of it"}`])
  await page.reload()
  await page.getByText('3 records use').waitFor()
  const records = page.getByRole('list').filter({ hasText: 'seen 1 times' }).getByRole('listitem')
  await page.getByLabel('Reason').selectOption('too large')
  await page.getByText('only its two ends are kept').waitFor()
  expect(await records.count()).toBe(1)
  expect(await records.getByText('"end":"of it"').count()).toBe(1)
  expect(await records.getByRole('button', { name: 'Replay' }).count()).toBe(0)
  await page.getByLabel('Reason').selectOption('implausible timestamp')
  await page.getByText('No record matches').waitFor()

  await page.getByLabel('Reason').selectOption('invalid json')
  await page.getByRole('button', { name: 'Replay matching' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('1 records match; 1 of them can be replayed').waitFor()
  await dialog.getByRole('button', { name: 'Replay 1 records' }).click()
  await page.getByText('0 became events, 1 stay.').waitFor()

  await page.getByRole('button', { name: 'Delete matching' }).click()
  await dialog.getByText('This cannot be undone').waitFor()
  expect(await accessibilityProblems(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('3 records use').waitFor()
  await page.getByRole('button', { name: 'Delete matching' }).click()
  // Received after the preview: not what is confirmed.
  await dialog.getByRole('button', { name: 'Delete 1 records' }).waitFor()
  await send(['{"also cut":'])
  await dialog.getByRole('button', { name: 'Delete 1 records' }).click()
  await page.getByText('1 deleted.').waitFor()
  await page.getByText('3 records use').waitFor()
  await page.getByText('also cut').waitFor()

  await page.getByRole('button', { name: 'Delete …' }).click()
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByText('2 records use').waitFor()
  await page.getByLabel('Reason').selectOption('any')
  expect(await accessibilityProblems(page)).toEqual([])
  await page.setViewportSize({ width: 360, height: 740 })
  await expectNoSidewaysScroll(page, 'quarantine')
  expect(problems).toEqual([])
})

test('a list that cannot be loaded says so, and can be asked for again', async () => {
  await page.route('**/quarantine?**', (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: '/problems/store-unavailable',
        title: 'x',
        status: 503,
        detail: 'the database is away',
        request_id: 'r',
      }),
    }),
  )
  await page.reload()
  await page.getByRole('alert').getByText('the database is away').waitFor()
  await page.unroute('**/quarantine?**')
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click()
  await page.getByText('{"hopeless":1}').waitFor()
})
