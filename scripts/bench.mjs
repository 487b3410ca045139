// npm run bench [-- PART...]: what it costs, as ratios measured side by side in one run.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build, install, requireNode, root } from './prepare.mjs'

const parts = {
  a: ['single-events.mjs', 'benchSingleEvents', 'single events, beside two yardsticks'],
  w: ['workers.mjs', 'benchWorkers', 'single events to one and to two processes'],
  b: ['batches.mjs', 'benchBatches', 'batches, beside the raw group commit'],
  cd: ['reads-and-memory.mjs', 'benchReadsAndMemory', 'reads and memory with a million events'],
  e: ['live-feed.mjs', 'benchLiveFeed', 'the live feed'],
  g: ['dashboard.mjs', 'benchDashboard', 'the dashboard in a browser'],
  l: ['live-decoys.mjs', 'benchLiveDecoys', 'decoys in a browser: from the last key to the page'],
  s: ['scoring.mjs', 'benchScoring', 'scoring'],
  m: ['markers.mjs', 'benchMarkers', 'what looking for markers of synthetic attacks costs ingest'],
  f: ['observability.mjs', 'benchObservability', 'what watching oneself costs'],
  growth: [
    'growth.mjs',
    'benchGrowth',
    'what an event costs as data grows; `growth 10`: to 10 million, not part of a run of all',
  ],
}
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, help: { type: 'boolean', default: false } },
})
if (values.help) {
  console.log(`npm run bench -- [--json FILE] [PART...]

Measures in one run on one machine, alone on it. --json writes every figure with commit and machine to FILE.
${Object.entries(parts)
  .map(([name, [, , about]]) => `  ${name.padEnd(8)}${about}`)
  .join('\n')}`)
  process.exit(0)
}
const millions = Number(positionals.find((word) => /^\d+$/.test(word)) ?? 1)
const chosen = positionals.filter((word) => !/^\d+$/.test(word))
const unknown = chosen.find((name) => !Object.hasOwn(parts, name))
if (unknown !== undefined) {
  console.error(`there is no part \`${unknown}\`; there are ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}
requireNode()
install()
build()
for (const [name, [file, benchmark]] of Object.entries(parts)) {
  if (chosen.length > 0 ? !chosen.includes(name) : name === 'growth') continue
  const module = await import(pathToFileURL(join(root, 'bench', file)).href)
  await module[benchmark](millions)
}
if (values.json !== undefined) {
  const { reported } = await import(pathToFileURL(join(root, 'bench', 'report.mjs')).href)
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
  const machine = {
    processors: cpus().length,
    model: cpus()[0]?.model,
    memory_bytes: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  }
  const run = { commit, measured_at: new Date().toISOString(), machine, results: reported() }
  writeFileSync(values.json, `${JSON.stringify(run, null, 2)}\n`)
}
