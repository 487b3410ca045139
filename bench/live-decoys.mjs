import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { createIdentity } from '../server/dist/decoys/identity.js'
import { createLoginPolicy, WEAK_PASSWORDS } from '../server/dist/decoys/logins/login-policy.js'
import { report } from './report.mjs'
import { freePort, PASSWORD, startServer, until } from './server-process.mjs'

const FLAGS = new URL('../scripts/chromium-flags.json', import.meta.url)
const RUNS = Number(process.env.BENCH_LIVE_RUNS ?? 10)
const AIM = '<= 2'
/** Between keys, as a person types. */
const KEY_MS = 120

/** (l) Real clients against decoys: the time from their last key until a real browser shows the session, and the line on its screen. */
export async function benchLiveDecoys() {
  const { seed, password } = accommodatingIdentity()
  const ports = { ssh: await freePort(), telnet: await freePort(), redis: await freePort() }
  const server = await startServer(
    {},
    {
      args: [
        '--decoys',
        Object.entries(ports)
          .map((pair) => pair.join(':'))
          .join(),
      ],
      prepare(directory) {
        mkdirSync(join(directory, 'decoys'))
        writeFileSync(join(directory, 'decoys', 'identity.seed'), seed.toString('hex'), { mode: 0o600 })
      },
    },
  )
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium',
    args: JSON.parse(readFileSync(FLAGS, 'utf8')),
  })
  try {
    console.log('(l) decoys in a real browser on the same cores; seconds from the last key')
    for (const port of Object.values(ports)) await until(() => reaches(port))
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.goto(`${server.url}/dashboard/sessions`)
    await page.getByLabel('Username').fill('admin')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByText('Feed connected').waitFor()
    await terminals(page, server.url, 'ssh', (address, rows) => sshClient(address, rows, ports.ssh, password))
    await terminals(page, server.url, 'telnet', (address) => telnetClient(address, ports.telnet, password))
    await listed(page, server.url, 'redis', (address) => redisClient(address, ports.redis))
  } finally {
    await browser.close()
    await server.stop()
  }
}

/** A terminal: its session in the list, then each command on the screen while its page is open. */
async function terminals(page, url, protocol, open) {
  const seconds = { list: [], screen: [] }
  for (let run = 0; run < RUNS; run += 1) {
    const address = `127.0.${protocol === 'ssh' ? 10 : 11}.${run + 1}`
    await page.goto(`${url}/dashboard/sessions`)
    await page.getByText('Feed connected').waitFor()
    const rows = page.getByRole('row').filter({ hasText: address })
    const client = await open(address, rows)
    // The newest is the first one.
    seconds.list.push(await since(client.loggedInAt, rows.nth(client.sessionsBefore)))
    await rows.first().getByRole('link').first().click()
    const screen = page.getByRole('region', { name: 'Recorded terminal' })
    await screen.waitFor()
    for (let command = 0; command < 3; command += 1) {
      const text = `echo run-${run}-${command}`
      const lastKeyAt = await client.type(`${text}\r`)
      seconds.screen.push(
        await since(
          lastKeyAt,
          screen.locator('.cast-row', { hasText: new RegExp(`^run-${run}-${command}`) }),
        ),
      )
    }
    await client.close()
  }
  summarise(`${protocol}: session in the list`, seconds.list)
  summarise(`${protocol}: output in the live view`, seconds.screen)
}

/** A client without a terminal: its session in the list. */
async function listed(page, url, protocol, run) {
  const seconds = []
  await page.goto(`${url}/dashboard/sessions`)
  await page.getByText('Feed connected').waitFor()
  for (let n = 0; n < RUNS; n += 1) {
    const address = `127.0.12.${n + 1}`
    const endedAt = await run(address)
    seconds.push(await since(endedAt, page.getByRole('row').filter({ hasText: address }).first()))
  }
  summarise(`${protocol}: session in the list`, seconds)
}

async function since(time, locator) {
  await locator.waitFor()
  return (performance.now() - time) / 1000
}

function summarise(name, seconds) {
  const sorted = seconds.toSorted((one, other) => one - other)
  report('l', `${name}, median of ${sorted.length}`, sorted[Math.floor(sorted.length / 2)], 's', AIM)
  report('l', `${name}, worst`, sorted.at(-1), 's', AIM)
}

/** @param rows of its address in the list: the attempt that fails is a session of its own. */
async function sshClient(address, rows, port, password) {
  const args = (secret) => [
    ...['-p', secret, 'ssh', '-F', '/dev/null', '-tt', '-p', String(port), '-o', 'LogLevel=ERROR'],
    ...[
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      '-o',
      'PubkeyAuthentication=no',
    ],
    ...['-o', 'NumberOfPasswordPrompts=1', '-o', `BindAddress=${address}`, 'root@127.0.0.1'],
  ]
  await once(spawn('/usr/bin/sshpass', args('not this one'), { stdio: 'ignore' }), 'close')
  await rows.first().waitFor()
  return { ...keyboard(spawn('/usr/bin/sshpass', args(password))), sessionsBefore: 1 }
}

async function telnetClient(address, port, password) {
  const client = keyboard(spawn('/usr/bin/telnet', ['-b', address, '127.0.0.1', String(port)]))
  for (const each of ['not this one', password]) {
    await client.shows(/login: $/)
    await client.type('root\r')
    await client.shows(/Password: $/)
    await client.type(`${each}\r`)
  }
  await client.shows(/[#$] $/)
  return { ...client, loggedInAt: performance.now() }
}

async function redisClient(address, port) {
  const socket = connect({ port, host: '127.0.0.1', localAddress: address })
  await once(socket, 'connect')
  socket.write('INFO\r\n')
  const endedAt = performance.now()
  await once(socket, 'data')
  socket.destroy()
  return endedAt
}

/** A program that keys are typed into. */
function keyboard(child) {
  let shown = ''
  child.stdout.on('data', (bytes) => {
    shown += bytes
  })
  child.stdin.on('error', () => {})
  const closed = once(child, 'close')
  return {
    loggedInAt: performance.now(),
    sessionsBefore: 0,
    shown: () => shown,
    shows: (pattern) => until(async () => pattern.test(shown)),
    /** @returns when the last key was pressed. */
    async type(text) {
      let at = 0
      for (const key of text) {
        await new Promise((resolve) => setTimeout(resolve, KEY_MS))
        at = performance.now()
        child.stdin.write(key)
      }
      return at
    },
    async close() {
      child.kill('SIGTERM')
      await closed
    },
  }
}

/** An identity that accepts a weak password of root after one attempt that fails. */
function accommodatingIdentity() {
  for (let n = 0; n < 256; n += 1) {
    const seed = Buffer.alloc(32, n)
    for (const password of WEAK_PASSWORDS) {
      const policy = createLoginPolicy(createIdentity(seed), Date.now)
      policy.accepts('192.0.2.1', 'root', 'not this one')
      if (policy.accepts('192.0.2.1', 'root', password)) return { seed, password }
    }
  }
  throw new Error('there is no such identity')
}

async function reaches(port) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
  return true
}
