// npm run test:truth [-- --minutes N]: for an hour (or N minutes) mixed traffic, database stops, kills and impatient clients on two
// replicas; then every objective is recomputed from the access logs and compared with what the platform says.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, install, requireNode, root } from './prepare.mjs'

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0 && minutes <= 1440)) {
  console.error('--minutes takes a number above 0, at most 1440')
  process.exit(2)
}
requireNode()
install()
build()
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'end-to-end', 'e2e/truth.e2e.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TRUTH_SECONDS: String(minutes * 60) },
  },
)
process.exit(status ?? 1)
