import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accessibilityProblems, expectNoSidewaysScroll, logIn, takePicture } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { SENSOR_KEY } from './server-process.js'
import { sendEvent } from './traffic.js'

const platform = platformOfFile({ BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
let page: Page
let problems: string[]

const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')

/** A file that was uploaded in a session, as a sensor sends both. */
async function bring(name: string, content: Buffer, session: string): Promise<string> {
  const sha256 = hashOf(content)
  const source_ip = '203.0.113.60'
  const event = { source_ip, session, sensor_id: 'pot-1', event_type: 'file_upload', file_sha256: sha256 }
  await sendEvent(platform.url, event)
  const query = new URLSearchParams({ session, source_ip, name, sensor: 'pot-1' })
  const { status } = await fetch(`${platform.url}/evidence/files/${sha256}?${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(content),
  })
  expect(status).toBe(201)
  return sha256
}

describe.each(['light', 'dark'] as const)('files in %s', (colorScheme) => {
  beforeEach(async () => {
    ;({ page, problems } = await platform.openPage({ colorScheme }))
    await page.goto(`${platform.url}/dashboard/evidence`)
    await logIn(page)
    await page.getByRole('heading', { level: 1, name: 'Evidence' }).waitFor()
  })
  afterEach(async () => {
    expect(problems).toEqual([])
    await page.close()
  })

  test('are listed, held, handed out in an archive alone, and deleted once that is confirmed', async () => {
    const content = Buffer.from(`#!/bin/sh\necho ${colorScheme}\n`)
    const sha256 = await bring('<img src=x onerror=alert(1)>.sh', content, `upload ${colorScheme}`)
    await page.reload()
    await page.getByLabel('SHA-256, or its beginning').fill(sha256.slice(0, 12))
    await page.keyboard.press('Enter')
    await page.getByRole('row').filter({ hasText: 'text/x-shellscript' }).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByRole('link', { name: `${sha256.slice(0, 16)}…` }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('<img src=x onerror=alert(1)>.sh').waitFor()
    await takePicture(page, `evidence-file-${colorScheme}`)
    expect(await accessibilityProblems(page)).toEqual([])

    const download = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Download the archive' }).click()
    expect((await download).suggestedFilename()).toBe(`${sha256}.zip`)

    await dialog.getByLabel('Reason').fill('case 17')
    await dialog.getByRole('button', { name: 'Set a legal hold' }).click()
    await dialog.getByText('case 17').waitFor()
    expect(await dialog.getByRole('button', { name: 'Delete …' }).count()).toBe(0)
    await dialog.getByRole('button', { name: 'End the hold' }).click()
    await dialog.getByRole('button', { name: 'Delete …' }).click()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.getByRole('button', { name: 'Delete …' }).click()
    await dialog.getByRole('button', { name: 'Delete the file' }).click()
    await page.getByText('No file matches').waitFor()
  })

  test('lead to their session and back, on a narrow window too', async () => {
    const content = Buffer.from(`\x7fELF\x02\x01\x01 ${colorScheme}`, 'latin1')
    const sha256 = await bring('x86', content, `elf ${colorScheme}`)
    await page.setViewportSize({ width: 390, height: 800 })
    await page.goto(`${platform.url}/dashboard/evidence?file=${sha256}`)
    const dialog = page.getByRole('dialog')
    await dialog.getByText('application/x-elf').waitFor()
    await takePicture(page, `evidence-narrow-${colorScheme}`)
    await expectNoSidewaysScroll(page, 'evidence')
    await dialog.getByRole('link', { name: 'session' }).click()
    await page.getByRole('heading', { level: 1, name: 'Session of' }).waitFor()
    await page.getByRole('link', { name: sha256 }).click()
    await dialog.getByText('application/x-elf').waitFor()
  })
})
