// npm run bench [-- PART...]: what it costs, as ratios measured side by side in one run.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, install, requireNode, root } from './prepare.mjs'

requireNode()
install()
build()

const parts = {
  a: ['single-events.mjs', 'benchSingleEvents'],
  b: ['batches.mjs', 'benchBatches'],
  cd: ['reads-and-memory.mjs', 'benchReadsAndMemory'],
  e: ['live-feed.mjs', 'benchLiveFeed'],
  g: ['dashboard.mjs', 'benchDashboard'],
  s: ['scoring.mjs', 'benchScoring'],
  f: ['observability.mjs', 'benchObservability'],
}
const chosen = process.argv.slice(2)
for (const [name, [file, benchmark]] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const module = await import(pathToFileURL(join(root, 'bench', file)).href)
  await module[benchmark]()
}
