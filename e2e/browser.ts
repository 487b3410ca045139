import { readFileSync } from 'node:fs'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { PASSWORD } from './server-process.js'

/** For a browser that asks nothing of anybody. */
const FLAGS = new URL('../scripts/chromium-flags.json', import.meta.url)

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROME_PATH'] ?? '/usr/bin/chromium',
    args: JSON.parse(readFileSync(FLAGS, 'utf8')) as string[],
  })
}

/** Everything that a page must not do: errors, warnings of its policy, dialogs, requests elsewhere. Read it at the end. */
export function watchForProblems(page: Page, origin: string): string[] {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const { protocol } = new URL(request.url())
    if (!request.url().startsWith(origin) && protocol !== 'blob:' && protocol !== 'data:')
      problems.push(`request to ${request.url()}`)
  })
  return problems
}

/** Writes `NAME.png` into the directory that SCREENSHOTS names; without one, nothing. */
export async function takePicture(page: Page, name: string, { fullPage = false } = {}): Promise<void> {
  const directory = process.env['SCREENSHOTS']
  if (directory) await page.screenshot({ path: `${directory}/${name}.png`, fullPage })
}

export async function logIn(page: Page, username = 'admin', password = PASSWORD): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
  await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'attached' })
}

/** Rules of WCAG 2.2 A and AA, and what axe counts to good practice. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Evaluated, not added as a script: the page's own policy would refuse that, as it should.
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html, failureSummary }) => `${html.slice(0, 120)} ${failureSummary}`)
          .slice(0, 3)
          .join(' | ')}`,
    )
  })
}

/** The page itself never scrolls sideways; tables do, within themselves (WCAG 1.4.10). */
export async function expectNoSidewaysScroll(page: Page, name: string): Promise<void> {
  const [content, window_] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ])
  expect(content, name).toBeLessThanOrEqual(window_ as number)
}
