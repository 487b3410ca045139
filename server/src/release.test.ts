import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { VERSION } from './platform/version.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

test('whatever is released has the version of the server', () => {
  expect(() =>
    execFileSync(process.execPath, ['scripts/set-version.mjs', '--check'], { cwd: ROOT, stdio: 'pipe' }),
  ).not.toThrow()
})

test('the changelog has a section of the version', () => {
  const changelog = readFileSync(`${ROOT}CHANGELOG.md`, 'utf8')
  expect(changelog).toMatch(new RegExp(`^## \\[${VERSION.replaceAll('.', '\\.')}\\]`, 'm'))
})
