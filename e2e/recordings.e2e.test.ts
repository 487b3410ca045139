import { readFileSync } from 'node:fs'
import type { StoredRecording } from '@eviltwin/contract'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asciicastProblems } from '../server/src/testing/asciicast-rules.js'
import { encodeTtylog } from '../server/src/testing/ttylog.js'
import {
  accessibilityProblems,
  expectNoSidewaysScroll,
  logIn,
  openBrowser,
  takePicture,
  watchForProblems,
} from './browser.js'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from './server-process.js'

const CAST = 'application/x-asciicast'
const SENSOR = 'terminal-1'
let installation: Installation
let server: RunningServer
let browser: Browser
let page: Page
let problems: string[]

beforeAll(async () => {
  installation = await createInstallation({ ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
  server = await installation.start()
  browser = await openBrowser()
  page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
  problems = watchForProblems(page, installation.url)
  // A violation of the policy is also an error of the console; here it is named by its directive.
  await page.exposeFunction('reportViolation', (violation: string) => void problems.push(violation))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      const { reportViolation } = globalThis as unknown as { reportViolation: (text: string) => void }
      reportViolation(`${violatedDirective} ${blockedURI}`)
    })
  })
  await page.goto(`${installation.url}/dashboard`)
  await logIn(page)
})
afterAll(async () => {
  await browser?.close()
  await server?.kill('SIGTERM')
  installation?.remove()
})

const lines = (...all: unknown[]) =>
  all.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join('')
const HEADER = '{"version": 2, "width": 80, "height": 24}'

async function post(body: object): Promise<string> {
  const response = await fetch(`${installation.url}/log`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return ((await response.json()) as { session_id: string }).session_id
}
/** A session that is still running, by one command. */
const newSession = (session_id: string) =>
  post({
    sensor_id: SENSOR,
    session_id,
    source_ip: '203.0.113.61',
    occurred_at: new Date().toISOString(),
    event_type: 'command',
    command: `uname -a # ${session_id}`,
  })
async function put(path: string, session: string, body: string | Buffer, type = CAST, more = '') {
  const query = `session=${session}&sensor=${SENSOR}${more}`
  const response = await fetch(`${installation.url}/evidence/recordings/${path}?${query}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': type },
    body: new Uint8Array(Buffer.from(body as string)),
  })
  expect([response.status, response.ok ? '' : await response.text()]).toEqual([200, ''])
  return (await response.json()) as StoredRecording
}
const panel = () => page.getByRole('region', { name: 'Terminal recording' })
const screen = () => panel().getByRole('region', { name: 'Recorded terminal' })
const shows = (text: string) => screen().getByText(text, { exact: false }).first().waitFor()

test('a ttylog of Cowrie plays to the screen that the attacker had, and can be moved, copied and exported', async () => {
  const session = 'played'
  const id = await newSession(session)
  const ttylog = encodeTtylog(1_774_180_800, [
    [0.2, 'output', '\u001b[32mroot@web\u001b[0m:~# '],
    [1, 'input', 'uname -a\r'],
    [1.1, 'output', 'uname -a\nLinux web 6.1.0 x86_64\n'],
    [1.2, 'output', '\u001b[32mroot@web\u001b[0m:~# '],
    [40, 'output', 'ls /tmp\n\u001b[1;34mbackup\u001b[0m  \u001b[31minstall.sh\u001b[0m  漢字.txt\n'],
    [
      41,
      'output',
      '\u001b[7m inverse \u001b[0m \u001b[38;5;208morange\u001b[0m \u001b[4munderlined\u001b[0m\n',
    ],
    [42, 'output', '\u001b[32mroot@web\u001b[0m:~# '],
  ])
  await put('0f3a', session, ttylog, 'application/octet-stream')
  await page.goto(`${installation.url}/dashboard/sessions/${id}`)
  await shows('Linux web 6.1.0 x86_64')
  await shows('install.sh')
  const row = screen().locator('.cast-row').first()
  await expect.poll(() => row.innerText()).toContain('root@web')

  await page.getByText('Replay of the events').click()
  await page.getByRole('region', { name: 'Replay' }).getByText('uname -a # played').waitFor()
  await page.getByText('Replay of the events').click()

  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((name) => {
      document.documentElement.dataset['theme'] = name
    }, theme)
    await panel().scrollIntoViewIfNeeded()
    await takePicture(page, `recording-${theme}`)
    expect(await accessibilityProblems(page), theme).toEqual([])
  }
  await page.setViewportSize({ width: 390, height: 844 })
  await expectNoSidewaysScroll(page, 'session with a recording')
  await panel().scrollIntoViewIfNeeded()
  await takePicture(page, 'recording-narrow')
  await page.setViewportSize({ width: 1400, height: 1000 })

  await screen().focus()
  await page.keyboard.press('Home')
  await screen().getByText('Linux web').waitFor({ state: 'detached' })
  await page.keyboard.press('ArrowRight')
  await shows('Linux web')
  expect(await screen().getByText('install.sh').count()).toBe(0)
  await panel().getByLabel('Show input').check()
  await panel().getByText('Input: uname -a').waitFor()
  await panel().getByLabel('Speed').selectOption('8')
  await page.keyboard.press('Home')
  await screen().focus()
  await page.keyboard.press('Space')
  await panel().getByRole('button', { name: 'Pause' }).waitFor()
  await shows('install.sh')
  await panel().getByRole('button', { name: 'Play' }).waitFor()

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await panel().getByRole('button', { name: 'Copy text' }).click()
  await panel().getByText('Text copied').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('backup  install.sh  漢字.txt')
  await panel().getByRole('button', { name: 'Larger text' }).click()
  await panel().getByRole('button', { name: 'Larger text' }).click()

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    panel().getByRole('button', { name: 'Download' }).click(),
  ])
  const exported = readFileSync(await file.path(), 'utf8')
  expect(exported.split('\n')[0]).toBe('{"version":2,"width":80,"height":24,"timestamp":1774180800}')
  expect(asciicastProblems(exported)).toEqual([])
  const { id: copy } = await put('copy', session, exported)
  expect(copy).toMatch(/^[0-9a-f-]{36}$/)
  expect(problems).toEqual([])
})

test('a running session appears while its page is open, and grows with each key', async () => {
  const session = 'live'
  const id = await newSession(session)
  await page.goto(`${installation.url}/dashboard/sessions/${id}`)
  await page.getByRole('region', { name: 'Replay' }).waitFor()
  expect(await panel().count()).toBe(0)
  await put('live/chunks/0', session, lines(HEADER, [0.1, 'o', 'root@web:~# ']))
  await shows('root@web:~#')
  await panel().getByRole('button', { name: 'Live', pressed: true }).waitFor()
  for (const [n, key] of [...'whoami'].entries())
    await put(`live/chunks/${n + 1}`, session, lines([1 + n, 'i', key], [1 + n, 'o', key]))
  await shows('root@web:~# whoami')
  await panel().getByLabel('Position').fill('1')
  await screen().getByText('whoami').waitFor({ state: 'detached' })
  await put('live/chunks/7', session, lines([9, 'o', '\r\nroot\r\n']))
  await panel().getByRole('button', { name: 'Live' }).click()
  await shows('whoami')
  await screen()
    .locator('.cast-row', { hasText: /^root\s*$/ })
    .waitFor()
  await put('live/chunks/8', session, lines([10, 'o', 'exit']), CAST, '&final=true')
  await shows('exit')
  await panel().getByRole('button', { name: 'Live' }).waitFor({ state: 'detached' })
  expect(problems).toEqual([])
})

test('hostile sequences change nothing but the terminal, and the page goes on', async () => {
  const session = 'hostile'
  const id = await newSession(session)
  await page.goto(`${installation.url}/dashboard/sessions/${id}`)
  const hostile = [
    '\u001b]0;pwned\u0007\u001b]2;pwned\u001b\\',
    '\u001b]52;c;cHduZWQ=\u0007',
    '\u001b]8;;javascript:alert(1)\u0007click me\u001b]8;;\u0007',
    '<img src=x onerror=alert(1)><script>alert(1)</script>',
    '\u001b[2147483647S\u001b[2147483647T\u001b[2147483647Lx\u001b[2147483647b\u001b[2147483647I',
    '\u001b[2147483647;2147483647H\u001b[2147483647C\u001b[8;9999;9999t',
    '\u001b[?1049h\u001b[?1000h\u001b[?1006h\u001b[?25l\u001b[?2004h',
    '\u001bPq#0;2;0;0;0#0~~@@vv@@~~$-\u001b\\\u001b_Gf=100;AAAA\u001b\\',
    '\u001b[c\u001b[6n\u001b]11;?\u0007\u0007\u0007',
    `e${'\u0301'.repeat(50_000)}\u202etxt.exe`,
    '\u001b[5n'.repeat(2_000),
  ]
  await put(
    'hostile',
    session,
    lines(
      HEADER,
      ...hostile.map((data, n) => [n / 10, 'o', data]),
      [3, 'r', '2147483647x2147483647'],
      [4, 'o', '\u001bcthe end'],
    ),
  )
  await page.reload()
  await shows('the end')
  await panel().getByLabel('Position').fill('0.35')
  await shows('click me')
  await screen().getByText('<script>').waitFor()
  expect(await page.title()).toBe('Session · EvilTwin')
  expect(await screen().locator('a, img, script, iframe, input').count()).toBe(0)
  const box = await screen().boundingBox()
  const inside = await screen().evaluate(
    (element) => element.scrollWidth > 0 && document.body.contains(element),
  )
  expect({ hasBox: box !== null, inside }).toEqual({ hasBox: true, inside: true })
  await expectNoSidewaysScroll(page, 'hostile recording')
  await page.getByRole('link', { name: 'Sessions' }).first().click()
  await page.getByRole('heading', { name: 'Sessions' }).waitFor()
  expect(problems).toEqual([])
})

test('a recording that takes long to play leaves the page to its reader', async () => {
  const session = 'slow'
  const id = await newSession(session)
  const resets = '\u001b[400S\u001bc'.repeat(1_000)
  await put(
    'slow',
    session,
    lines(
      '{"version": 2, "width": 400, "height": 150}',
      ...Array.from({ length: 60 }, (_, n) => [n, 'o', `${resets}part ${n}`]),
    ),
  )
  await page.goto(`${installation.url}/dashboard/sessions/${id}`)
  await shows('part ')
  await panel().getByLabel('Speed').selectOption('2')
  await page.getByRole('link', { name: 'Sensors' }).first().click()
  await page.getByRole('heading', { name: 'Sensors', exact: true }).waitFor()
  expect(problems).toEqual([])
})
