import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { parse } from 'yaml'
import { createProgram } from '../cli/program.js'
import { KEY_LOG_EVENTS, REFUSAL_LINES } from '../platform/telemetry/event-log.js'
import { allFixtures } from './sensor-fixtures.js'
import { startTestPlatform, type TestPlatform } from './test-platform.js'

const SERVER = fileURLToPath(new URL('../../', import.meta.url))
const RENEW = '`npx vitest run --project integration server/src/testing/reference -u`'

/** A page of docs/reference; `npm test -- reference -u` renews it. */
async function expectPage(name: string, title: string, text: string): Promise<void> {
  const page = `# ${title}\n\nGenerated from the code; ${RENEW} renews it.\n\n${text}\n`
  await expect(page).toMatchFileSnapshot(`../../../docs/reference/${name}.md`)
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim()).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const sourcesIn = (folder: string) =>
  readdirSync(SERVER + folder, { recursive: true, encoding: 'utf8' }).toSorted()

test('the reference of the command line is that of the program', async () => {
  const sections: string[] = []
  const visit = (command: Command, parents: string): void => {
    const name = `${parents}${command.name()}`
    command.configureOutput({ getOutHelpWidth: () => 110 })
    const help = command.helpInformation().replaceAll(/^Usage: .*$/gm, `Usage: ${name} ${command.usage()}`)
    sections.push(`## ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\``)
    for (const child of command.commands) visit(child, `${name} `)
  }
  visit(await createProgram(), '')
  await expectPage('cli', 'Command line', sections.join('\n\n'))
})

test('the reference of log events is that of the source', async () => {
  const key = Object.values(KEY_LOG_EVENTS)
  const refusals = Object.values(REFUSAL_LINES)
  const call = /\b(?:log|[a-z]+Log|logger)\.(info|warning|error|critical)\(\s*'([^'\n]+)'/g
  const others = sourcesIn('src')
    .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|^testing/.test(path))
    .flatMap((path) => [...readFileSync(`${SERVER}src/${path}`, 'utf8').matchAll(call)])
    .map(([, level = '', message = '']) => ({ level: level.toUpperCase(), message }))
    .toSorted((a, b) => (a.message < b.message ? -1 : 1))
  const rows = [...new Map(others.map((each) => [each.message, each])).values()]
  expect(rows.length).toBeGreaterThan(30)
  await expectPage(
    'log-events',
    'Log events',
    [
      'Names of messages are stable: searches and alerts may use them. Each line is a JSON object ([observability](../observability.md#the-log)).',
      '## Key events',
      table(
        ['message', 'level', 'logger'],
        [...key, ...refusals].map(({ message, level, logger }) => [message, level, `\`${logger}\``]),
      ),
      '## Other messages',
      table(
        ['message', 'level'],
        rows.map(({ message, level }) => [message, level]),
      ),
    ].join('\n\n'),
  )
})

test('the reference of alerts and objectives is that of their files', async () => {
  const rules = parse(readFileSync(`${SERVER}rules/operational-alerts.yaml`, 'utf8')) as Array<{
    id: string
    name: string
    severity: string
    description: string
  }>
  const objectives = sourcesIn('slos').map((path) => parse(readFileSync(`${SERVER}slos/${path}`, 'utf8')))
  await expectPage(
    'alerts-and-objectives',
    'Operational alerts and objectives',
    [
      '## Operational alerts',
      table(
        ['alert', 'severity', 'condition'],
        rules.map(({ id, name, severity, description }) => [
          `[${name}](../runbooks/${id}.md)`,
          severity,
          description,
        ]),
      ),
      'Every objective also has one burn alert: [SLO burn](../runbooks/slo-burn.md).',
      '## Objectives',
      table(
        ['objective', 'target', 'window', 'what counts'],
        objectives.map(({ metadata, spec }) => [
          metadata.displayName,
          `${Number((spec.objectives[0].target * 100).toFixed(3))} %`,
          spec.timeWindow[0].duration,
          spec.description,
        ]),
      ),
    ].join('\n\n'),
  )
})

/** Parts of an event that every record has. */
const OF_EVERY_EVENT = new Set([
  'event_type',
  'action',
  'sensor_kind',
  'sensor_id',
  'source_ip',
  'occurred_at',
])

test('the reference of sensor records is that of their fixtures', async () => {
  const sections = allFixtures().map(({ title, records, raw_only }) => {
    const rows = records.flatMap(({ type, events, rejected }) =>
      (events ?? [{ event_type: `none: ${rejected}` }]).map((event) => [
        type,
        String(event['event_type']),
        Object.keys(event)
          .filter((name) => !OF_EVERY_EVENT.has(name))
          .join(', '),
      ]),
    )
    const rest = raw_only.length === 0 ? 'Nothing' : raw_only.map((name) => `\`${name}\``).join(', ')
    return [
      `## ${title}`,
      table(['record', 'event', 'fields beside source, time and sensor'], rows),
      `In \`raw\` alone: ${rest}.`,
    ].join('\n\n')
  })
  await expectPage(
    'sensor-records',
    'Records of sensors',
    `What each type of record becomes, from the records by which the adapters are tested (\`server/src/features/sensors/adapters/fixtures\`).\n\n${sections.join('\n\n')}`,
  )
})

describe('on a running server', () => {
  let api: TestPlatform
  beforeAll(async () => {
    const [server] = inject('postgresServers')
    if (!server) throw new Error('there is always the embedded PostgreSQL')
    api = await startTestPlatform(server)
  })
  afterAll(() => api.close())

  test('the reference of the API is that of its document', async () => {
    const document = (await (await api.call('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { summary?: string; tags?: string[] }>>
    }
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary = '', tags = [] }]) => ({
        tag: tags[0] ?? 'other',
        row: [`\`${method.toUpperCase()} ${path}\``, summary],
      })),
    )
    const tags = [...new Set(operations.map(({ tag }) => tag))].toSorted()
    const sections = tags.map((tag) => {
      const rows = operations.flatMap((each) => (each.tag === tag ? [each.row] : []))
      return `## ${tag}\n\n${table(['operation', 'what it does'], rows)}`
    })
    await expectPage(
      'api',
      'HTTP API',
      `The server has the whole document at \`/openapi.json\` and pages of it at \`/docs\`.\n\n${sections.join('\n\n')}`,
    )
  })

  test('the reference of metrics is that of /metrics', async () => {
    const metrics = async () => {
      const text = await (await api.call('/metrics')).text()
      const types = new Map(
        [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]),
      )
      return [...text.matchAll(/^# HELP (\S+) (.*)$/gm)]
        .map(([, name = '', help = '']) => [`\`${name}\``, types.get(name) ?? '', help])
        .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
    }
    // Some appear with the first turn of a poller; one that is gone is seen below.
    const page = readFileSync(`${SERVER}../docs/reference/metrics.md`, 'utf8')
    const known = page.match(/^\| `/gm)?.length ?? 0
    await vi.waitUntil(async () => (await metrics()).length >= known, { timeout: 20_000 }).catch(() => {})
    const rows = await metrics()
    expect(rows.length).toBeGreaterThan(30)
    await expectPage(
      'metrics',
      'Metrics',
      `Metrics of a server that has just started; see [observability](../observability.md#metrics) for access and labels.\n\n${table(['metric', 'type', 'meaning'], rows)}`,
    )
  })
})
