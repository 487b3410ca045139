// What both commands need first: dependencies as the lockfile says, and a build as the sources say. Plain Node: it runs
// before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamps = join(root, 'node_modules', '.eviltwin')
const MINIMUM_NODE = [20, 19]

/** Explains, and ends the process, when this Node is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return
  console.error(
    `EvilTwin needs Node ${MINIMUM_NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org`,
  )
  process.exit(1)
}

/** Runs a program in the project and ends the process with its exit code if it fails. */
export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) console.error(`${command} cannot be run: ${error.message}`)
  if (status !== 0) {
    console.error(`\n${[command, ...args].join(' ')} failed${signal ? ` (${signal})` : ''}`)
    process.exit(status ?? 1)
  }
}

/** Installs exactly what the lockfile says, if that is not what is installed. */
export function install() {
  const wanted = installedHash()
  if (isCurrent('installed', wanted)) return
  console.error('Installing dependencies ...')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  setCurrent('installed', wanted)
}

/** Builds contract, server and dashboard, if a source changed since the last build. */
export function build() {
  const wanted = builtHash()
  if (isCurrent('built', wanted) && isBuildThere()) return
  console.error('Building ...')
  for (const part of ['contract', 'server', 'dashboard'])
    rmSync(join(root, part, 'dist'), { recursive: true, force: true })
  const output = { stdio: ['ignore', 2, 2] }
  run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '--build', '--force'], output)
  run(
    process.execPath,
    [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    {
      ...output,
      cwd: join(root, 'dashboard'),
    },
  )
  setCurrent('built', wanted)
}

/** Runs one end-to-end test that takes its settings from the environment, and ends the process with its exit code. */
export function runLongTest(name, settings) {
  requireNode()
  install()
  build()
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', '--project', 'end-to-end', `e2e/${name}.e2e.test.ts`]
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...settings },
  })
  process.exit(status ?? 1)
}

/** Whether {@link install} and {@link build} would change nothing. */
export function isPrepared() {
  return isCurrent('installed', installedHash()) && isCurrent('built', builtHash()) && isBuildThere()
}

function installedHash() {
  return hashOf(['package-lock.json', 'package.json'])
}

function builtHash() {
  return hashOf([
    'package-lock.json',
    'tsconfig.base.json',
    ...filesIn('contract'),
    ...filesIn('server/src'),
    'server/package.json',
    'server/tsconfig.json',
    ...filesIn('dashboard'),
  ])
}

function isBuildThere() {
  return existsSync(join(root, 'server/dist/cli/main.js'))
}

function filesIn(directory) {
  const skipped = new Set(['dist', 'node_modules'])
  return readdirSync(join(root, directory), { withFileTypes: true })
    .filter(({ name }) => !skipped.has(name) && !name.endsWith('.tsbuildinfo'))
    .flatMap((entry) => {
      const path = `${directory}/${entry.name}`
      return entry.isDirectory() ? filesIn(path) : [path]
    })
    .sort()
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0])
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function isCurrent(name, wanted) {
  const stamp = join(stamps, name)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
}

function setCurrent(name, value) {
  mkdirSync(stamps, { recursive: true })
  writeFileSync(join(stamps, name), value)
}
