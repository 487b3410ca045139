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

  await panel().getByLabel('Longest pause').selectOption('as it was')
  await screen().focus()
  await page.keyboard.press('Home')
  await screen().getByText('Linux web').waitFor({ state: 'detached' })
  await page.keyboard.press('ArrowRight')
  await shows('Linux web')
  expect(await screen().getByText('install.sh').count()).toBe(0)
  await panel().getByLabel('Show input').check()
  await panel().getByText('Input: uname -a').waitFor()
  await panel().getByLabel('Longest pause').selectOption('2 s')
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

test('leads to each command, steps, and fills the screen', async () => {
  const session = 'commands'
  const startedAt = Math.floor(Date.now() / 1000) - 600
  const typed = ['id', 'cat /etc/passwd', '<b>curl</b>'] as const
  for (const [n, command] of typed.entries())
    await post({
      sensor_id: SENSOR,
      session_id: session,
      source_ip: '203.0.113.61',
      occurred_at: new Date((startedAt + 0.4 + (n + 1) * 100) * 1000).toISOString(),
      event_type: 'command',
      command,
    })
  const id = await newSession(session)
  await put(
    'commands',
    session,
    lines(
      { version: 2, width: 80, height: 24, timestamp: startedAt },
      ...typed.flatMap((command, n) => [
        [(n + 1) * 100, 'i', '\r'],
        [(n + 1) * 100, 'o', `$ ${command}\r\n`],
        [(n + 1) * 100 + 0.5, 'o', `output ${n}\r\n`],
      ]),
    ),
  )
  await page.goto(`${installation.url}/dashboard/sessions/${id}`)
  await shows('output 2')
  await panel().getByText('Commands (3)').click()
  await panel().getByRole('button', { name: 'cat /etc/passwd' }).click()
  await shows('$ cat /etc/passwd')
  expect(await screen().getByText('output 1').count()).toBe(0)
  await panel().locator('[aria-current=step]', { hasText: 'cat /etc/passwd' }).waitFor()
  await panel().scrollIntoViewIfNeeded()
  await takePicture(page, 'recording-commands')
  expect(await accessibilityProblems(page)).toEqual([])
  await screen().focus()
  await page.keyboard.press('.')
  await shows('output 1')
  await page.keyboard.press('[')
  await screen().getByText('output 0').waitFor({ state: 'detached' })
  await page.keyboard.press(']')
  await shows('$ cat /etc/passwd')
  await page.keyboard.press('End')
  await shows('output 2')

  const isFull = () => page.evaluate(() => document.fullscreenElement?.className ?? null)
  await page.keyboard.press('f')
  await panel().getByRole('button', { name: 'Full screen', pressed: true }).waitFor()
  expect(await isFull()).toBe('cast-player')
  await takePicture(page, 'recording-full-screen')
  await panel().getByRole('button', { name: 'Full screen' }).click()
  await panel().getByRole('button', { name: 'Full screen', pressed: false }).waitFor()
  expect(await isFull()).toBe(null)
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
    '\u001b[3;1;1t\u001b[4;9999;9999t\u001b[9;1t\u001b[10;1t\u001b[22;0t\u001b[21t\u001b[?3h\u001b[?40h',
    '\u001b]1337;File=inline=1:AAAA\u0007\u001b]9;notify\u0007\u001b]777;notify;a;b\u0007\u001b]4;1;?\u0007',
    '\u001b]10;#000\u0007\u001b]11;#fff\u0007\u001b]50;x\u0007\u001bP+q544e\u001b\\\u001b^secret\u001b\\',
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
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate(() => navigator.clipboard.writeText('as before'))
  await page.reload()
  await shows('the end')
  const frame = await panel().boundingBox()
  await panel().getByLabel('Position').fill('0.35')
  await shows('click me')
  await screen().getByText('<script>').waitFor()
  expect(await page.title()).toBe('Session · EvilTwin')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('as before')
  expect(await page.evaluate(() => [document.fullscreenElement, window.length, location.hash])).toEqual([
    null,
    0,
    '',
  ])
  expect((await panel().boundingBox())?.width).toBe(frame?.width)
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
