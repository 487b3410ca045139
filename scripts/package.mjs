// npm run package [-- --out DIRECTORY]: the npm package of this version, as `npx eviltwin@VERSION` gets it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build, install, requireNode, root, run } from './prepare.mjs'

/** What the running platform reads, at the places where its code looks for it. */
const CONTENTS = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'dashboard/dist',
  'deploy',
  'docs',
  'server/bin',
  'server/demo',
  'server/dist',
  'server/migrations',
  'server/models',
  'server/never-block',
  'server/package.json',
  'server/rules',
  'server/slos',
]
/** Screenshots are half of the documentation's bytes, and the pages themselves are installed. */
const LEFT_OUT = [/^docs\/images(\/|$)/, /\.tsbuildinfo$/]

const { values } = parseArgs({
  options: { out: { type: 'string', default: '.' }, help: { type: 'boolean' } },
})
if (values.help) {
  console.log(
    'npm run package [-- --out DIRECTORY]\n\nBuilds the platform and writes eviltwin-VERSION.tgz to DIRECTORY (by default the current one):\n' +
      'install it with npm, or run it with npx.',
  )
  process.exit(0)
}
requireNode()
install()
build()
const stage = mkdtempSync(join(tmpdir(), 'eviltwin-package-'))
try {
  assemble(stage)
  const out = resolve(values.out)
  mkdirSync(out, { recursive: true })
  const windows = process.platform === 'win32'
  const pack = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', out]
  run(windows ? 'npm.cmd' : 'npm', pack, { cwd: stage, stdio: ['ignore', 2, 2], shell: windows })
  console.log(join(out, `eviltwin-${manifest().version}.tgz`))
} finally {
  rmSync(stage, { recursive: true, force: true })
}

/** Copies what the package holds. The contract is no package of its own in any registry, so it is bundled. */
function assemble(directory) {
  for (const path of CONTENTS)
    cpSync(join(root, path), join(directory, path), {
      recursive: true,
      filter: (source) => !LEFT_OUT.some((pattern) => pattern.test(source.slice(root.length + 1))),
    })
  const contract = join(directory, 'node_modules', '@eviltwin', 'contract')
  cpSync(join(root, 'contract', 'package.json'), join(contract, 'package.json'))
  cpSync(join(root, 'contract', 'dist'), join(contract, 'dist'), { recursive: true })
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
}

/** The manifest of the server, whose dependencies are those of the package. */
function manifest() {
  const { private: _, ...server } = JSON.parse(readFileSync(join(root, 'server', 'package.json'), 'utf8'))
  const { description, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return {
    ...server,
    description,
    engines,
    keywords: ['honeypot', 'deception', 'threat-intelligence', 'slo', 'soc'],
    bin: { eviltwin: 'server/bin/eviltwin.mjs' },
    bundleDependencies: ['@eviltwin/contract'],
  }
}
