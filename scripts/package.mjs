// npm run package: this version as an npm package (`npx eviltwin@VERSION`), or as a tarball with an installer.
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
  'THIRD_PARTY_NOTICES.md',
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
/** What `npm ci` needs of a checkout, and the contract, which is a workspace there. */
const LOCKED = [
  '.npmrc',
  'contract/dist',
  'contract/package.json',
  'dashboard/package.json',
  'package-lock.json',
  'package.json',
]
/** Screenshots are half of the documentation's bytes, and the pages themselves are installed. */
const LEFT_OUT = [/^docs\/images(\/|$)/, /\.tsbuildinfo$/]

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: '.' },
    tarball: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run package -- [--tarball] [--out DIRECTORY]

Builds the platform, writes a package of it to DIRECTORY (by default the current one), and prints its path.

  by default  eviltwin-VERSION.tgz, for npm: npm install FILE, or npx FILE start
  --tarball   eviltwin-VERSION.tar.gz with install.sh, for a server with systemd`)
  process.exit(0)
}
requireNode()
install()
build()
const stage = mkdtempSync(join(tmpdir(), 'eviltwin-package-'))
const out = resolve(values.out)
try {
  mkdirSync(out, { recursive: true })
  console.log(values.tarball ? writeTarball() : writeNpmPackage())
} finally {
  rmSync(stage, { recursive: true, force: true })
}

function writeNpmPackage() {
  assemble(stage)
  bundleContract(stage)
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  const windows = process.platform === 'win32'
  const pack = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', out]
  run(windows ? 'npm.cmd' : 'npm', pack, { cwd: stage, stdio: ['ignore', 2, 2], shell: windows })
  return join(out, `eviltwin-${manifest().version}.tgz`)
}

/** With the lockfile: what install.sh installs is what was tested. */
function writeTarball() {
  const name = `eviltwin-${manifest().version}`
  const directory = join(stage, name)
  assemble(directory)
  for (const path of LOCKED) copy(path, directory)
  cpSync(join(root, 'deploy', 'systemd', 'install.sh'), join(directory, 'install.sh'))
  const file = join(out, `${name}.tar.gz`)
  run('tar', ['--create', '--gzip', '--file', file, '--owner=0', '--group=0', name], { cwd: stage })
  return file
}

function assemble(directory) {
  for (const path of CONTENTS) copy(path, directory)
}

function copy(path, directory) {
  cpSync(join(root, path), join(directory, path), {
    recursive: true,
    filter: (source) => !LEFT_OUT.some((pattern) => pattern.test(source.slice(root.length + 1))),
  })
}

/** The contract is no package of its own in any registry. */
function bundleContract(directory) {
  const contract = join(directory, 'node_modules', '@eviltwin', 'contract')
  cpSync(join(root, 'contract', 'package.json'), join(contract, 'package.json'))
  cpSync(join(root, 'contract', 'dist'), join(contract, 'dist'), { recursive: true })
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
