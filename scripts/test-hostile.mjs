// npm run test:hostile [-- --seconds N --case NAME --json FILE]: attacks a real server in every way that once silenced, poisoned or slowed
// it, while an honest sensor sends; says what became of its requests, and what each attack cost.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build, install, requireNode, root } from './prepare.mjs'

const cases = JSON.parse(readFileSync(join(root, 'e2e', 'hostile', 'cases.json'), 'utf8'))
const width = Math.max(...Object.keys(cases).map(({ length }) => length))
const HELP = `npm run test:hostile -- [OPTIONS]

Attacks a server on 127.0.0.1 with a PostgreSQL of its own, one attack after another, while an honest sensor sends.

  --seconds N   how long each attack lasts (30)
  --case NAME   this attack alone
  --json FILE   also writes the figures there

Attacks:
${Object.entries(cases)
  .map(([name, what]) => `  ${name.padEnd(width)}  ${what}`)
  .join('\n')}

Exits with 1 when a request of the honest sensor was not answered as it should be. Aims of delay and memory are reported alone.`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    case: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const seconds = Number(values.seconds)
if (!(seconds > 0 && seconds <= 3600)) usage('--seconds takes a number above 0, at most 3600')
if (values.case !== undefined && !Object.hasOwn(cases, values.case))
  usage(`there is no attack ${values.case}; there are ${Object.keys(cases).join(', ')}`)
requireNode()
install()
build()
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'end-to-end', 'e2e/hostile.e2e.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      HOSTILE_SECONDS: String(seconds),
      ...(values.case !== undefined && { HOSTILE_CASE: values.case }),
      ...(values.json !== undefined && { HOSTILE_JSON: resolve(values.json) }),
    },
  },
)
process.exit(status ?? 1)

function usage(problem) {
  console.error(problem)
  process.exit(2)
}
