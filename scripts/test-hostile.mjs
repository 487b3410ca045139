// npm run test:hostile [-- --seconds N --case NAME --json FILE]: attacks a real server in every way that once silenced, poisoned or slowed
// it, while an honest sensor sends; says what became of its requests, and what each attack cost.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { positiveNumber, readOptions, refuse } from './options.mjs'
import { root, runLongTest } from './prepare.mjs'

const cases = JSON.parse(readFileSync(join(root, 'e2e', 'hostile', 'cases.json'), 'utf8'))
const width = Math.max(...Object.keys(cases).map(({ length }) => length))
const HELP = `npm run test:hostile -- [OPTIONS]

Attacks a server on 127.0.0.1 with a PostgreSQL of its own, one attack after another, while an honest sensor sends.

  --seconds N   how long each attack lasts, at most 3600 (30)
  --case NAME   this attack alone
  --json FILE   also writes the figures there

Attacks:
${Object.entries(cases)
  .map(([name, what]) => `  ${name.padEnd(width)}  ${what}`)
  .join('\n')}

Exits with 1 when a request of the honest sensor was not answered as it should be. Aims of delay and memory are reported alone.`

const values = readOptions(HELP, {
  seconds: { type: 'string', default: '30' },
  case: { type: 'string' },
  json: { type: 'string' },
})
const seconds = positiveNumber('seconds', values.seconds, 3600)
if (values.case !== undefined && !Object.hasOwn(cases, values.case))
  refuse(`there is no attack ${values.case}; there are ${Object.keys(cases).join(', ')}`)
runLongTest('hostile', {
  HOSTILE_SECONDS: String(seconds),
  ...(values.case !== undefined && { HOSTILE_CASE: values.case }),
  ...(values.json !== undefined && { HOSTILE_JSON: resolve(values.json) }),
})
