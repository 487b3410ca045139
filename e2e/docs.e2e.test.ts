import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createInstallation,
  type Installation,
  PASSWORD,
  type RunningServer,
  SENSOR_KEY,
} from './server-process.js'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
/** Where documented commands expect the server. */
const DOCUMENTED_URL = 'http://localhost:8000'

interface Block {
  page: string
  /** Of its first line of code. */
  line: number
  marker: string
  script: string
}

/** The command blocks of a page, in their order. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(ROOT + page, 'utf8')
  return [...text.matchAll(/^( *)```(?:sh|bash|shell|console)\b(.*)\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indent = '', marker = '', script = ''] = match
    return {
      page,
      line: text.slice(0, match.index).split('\n').length + 1,
      marker: marker.trim(),
      script: script.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }
  })
}

const pages = [
  'README.md',
  'docs/quick-start.md',
  ...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !/(^|\/)(\.vitepress|node_modules)\//.test(path))
    .toSorted()
    .map((path) => `docs/${path}`)
    .filter((path) => path !== 'docs/quick-start.md'),
  'CONTRIBUTING.md',
  'SECURITY.md',
  'ARCHITECTURE.md',
]
const blocks = pages.flatMap(blocksOf)

test('every command block of the documentation is run by a test, or states why not', () => {
  expect(blocks.length).toBeGreaterThan(10)
  const unmarked = blocks.filter(({ marker }) => marker !== 'run' && !/^not-run: \S/.test(marker))
  expect(unmarked.map(({ page, line }) => `${page}:${line}`)).toEqual([])
})

test('the site is built, and no link between its pages is dead', async () => {
  const out = mkdtempSync(join(tmpdir(), 'eviltwin-site-'))
  try {
    const vitepress = join(ROOT, 'node_modules/vitepress/bin/vitepress.js')
    await promisify(execFile)(process.execPath, [vitepress, 'build', 'docs', '--outDir', out], { cwd: ROOT })
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('Tutorials')
    expect(readdirSync(join(out, 'docs/tutorials'))).toContain('1-first-honeypot.html')
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
})

describe('in a temporary installation', () => {
  let installation: Installation
  let server: RunningServer
  let directory: string
  beforeAll(async () => {
    installation = await createInstallation({
      ADMIN_PASSWORD: PASSWORD,
      BOOTSTRAP_SENSOR_KEY: SENSOR_KEY,
      CANARY_WEBHOOK_SECRET: 'a secret of the documentation',
    })
    server = await installation.start()
    directory = mkdtempSync(join(tmpdir(), 'eviltwin-docs-'))
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    installation.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  /** Runs a block as a reader would, in one directory for all of them. */
  const run = (script: string) =>
    new Promise<{ code: unknown; output: string }>((resolve) => {
      const command = `set -euo pipefail\n${script.replaceAll(DOCUMENTED_URL, installation.url)}`
      const options = { cwd: directory, env: installation.environment, timeout: 60_000 }
      execFile('bash', ['-c', command], options, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? (error ? error.message : 0), output: stdout + stderr }),
      )
    })

  test.each(blocks.filter(({ marker }) => marker === 'run'))('$page:$line works', async ({ script }) => {
    const { code, output } = await run(script)
    expect(code, output).toBe(0)
  })
})
