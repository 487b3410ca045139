// npm test [-- PATTERN...]: sets up everything that the tests use, runs them, and ends with a line of totals and what was skipped, and why.
// TEST_INSTALL=no: installs no package of the system.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { build, install, requireNode, root, run } from './prepare.mjs'

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Programs, the Debian packages that they are in, and the tests that are skipped without them. */
const TOOLS = [
  [
    '/usr/lib/postgresql',
    'postgresql',
    'store tests on the PostgreSQL of the system, beside the embedded one',
  ],
  ['/usr/bin/promtool', 'prometheus', 'metrics and rules read by a real Prometheus'],
  [
    '/usr/bin/prometheus-alertmanager',
    'prometheus-alertmanager',
    'an alert that reaches a real Alertmanager',
  ],
  ['/usr/bin/jq', 'jq', 'commands of the weekly checklist'],
  ['/usr/sbin/nginx', 'nginx', 'the configuration of nginx'],
  ['/usr/bin/caddy', 'caddy', 'the Caddyfile'],
  ['/usr/sbin/rsyslogd', 'rsyslog', 'syslog that a real rsyslog delivers'],
  ['/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so', 'rsyslog-openssl', 'the same by TLS'],
  ['/usr/bin/ssh', 'openssh-client', 'the SSH decoy and real clients'],
  ['/usr/bin/curl', 'curl', 'the HTTP and FTP decoys and a real client'],
  ['/usr/bin/git', 'git', 'the repository that the HTTP decoy exposes'],
  ['/usr/bin/redis-cli', 'redis-tools', 'the Redis decoy and a real client'],
  ['/usr/bin/mariadb', 'mariadb-client', 'the MySQL decoy and a real client'],
  ['/usr/bin/lftp', 'lftp', 'the FTP decoy and a client that mirrors it'],
  ['/usr/bin/swaks', 'swaks', 'the SMTP decoy and a real client'],
  ['/usr/bin/sshpass', 'sshpass', 'the same, with passwords'],
  ['/usr/bin/telnet', 'telnet', 'the Telnet decoy and a real client'],
  ['/usr/bin/nc', 'netcat-openbsd', 'a session of netcat that appears in a browser'],
  ['/usr/bin/dig', 'bind9-dnsutils', 'the DNS server of canary tokens and a real client'],
  ['/usr/bin/bwrap', 'bubblewrap', 'packages as they are installed, in a sandbox'],
  ['/usr/bin/unzip', 'unzip', 'archives of evidence and documents of canary tokens, opened as a user would'],
  ['/usr/bin/shellcheck', 'shellcheck', 'the scripts of the packages'],
]

/** In CI the unit and integration tests run on this one too. */
const OTHER_NODE = '24'

const MAX_REASON_CHARACTERS = 600

requireNode()
install()
build()
installMissing()
const browser = findBrowser()
if (!browser) {
  console.error(
    'The dashboard is tested in a real browser: install Chromium or Chrome, or set CHROME_PATH to one.',
  )
  process.exit(1)
}
// The same checks as before a commit: what they refuse is a failure like any other.
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
if (process.argv.length === 2) run(npm, ['run', '--silent', 'check'], { shell: process.platform === 'win32' })

const directory = mkdtempSync(join(tmpdir(), 'eviltwin-results-'))
const results = join(directory, 'results.json')
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', ...reportersTo(results), ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CHROME_PATH: browser, UNHANDLED_ERRORS_FILE: unhandledOf(results) },
  },
)
const isWhole = process.argv.length === 2
const otherResults = join(directory, 'results-of-other-node.json')
const other =
  isWhole && process.env.CI === 'true'
    ? spawnSync(
        process.execPath,
        [join(root, 'scripts', 'test-node.mjs'), OTHER_NODE, ...reportersTo(otherResults)],
        {
          stdio: 'inherit',
          // What differs between servers of PostgreSQL does not depend on Node.
          env: {
            ...process.env,
            TEST_SYSTEM_POSTGRES: 'no',
            UNHANDLED_ERRORS_FILE: unhandledOf(otherResults),
          },
        },
      )
    : null
// Last, because the end of an output is what is looked at first, and often all that was kept of it.
report(`Node ${process.versions.node}`, results)
if (other) report(`Node ${OTHER_NODE}`, otherResults)
rmSync(directory, { recursive: true, force: true })
process.exit((status ?? 1) || (other ? (other.status ?? 1) : 0))

function reportersTo(file) {
  const unhandled = join(root, 'scripts', 'unhandled-errors-reporter.mjs')
  return ['--reporter=default', '--reporter=json', `--reporter=${unhandled}`, `--outputFile=${file}`]
}

/** Where the errors that no test caught are written. */
function unhandledOf(file) {
  return `${file}.unhandled`
}

/** How many tests passed, which failed and why, and which were skipped. */
function report(node, file) {
  if (!existsSync(file)) {
    console.log(`\n${node}: the tests ended without a result`)
    return
  }
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
    readFileSync(file, 'utf8'),
  )
  console.log(`\n${node}: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`)
  listFailed(testResults)
  const unhandled = existsSync(unhandledOf(file)) ? JSON.parse(readFileSync(unhandledOf(file), 'utf8')) : []
  if (unhandled.length > 0)
    console.log(`Errors that no test caught:\n${unhandled.map(beginningOf).join('\n')}`)
  if (numPendingTests > 0) explainSkipped(testResults)
}

/** Failed tests by name, each with the beginning of its reason; and files that failed as a whole. */
function listFailed(files) {
  const lines = files
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter((test) => test.status === 'failed')
      const reasons = failed.map(({ fullName, failureMessages }) => [fullName, failureMessages[0]])
      return (reasons.length > 0 ? reasons : [['the whole file', message]]).map(
        ([test, reason = '']) => `  ${relative(root, name)}: ${test}\n${beginningOf(reason)}`,
      )
    })
  if (lines.length > 0) console.log(`Failed:\n${lines.join('\n')}`)
}

function beginningOf(reason) {
  return `    ${reason.slice(0, MAX_REASON_CHARACTERS).replaceAll('\n', '\n    ')}`
}

/** Which tests were skipped, file by file, and what is not there that they need. */
function explainSkipped(files) {
  for (const { name, assertionResults } of files) {
    const skipped = assertionResults.filter(({ status }) => status === 'skipped' || status === 'pending')
    if (skipped.length === 0) continue
    const [first, ...others] = skipped
    console.log(
      `  ${relative(root, name)}: ${first.fullName}${others.length > 0 ? `, and ${others.length} more` : ''}`,
    )
  }
  const missing = [
    ...missingTools().map(([program, name, what]) => `${program} (Debian package ${name}): ${what}`),
    ...missingData().map(({ path, skipped }) => `${join('..', path)}: ${skipped}`),
  ]
  if (missing.length > 0) console.log(`Not there, so that tests were skipped:\n  ${missing.join('\n  ')}`)
  if (process.argv.length > 2) console.log('What the arguments left out counts as skipped as well.')
}

/** The real captures that tests are skipped without. */
function missingData() {
  const list = JSON.parse(readFileSync(join(root, 'server', 'src', 'testing', 'real-data.json'), 'utf8'))
  return list.filter(({ path }) => !existsSync(join(root, '..', path)))
}

function missingTools() {
  return TOOLS.filter(([program]) => !existsSync(program))
}

function findBrowser() {
  return [process.env.CHROME_PATH, ...BROWSERS].find((path) => path && existsSync(path))
}

/** Installs what is missing, after it has said so, where that is possible without asking; tests without it are skipped. */
function installMissing() {
  const names = [...(findBrowser() ? [] : ['chromium']), ...missingTools().map(([, name]) => name)]
  if (names.length === 0 || process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) return
  if (process.env.TEST_INSTALL === 'no') {
    console.error(
      `TEST_INSTALL=no: ${names.join(', ')} are not installed, and tests that need them are skipped.`,
    )
    return
  }
  console.error(
    `Tests use programs that are not here. Installing with apt-get: ${names.join(', ')} (to skip those tests instead: TEST_INSTALL=no npm test)`,
  )
  const sudo = process.getuid() === 0 ? [] : ['sudo', '-n']
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', '-q', ...args]
    spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  apt('update')
  // One by one: a package that this system does not have keeps none of the others out.
  for (const name of names) apt('install', '-y', '--no-install-recommends', name)
}
