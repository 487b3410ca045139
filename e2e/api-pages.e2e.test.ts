import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { accessToken } from './server-process.js'

const platform = platformOfFile({}, '--demo')
let page: Page
let problems: string[]
beforeAll(async () => {
  ;({ page, problems } = await platform.openPage({ viewport: { width: 1280, height: 900 } }))
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`))
})

/** Opens an operation, and its group, sends it with its example as it stands, and gives the status of the answer. */
async function tryOut(group: string, operationId: string): Promise<string> {
  const tag = page.locator(`.opblock-tag[data-tag="${group}"]`)
  if ((await tag.getAttribute('data-is-open')) !== 'true') await tag.click()
  const operation = page.locator(`[id$="-${operationId}"]`)
  await operation.locator('.opblock-summary').first().click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  const status = operation.locator('.live-responses-table .response-col_status').last()
  await status.waitFor()
  return (await status.innerText()).trim()
}

test('the pages of the API work without anything from elsewhere, and their requests are answered', async () => {
  await page.goto(`${platform.url}/docs`)
  expect(await tryOut('health', 'getHealth')).toBe('200')
  expect(await tryOut('dashboard', 'getDashboardStats')).toBe('401')
  await page.getByRole('button', { name: 'Authorize' }).click()
  const dialog = page.locator('.modal-ux')
  await dialog.locator('#auth-bearer-value').fill(await accessToken(platform.url))
  await dialog.getByRole('button', { name: 'Apply credentials' }).first().click()
  await dialog.getByRole('button', { name: 'Close' }).first().click()
  expect(await tryOut('sessions', 'getSessions')).toBe('200')
  expect(await tryOut('canary', 'postCanaryTokens')).toBe('201')
  await takePicture(page, 'api-pages')
  // A refused request is one that the page shows; the browser notes it, too.
  expect(problems.filter((problem) => !problem.includes('401'))).toEqual([])
})

test('what it admits for its logo, no other page admits', async () => {
  const policyOf = async (path: string) =>
    (await fetch(platform.url + path)).headers.get('content-security-policy')
  expect(await policyOf('/docs')).toContain("style-src 'self' 'unsafe-hashes' 'sha256-")
  expect(await policyOf('/dashboard')).not.toContain('style-src')
})
