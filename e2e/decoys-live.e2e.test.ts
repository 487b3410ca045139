import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { accommodatingIdentity } from '../server/src/testing/decoy-logins.js'
import { until } from '../server/src/testing/until.js'
import { logIn, openBrowser, takePicture, watchForProblems } from './browser.js'
import { type ServerWithDecoys, startWithDecoys } from './decoys.js'

const PROTOCOLS = ['ssh', 'telnet', 'http', 'redis', 'mysql', 'ftp', 'smtp'] as const
type Protocol = (typeof PROTOCOLS)[number]
const has = (...programs: string[]) => programs.every((program) => existsSync(`/usr/bin/${program}`))
const PROMPT = /[#$] $/
const { seed, weakPassword } = accommodatingIdentity()

const directory = mkdtempSync(join(tmpdir(), 'eviltwin-live-'))
const upload = join(directory, 'tool.sh')
let decoys: ServerWithDecoys<Protocol>
let ports: ServerWithDecoys<Protocol>['ports']
let browser: Browser
let page: Page
let problems: string[]

// A browser that has the list open, and never loads the page again.
beforeAll(async () => {
  chmodSync(directory, 0o755)
  writeFileSync(upload, '#!/bin/sh\necho brought\n')
  decoys = await startWithDecoys(PROTOCOLS, { seed })
  ports = decoys.ports
  const { url } = decoys.installation
  browser = await openBrowser()
  page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
  problems = watchForProblems(page, url)
  await page.goto(`${url}/dashboard/sessions`)
  await logIn(page)
  await page.getByText('Feed connected').waitFor()
  await page.evaluate(() => {
    document.documentElement.dataset['loads'] = 'one'
  })
})
afterAll(async () => {
  await browser?.close()
  await decoys?.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Goes back to the list by its link, without loading the page. */
async function showList(): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Sessions' }).click()
  await page.getByRole('heading', { level: 1, name: 'Sessions' }).waitFor()
}
const rowsOf = (text: string) =>
  page.getByRole('region', { name: 'List of sessions' }).getByRole('row').filter({ hasText: text })
const rowsBy = (protocol: Protocol) =>
  page
    .getByRole('row')
    .filter({ has: page.getByRole('cell', { name: protocol, exact: true }) })
    .first()
const liveButton = () =>
  page.getByRole('region', { name: 'Terminal recording' }).getByRole('button', { name: 'Live', exact: true })
const screen = () => page.getByRole('region', { name: 'Recorded terminal' })
const lineOnScreen = (text: RegExp) => screen().locator('.cast-row', { hasText: text })

/** Arguments of sshpass for a client of OpenSSH, from an address of this machine. */
function openSsh(program: string, address: string, secret: string, ...args: string[]): string[] {
  const settings = [
    ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', `Port=${ports.ssh}`],
    ...[`BindAddress=${address}`, 'NumberOfPasswordPrompts=1', 'PubkeyAuthentication=no'],
  ].flatMap((setting) => ['-o', setting])
  return ['-p', secret, program, '-F', '/dev/null', ...settings, ...args]
}

/** A client that runs to its end, whatever it is. */
function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env: { ...process.env, HOME: directory } },
      (_error, stdout, stderr) => resolve(stdout + stderr),
    )
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** An attempt that fails, after which the weak password is accepted; it is a session of its own. */
async function failOnce(address: string): Promise<void> {
  await run('/usr/bin/sshpass', openSsh('ssh', address, 'not this one', 'root@127.0.0.1', 'id'))
  await rowsOf(address).first().waitFor()
}

/** A client at whose keyboard somebody sits. */
function atKeyboard(child: ChildProcess) {
  let shown = ''
  child.stdout?.on('data', (bytes) => {
    shown += bytes
  })
  child.stdin?.on('error', () => {})
  const closed = once(child, 'close')
  return {
    shown: () => shown,
    shows: (pattern: RegExp) => until(() => pattern.test(shown)),
    /** Each key is a packet of its own: the next one is pressed once the decoy has echoed this one. */
    async type(text: string) {
      for (const key of text) {
        const before = shown.length
        child.stdin?.write(key)
        await until(() => shown.length > before)
      }
    },
    send: (text: string) => void child.stdin?.write(text),
    async hangUp() {
      child.kill('SIGTERM')
      await closed
    },
  }
}

async function watch(row: Locator, type: (text: string) => Promise<void>, name: string): Promise<void> {
  await row.getByRole('link').first().click()
  await screen().waitFor()
  await liveButton().and(page.locator('[aria-pressed=true]')).waitFor()
  await type('echo "first line"')
  await lineOnScreen(/[#$] echo "first line"\s*$/).waitFor()
  await type('\r')
  await lineOnScreen(/^first line\s*$/).waitFor()
  await type('nc -l 4444\r')
  await lineOnScreen(/[#$] nc -l 4444\s*$/).waitFor()
  await page.getByText('Commands (2)').waitFor()
  await takePicture(page, `live-${name}`)
}

describe('a browser that shows the list of sessions', () => {
  beforeEach(showList)

  test.runIf(has('ssh', 'sshpass'))(
    'a session of OpenSSH appears, and its live view follows each key',
    async () => {
      const address = '127.0.20.1'
      await failOnce(address)
      const client = atKeyboard(
        spawn('/usr/bin/sshpass', openSsh('ssh', address, weakPassword, '-tt', 'root@127.0.0.1')),
      )
      await rowsOf(address).nth(1).waitFor()
      await client.shows(PROMPT)
      await watch(rowsOf(address).first(), client.type, 'ssh')
      await client.hangUp()
      await liveButton().waitFor({ state: 'detached' })
    },
  )

  test.runIf(has('telnet'))(
    'a session of a Telnet client appears, and its live view follows each key',
    async () => {
      const address = '127.0.20.2'
      const client = atKeyboard(spawn('/usr/bin/telnet', ['-b', address, '127.0.0.1', String(ports.telnet)]))
      await rowsOf(address).first().waitFor()
      for (const secret of ['not this one', weakPassword]) {
        await client.shows(/login: $/)
        client.send('root\r')
        await client.shows(/Password: $/)
        client.send(`${secret}\r`)
      }
      await client.shows(PROMPT)
      await watch(rowsOf(address).first(), client.type, 'telnet')
      await client.hangUp()
    },
  )

  test.runIf(has('scp', 'sftp', 'sshpass')).each([
    ['scp', '127.0.20.3', [upload, 'root@127.0.0.1:/tmp/tool.sh'], ''],
    ['sftp', '127.0.20.4', ['root@127.0.0.1'], `put ${upload} /tmp/tool.sh\n`],
  ] as const)('a session of %s appears', async (program, address, args, input) => {
    await failOnce(address)
    await run('/usr/bin/sshpass', openSsh(program, address, weakPassword, ...args), input)
    await rowsOf(address).nth(1).waitFor()
  })

  const clients: ReadonlyArray<readonly [string, Protocol, () => [string[], string?]]> = [
    ['curl', 'http', () => [['-s', `http://127.0.0.1:${ports.http}/.env`]]],
    ['redis-cli', 'redis', () => [['-p', String(ports.redis), 'info']]],
    [
      'mariadb',
      'mysql',
      () => [
        [
          ...['--no-defaults', '-h', '127.0.0.1', '-P', String(ports.mysql), '--protocol=tcp', '--skip-ssl'],
          ...['-u', 'root', '-pguess', '-e', 'select 1'],
        ],
      ],
    ],
    [
      'swaks',
      'smtp',
      () => [
        [
          ...['--server', '127.0.0.1', '--port', String(ports.smtp), '--from', 'a@example.com'],
          ...['--to', 'b@example.net', '--quit-after', 'MAIL'],
        ],
      ],
    ],
    [
      'lftp',
      'ftp',
      () => [
        [
          '-c',
          `set net:max-retries 1; open -u anonymous,guess -p ${ports.ftp} 127.0.0.1; put ${upload}; bye`,
        ],
      ],
    ],
  ]
  for (const [program, protocol, argsOf] of clients)
    test.runIf(has(program))(`a session of ${program} appears`, async () => {
      const [args, input] = argsOf()
      await run(`/usr/bin/${program}`, args, input)
      await rowsBy(protocol).waitFor()
    })

  test.runIf(has('nc'))('a session of netcat appears', async () => {
    await run('/usr/bin/nc', ['-s', '127.0.20.9', '127.0.0.1', String(ports.smtp)], 'EHLO there\r\nQUIT\r\n')
    await rowsOf('127.0.20.9').first().waitFor()
  })

  test('all of it came without the page being loaded again, and without an error', async () => {
    expect(await page.evaluate(() => document.documentElement.dataset['loads'])).toBe('one')
    await takePicture(page, 'live-list')
    expect(problems).toEqual([])
  })
})
