import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Ajv } from 'ajv'
import { DCLinter } from 'dclint'
import { validate } from 'dockerfile-utils'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CHART = join(ROOT, 'deploy', 'helm', 'eviltwin')
const run = promisify(execFile)
const text = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8')
const version = (JSON.parse(text('server', 'package.json')) as { version: string }).version

test('the container file is well-formed', () => {
  expect(validate(text('Dockerfile'))).toEqual([])
})

test('the compose file is what its schema asks for', () => {
  const linter = new DCLinter({
    // TLS and a honeypot are for everybody (the next test says which); `image` names what `build` makes.
    rules: { 'no-unbound-port-interfaces': 0, 'no-build-and-image': 0 },
    quiet: true,
    debug: false,
    exclude: [],
  })
  const results: Array<{ messages: Array<{ type: string }> }> = linter.lintFiles(
    [join(ROOT, 'compose.yaml')],
    false,
  )
  // Its warnings are about the order of keys, which is the one in which the file is understood.
  expect(results.flatMap(({ messages }) => messages).filter(({ type }) => type === 'error')).toEqual([])
})

test('the compose file mounts only files that there are, and shows nobody but Caddy and the honeypot', () => {
  const { services } = parse(text('compose.yaml')) as {
    services: Record<string, { image: string; volumes?: string[]; ports?: string[]; cap_drop?: string[] }>
  }
  const made = ['./deploy/compose/prometheus.key']
  const mounted = Object.values(services)
    .flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0] as string))
    .filter((source) => source.startsWith('.') && !made.includes(source))
  expect(mounted.length).toBeGreaterThan(4)
  expect(mounted.filter((source) => !existsSync(join(ROOT, source)))).toEqual([])
  const open = Object.entries(services).filter(([, { ports = [] }]) =>
    ports.some((port) => !port.startsWith('127.0.0.1:')),
  )
  expect(open.map(([name]) => name)).toEqual(['caddy', 'cowrie'])
  expect(Object.entries(services).filter(([, { cap_drop }]) => cap_drop?.join() !== 'ALL')).toEqual([])
  expect(services['eviltwin']?.image).toContain(`:-${version}}`)
})

test('attackers in the honeypot reach EvilTwin and no other service of the compose file', () => {
  const { services } = parse(text('compose.yaml')) as {
    services: Record<string, { networks: string[] | object }>
  }
  const networksOf = ({ networks }: { networks: string[] | object }) =>
    Array.isArray(networks) ? networks : Object.keys(networks)
  const { cowrie, ...others } = services
  const reached = Object.entries(others).filter(([, service]) =>
    networksOf(service).some((network) => cowrie && networksOf(cowrie).includes(network)),
  )
  expect(reached.map(([name]) => name)).toEqual(['eviltwin'])
})

test('no service of the compose file starts with a password that everybody knows', () => {
  const { services } = parse(text('compose.yaml')) as {
    services: Record<string, { environment?: Record<string, string> }>
  }
  const passwords = Object.values(services)
    .flatMap(({ environment = {} }) => Object.entries(environment))
    .filter(([name]) => /PASSWORD/.test(name))
  expect(passwords.length).toBeGreaterThanOrEqual(3)
  for (const [name, value] of passwords) expect(value, name).toMatch(/:\?/)
})

test('what an installer says finds the password and the key that a start prints', () => {
  const printed = text('server', 'src', 'cli', 'start-facts.ts')
  for (const path of [
    ['deploy', 'systemd', 'install.sh'],
    ['deploy', 'helm', 'eviltwin', 'templates', 'NOTES.txt'],
  ]) {
    const phrase = /\| grep '(.+)'$/m.exec(text(...path))?.[1]
    expect(phrase && printed.split(`(${phrase})`), path.join('/')).toHaveLength(3)
  }
})

test('example.env names every value that the compose file reads', () => {
  const read = [...text('compose.yaml').matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name)
  const named = [...text('deploy', 'compose', 'example.env').matchAll(/^([A-Z_]+)=/gm)].map(
    ([, name]) => name,
  )
  const optional = ['EVILTWIN_VERSION', 'COWRIE_HOSTNAME']
  expect([...new Set(read)].filter((name) => !named.includes(name as string)).sort()).toEqual(optional.sort())
})

test('the chart has the version of the platform, and its schema takes its own values', () => {
  const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as { appVersion: string }
  expect(chart.appVersion).toBe(version)
  const ajv = new Ajv({ formats: { hostname: true }, strict: false })
  const takes = ajv.compile(JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')))
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, object>
  expect(takes(values)).toBe(true)
  const refused = [
    { replicaCount: 2 },
    { replicaCount: 2, database: { existingSecret: 'database' } },
    { settings: { SECRET_KEY: 'in a ConfigMap' } },
    { serviceMonitor: { enabled: true } },
    { replicas: 2 },
  ]
  expect(refused.filter((changed) => takes({ ...values, ...changed }))).toEqual([])
  const replicated = { replicaCount: 2, database: { existingSecret: 'a' }, secrets: { existingSecret: 'b' } }
  expect(takes({ ...values, ...replicated })).toBe(true)
})

test('every value that a template of the chart reads is in its values', () => {
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as object
  const templates = readdirSync(join(CHART, 'templates')).map((name) =>
    readFileSync(join(CHART, 'templates', name), 'utf8'),
  )
  const read = templates.flatMap((template) =>
    [...template.matchAll(/\.Values\.([A-Za-z.]+)/g)].map(([, path]) => path as string),
  )
  expect(read.length).toBeGreaterThan(20)
  const isThere = (path: string) =>
    path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], values) !==
    undefined
  expect(read.filter((path) => !isThere(path))).toEqual([])
})

test.runIf(existsSync('/usr/bin/systemd-analyze')).each(['eviltwin.service', 'eviltwin-tail.service'])(
  'systemd takes the unit %s, and it may do little',
  async (unit) => {
    const path = join(ROOT, 'deploy', 'systemd', unit)
    const environment = { env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' } }
    const verified = await run('systemd-analyze', ['verify', path], environment).catch((error) => error)
    expect(String(verified.stderr)).not.toContain(`${unit}:`)
    const judged = await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', path])
    expect(judged.stdout).toContain(`Overall exposure level for ${unit}`)
  },
)

test.runIf(existsSync('/usr/bin/shellcheck'))('the installer has no finding of shellcheck', async () => {
  await run('shellcheck', [join(ROOT, 'deploy', 'systemd', 'install.sh')])
})
