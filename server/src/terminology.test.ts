import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PAGE = 'docs/terminology.md'
const read = (path: string) => readFileSync(ROOT + path, 'utf8')

/** What people read: documentation, the pages, the API document, the help of the command line, and titles of problems. */
const FOLDERS: ReadonlyArray<readonly [folder: string, files: RegExp]> = [
  ['docs', /\.(md|json)$/],
  ['dashboard/src', /\.tsx$/],
  ['server/src/cli', /\.ts$/],
  ['server/rules', /\.yaml$/],
  ['server/slos', /\.yaml$/],
]
/** The changelog has the former words; notices were written by others. */
const FILES = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'server/src/platform/errors.ts',
]

const avoided = read(PAGE)
  .split('## Words that are not used')[1]
  ?.matchAll(/^- `(.+)`$/gm)
const words = [...(avoided ?? [])].map(([, word]) => word ?? '')
const pattern = new RegExp(`\\b(?:${words.join('|').replaceAll(' ', '\\s+')})\\b`, 'gi')

/** Comments of code are for its readers, not for those of the pages. */
function textOf(path: string): string {
  const text = read(path)
  return /\.tsx?$/.test(path) ? text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '') : text
}

test('words that the terminology replaces are in no text that people read', () => {
  expect(words.length).toBeGreaterThan(10)
  const inFolders = FOLDERS.flatMap(([folder, files]) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => files.test(path) && !/(^|\/)(node_modules|\.vitepress|images)\//.test(path))
      .map((path) => `${folder}/${path}`),
  )
  const paths = [...inFolders, ...FILES].filter((path) => path !== PAGE)
  expect(paths).toContain('docs/alerts.md')
  const found = paths.flatMap((path) =>
    [...textOf(path).matchAll(pattern)].map(([word]) => `${path}: ${word.replaceAll(/\s+/g, ' ')}`),
  )
  expect(found).toEqual([])
})
