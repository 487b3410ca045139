// npm test [-- PATTERN...]: sets up everything that the tests use, runs them, and ends with a line of totals.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, install, requireNode, root, run } from './prepare.mjs'

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Programs, and the Debian packages that they are in. */
const TOOLS = [
  ['/usr/bin/promtool', 'prometheus'],
  ['/usr/bin/prometheus-alertmanager', 'prometheus-alertmanager'],
  ['/usr/bin/jq', 'jq'],
  ['/usr/sbin/nginx', 'nginx'],
  ['/usr/bin/caddy', 'caddy'],
  ['/usr/bin/bwrap', 'bubblewrap'],
  ['/usr/bin/shellcheck', 'shellcheck'],
]

/** In CI the unit and integration tests run on this one too. */
const OTHER_NODE = '24'

requireNode()
install()
build()
if (!findBrowser()) installPackages(['chromium'])
const browser = findBrowser()
if (!browser) {
  console.error(
    'The dashboard is tested in a real browser: install Chromium or Chrome, or set CHROME_PATH to one.',
  )
  process.exit(1)
}
if (!existsSync('/usr/lib/postgresql')) installPackages(['postgresql'])
if (!existsSync('/usr/lib/postgresql')) {
  console.error('No PostgreSQL of the system was found: store tests run on the embedded PostgreSQL only.')
}

// Tests against the real tools of operators are left out where these cannot be had.
for (const [program, name] of TOOLS) if (!existsSync(program)) installPackages([name])

// The same checks as before a commit: what they refuse is a failure like any other.
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
if (process.argv.length === 2) run(npm, ['run', '--silent', 'check'], { shell: process.platform === 'win32' })

const results = join(mkdtempSync(join(tmpdir(), 'eviltwin-results-')), 'results.json')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${results}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, CHROME_PATH: browser } },
)
if (existsSync(results)) {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'))
  const missing = missingData()
  const why = missing.length === 0 ? '' : ` (not there: ${missing.join(', ')})`
  console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped${why}`)
}
rmSync(results, { force: true })
const isWhole = process.argv.length === 2
const other =
  isWhole && process.env.CI === 'true'
    ? spawnSync(process.execPath, [join(root, 'scripts', 'test-node.mjs'), OTHER_NODE], { stdio: 'inherit' })
    : null
process.exit((status ?? 1) || (other ? (other.status ?? 1) : 0))

/** The real captures that tests are skipped without. */
function missingData() {
  const list = JSON.parse(readFileSync(join(root, 'server', 'src', 'testing', 'real-data.json'), 'utf8'))
  return list.map(({ path }) => join('..', path)).filter((path) => !existsSync(join(root, path)))
}

function findBrowser() {
  return [process.env.CHROME_PATH, ...BROWSERS].find((path) => path && existsSync(path))
}

/** Installs Debian packages where that is possible without asking; elsewhere the caller explains what is missing. */
function installPackages(names) {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return
  const sudo = process.getuid() === 0 ? [] : ['sudo', '-n']
  console.error(`Installing ${names.join(', ')} ...`)
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...names]]) {
    const [command, ...rest] = [...sudo, 'apt-get', '-q', ...args]
    spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
}
