// npm run notices [-- --check]: THIRD_PARTY_NOTICES.md, of what is shipped: dependencies by the lockfile, lists and fonts.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './prepare.mjs'

const FILE = join(root, 'THIRD_PARTY_NOTICES.md')
const LISTS = 'server/never-block'
/** Data of others that is neither a package nor a list of {@link LISTS}. */
const DATA = [
  [
    'MITRE ATT&CK technique ids and names',
    'https://attack.mitre.org',
    '© 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation. [Terms of use](https://attack.mitre.org/resources/legal-and-branding/terms-of-use/)',
  ],
  [
    'Countries of addresses, in @ip-location-db/geo-whois-asn-country-mmdb',
    'https://github.com/sapics/ip-location-db',
    'CC0-1.0',
  ],
  ['Natural Earth borders, in world-atlas', 'https://www.naturalearthdata.com', 'public domain'],
  ['Shapes of the logs in server/demo', 'made for EvilTwin', 'Apache-2.0'],
]
const LICENCE_FILE = /^(licen[cs]e|copying|notice|ofl)([.-].*)?$/i

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
const text = notices()
if (process.argv.includes('--check')) {
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
    console.error('THIRD_PARTY_NOTICES.md does not match what is shipped; run npm run notices')
    process.exit(1)
  }
} else {
  writeFileSync(FILE, text)
}

function notices() {
  const bundled = closure('dashboard')
  const installed = closure('server').filter((path) => !bundled.includes(path))
  return `# Third-party notices

\`npm run notices\` makes this file from the lockfile. \`npm run check\` fails if it does not match what is shipped. EvilTwin itself is under Apache-2.0 ([LICENSE](LICENSE)).

## Data

| what | source | licence |
|---|---|---|
${[...DATA, ...lists()].map((row) => `| ${row.join(' | ')} |`).join('\n')}

## Libraries that are installed beside the server

The licence of each is in its directory of \`node_modules\`.

${table(installed)}

## Libraries and fonts in the files of the dashboard

${table(bundled)}

${licenceTexts(bundled)}`
}

function lists() {
  return readdirSync(join(root, LISTS))
    .sort()
    .map((name) => {
      const { name: title, source, licence, date } = JSON.parse(readFileSync(join(root, LISTS, name), 'utf8'))
      return [`${title} (${LISTS}/${name}, of ${date})`, source, licence]
    })
}

function table(paths) {
  const rows = paths.map((path) => `| ${nameOf(path)} | ${lock[path].version} | ${lock[path].license} |`)
  return ['| package | version | licence |', '|---|---|---|', ...rows].join('\n')
}

/** Every package that a workspace needs to run, as paths of the lockfile, in order of their names. */
function closure(workspace) {
  const found = new Set()
  const waiting = [[workspace, lock[workspace]]]
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    const [from, { dependencies = {}, optionalDependencies = {}, peerDependencies = {} }] = entry
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const path = resolvePackage(from, name)
      if (!path || found.has(path) || lock[path].dev) continue
      const workspaceOf = lock[path].link ? lock[path].resolved : undefined
      if (!workspaceOf) found.add(path)
      const next = workspaceOf ?? path
      waiting.push([next, lock[next]])
    }
  }
  return [...found].sort((a, b) => (nameOf(a) + a < nameOf(b) + b ? -1 : 1))
}

/** As Node finds it: in the directory of the package, then in those around it. */
function resolvePackage(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const path = join(at, 'node_modules', name)
    if (lock[path]) return path
    if (at === '') return undefined
  }
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** Each text once, with the packages that it covers. */
function licenceTexts(paths) {
  const packages = new Map()
  for (const path of paths) {
    const directory = join(root, path)
    const files = readdirSync(directory).filter((name) => LICENCE_FILE.test(name))
    for (const file of files.sort()) {
      const licence = readFileSync(join(directory, file), 'utf8').replaceAll('\r', '').trim()
      packages.set(licence, [...(packages.get(licence) ?? []), nameOf(path)])
    }
  }
  return [...packages]
    .map(([licence, names]) => `### ${[...new Set(names)].join(', ')}\n\n~~~text\n${licence}\n~~~\n`)
    .join('\n')
}
