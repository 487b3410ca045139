// node scripts/set-version.mjs: gives what is released the version that `changeset version` gave to the packages, and with --check exits
// with 1 when one of them has another. With --release DATE the section "Unreleased" of the changelog becomes that of the version.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './prepare.mjs'

const read = (path) => readFileSync(join(root, path), 'utf8')
const { version } = JSON.parse(read('server/package.json'))

/** Where the version stands: a pattern with one group before it, and one after it. */
const PLACES = [
  ['package.json', /^( {2}"version": ")[^"]+(")/m],
  ['contract/package.json', /^( {2}"version": ")[^"]+(")/m],
  ['dashboard/package.json', /^( {2}"version": ")[^"]+(")/m],
  ['dashboard/package.json', /("@eviltwin\/contract": ")[^"]+(")/],
  ['server/package.json', /("@eviltwin\/contract": ")[^"]+(")/],
  ['compose.yaml', /(eviltwin:\$\{EVILTWIN_VERSION:-)[^}]+(\})/],
  ['deploy/helm/eviltwin/Chart.yaml', /^(version: )\S+()$/m],
  ['deploy/helm/eviltwin/Chart.yaml', /^(appVersion: )\S+()$/m],
  ['deploy/splunk/eviltwin/default/app.conf', /^(version = )\S+()$/m],
]

const differing = PLACES.filter(
  ([path, pattern]) => !pattern.test(read(path)) || withVersion(path, pattern) !== read(path),
)
if (process.argv.includes('--check')) {
  for (const [path, pattern] of differing) console.error(`${path} is not of version ${version}: ${pattern}`)
  process.exitCode = differing.length > 0 ? 1 : 0
} else {
  for (const [path, pattern] of differing) writeFileSync(join(root, path), withVersion(path, pattern))
  const released = process.argv.indexOf('--release')
  if (released !== -1) release(process.argv[released + 1])
}

function withVersion(path, pattern) {
  return read(path).replace(pattern, `$1${version}$2`)
}

/** @param date `YYYY-MM-DD`. */
function release(date) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date ?? '')) throw new Error('--release takes a date, such as 2026-11-26')
  const changelog = read('CHANGELOG.md')
  if (changelog.includes(`## [${version}]`))
    throw new Error(`CHANGELOG.md has a section of ${version} already`)
  const released = changelog.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [${version}] - ${date}\n`)
  writeFileSync(join(root, 'CHANGELOG.md'), released)
}
