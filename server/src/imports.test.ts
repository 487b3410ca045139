import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser'
import { afterAll, beforeAll, expect, test } from 'vitest'

const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  forbidden: IForbiddenRuleType[]
}

/** For each rule an import that it forbids: the file that imports, and what. */
const FORBIDDEN: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'no-circle-of-files': ['server/src/platform/a.ts', 'server/src/platform/b.ts'],
  'no-circle-of-folders': ['server/src/features/one/store.ts', 'server/src/features/two/index.ts'],
  'contract-stands-alone': ['contract/src/event.ts', 'server/src/domain/event.ts'],
  'features-see-public-files-of-features': [
    'server/src/features/alerts/routes.ts',
    'server/src/features/auth/logins.ts',
  ],
  'features-see-nothing-above': ['server/src/features/alerts/plan.ts', 'server/src/other.ts'],
  'decoys-see-no-feature': ['server/src/decoys/ssh/decoy.ts', 'server/src/features/sensors/index.ts'],
  'decoys-reach-nothing': [
    'server/src/decoys/redis/decoy.ts',
    'server/src/platform/outbound/outbound-http.ts',
  ],
  'the-http-decoy-only-serves': [
    'server/src/decoys/http/decoy.ts',
    'server/src/platform/outbound/outbound-http.ts',
  ],
  'features-see-no-decoy': ['server/src/features/sensors/module.ts', 'server/src/decoys/protocols.ts'],
  'platform-sees-no-feature': ['server/src/platform/poller.ts', 'server/src/features/slo/index.ts'],
  'domain-stands-alone': ['server/src/domain/session.ts', 'server/src/platform/errors.ts'],
  'sensor-formats-and-scoring-are-pure': [
    'server/src/features/scoring/rules.ts',
    'server/src/platform/config.ts',
  ],
  'sql-is-for-stores': [
    'server/src/features/sessions/sessions.ts',
    'server/src/platform/postgres/database.ts',
  ],
  'the-driver-is-for-platform-postgres': [
    'server/src/features/sessions/store.ts',
    'node_modules/pg/index.js',
  ],
  'the-server-sees-only-itself-and-the-contract': [
    'server/src/features/alerts/feed.ts',
    'dashboard/src/api/errors.ts',
  ],
  'compose-sees-public-files-of-features': ['server/src/compose.ts', 'server/src/features/auth/tokens.ts'],
  'only-the-command-line-sees-compose': ['server/src/server.ts', 'server/src/compose.ts'],
  'nothing-sees-the-command-line': ['server/src/main.ts', 'server/src/cli/start.ts'],
  'commands-are-loaded-when-they-run': ['server/src/cli/program.ts', 'server/src/cli/tail.ts'],
  'a-decoy-loads-no-server': ['server/src/cli/decoy.ts', 'server/src/features/sensors/index.ts'],
  'nothing-but-tests-sees-testing': ['server/src/begin.ts', 'server/src/testing/until.ts'],
  'dashboard-sees-only-the-contract': ['dashboard/src/components/table.ts', 'server/src/domain/level.ts'],
  'pages-see-nothing-above': ['dashboard/src/features/alerts/alerts.ts', 'dashboard/src/app/shell.ts'],
  'parts-see-no-page': ['dashboard/src/components/panel.ts', 'dashboard/src/features/slos/slos.ts'],
}
/** What makes the first two a circle: the way back. */
const BACK: ReadonlyArray<readonly [from: string, to: string]> = [
  ['server/src/platform/b.ts', 'server/src/platform/a.ts'],
  ['server/src/features/two/store.ts', 'server/src/features/one/index.ts'],
]

const root = mkdtempSync(join(tmpdir(), 'eviltwin-imports-'))
const violations = new Map<string, string[]>()

beforeAll(async () => {
  const imports = [...Object.values(FORBIDDEN), ...BACK]
  for (const [, to] of imports) write(to, 'export const value = 1\n')
  for (const [from, to] of imports) {
    write(from, `import { value } from '${specifierOf(from, to)}'\nexport { value }\n`)
  }
  write('node_modules/pg/package.json', '{"name":"pg","main":"index.js"}')
  const { output } = await cruise(['contract/src', 'server/src', 'dashboard/src'], {
    ruleSet: { forbidden: config.forbidden },
    validate: true,
    baseDir: root,
    tsPreCompilationDeps: true,
  })
  if (typeof output === 'string') throw new Error(output)
  for (const { rule, from } of output.summary.violations) {
    violations.set(rule.name, [...(violations.get(rule.name) ?? []), from])
  }
})

afterAll(() => rmSync(root, { recursive: true }))

test('every rule has an example here', () => {
  expect(Object.keys(FORBIDDEN).sort()).toEqual(config.forbidden.map(({ name }) => name).sort())
})

test.each(Object.entries(FORBIDDEN))('%s refuses an import that it forbids', (rule, [from]) => {
  expect(violations.get(rule)).toContain(rule === 'no-circle-of-folders' ? dirname(from) : from)
})

const SQL = /\b(?:SELECT\s[^'`]*\sFROM|INSERT INTO|DELETE FROM|UPDATE\s+\w+\s+SET)\b/
/** Some baits of canary tokens are SQL, which no database of the platform runs. */
const SQL_FILES =
  /(?:^|[/-])store\.ts$|^platform\/postgres\/|\.test\.ts$|^testing\/|^features\/canary\/baits\//

test('only store files and platform/postgres hold SQL', () => {
  const source = new URL('./', import.meta.url)
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const others = files.filter((name) => !SQL_FILES.test(name))
  expect(others.length).toBeGreaterThan(200)
  expect(others.filter((name) => SQL.test(readFileSync(new URL(name, source), 'utf8')))).toEqual([])
})

function write(path: string, content: string): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}

function specifierOf(from: string, to: string): string {
  if (to.startsWith('node_modules/')) return to.split('/')[1] ?? ''
  return `${'../'.repeat(from.split('/').length - 1)}${to}`
}
