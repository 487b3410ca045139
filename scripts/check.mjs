// npm run check: what must hold before a commit. Two lists of steps run beside each other; what a step says is printed when it fails.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root, run } from './prepare.mjs'

const bin = (...path) => join(root, 'node_modules', ...path)
const TSC = bin('typescript', 'bin', 'tsc')

/** Names of steps and what Node runs for them. The types of the server and of the tests take as long as all others. */
const LISTS = [
  {
    'check:types': [TSC, '--build'],
    'check:types-of-tests': [TSC, '-p', 'tsconfig.tests.json'],
  },
  {
    'check:lint': [bin('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings', '.'],
    'check:unused': [bin('knip', 'bin', 'knip.js')],
    'check:notices': [join(root, 'scripts', 'notices.mjs'), '--check'],
    'check:types-of-dashboard': [TSC, '-p', 'dashboard'],
    'check:imports': [
      bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      ...['contract/src', 'server/src', 'dashboard/src'],
    ],
  },
]

const began = performance.now()
// All others read its types.
run(process.execPath, [TSC, '--build', 'contract'])
const failed = (await Promise.all(LISTS.map(runInOrder))).flat()
const seconds = ((performance.now() - began) / 1000).toFixed(0)
if (failed.length > 0) {
  console.error(`\n${failed.join(', ')} failed, after ${seconds} s; npm run NAME runs one alone`)
  process.exit(1)
}
console.log(`Types, lint, imports, unused code and notices are in order (${seconds} s)`)

/** Runs every step of a list, whatever the ones before it came to. @returns the names of those that failed. */
async function runInOrder(list) {
  const names = []
  for (const [name, args] of Object.entries(list)) if (!(await succeeds(args))) names.push(name)
  return names
}

/** Runs Node, and prints what it says when it fails. */
function succeeds(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = []
    child.stdout.on('data', (part) => said.push(part))
    child.stderr.on('data', (part) => said.push(part))
    child.on('close', (code) => {
      if (code !== 0) process.stderr.write(Buffer.concat(said))
      resolve(code === 0)
    })
  })
}
