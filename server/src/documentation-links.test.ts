import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !/(^|\/)(\.vitepress|node_modules)\//.test(path))
    .map((path) => `docs/${path}`),
]

/** Text without code, in which brackets are no links. */
function proseOf(page: string): string {
  return readFileSync(ROOT + page, 'utf8')
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '))
}

/** The anchors of headings, as GitHub and VitePress make them: `## The log` -> `the-log`. */
function anchorsOf(page: string): Set<string> {
  const headings = readFileSync(ROOT + page, 'utf8').matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** What a link of a page leads to, when it is wrong; null otherwise. */
function faultOf(page: string, link: string): string | null {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : normalize(join(dirname(page), path))
  if (!existsSync(ROOT + target)) return `${page}: ${link} does not exist`
  if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor))
    return `${page}: ${link} is no heading of ${target}`
  return null
}

test('every link and anchor of the documentation leads to something', () => {
  const links = pages.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => ({ page, link })),
  )
  const internal = links.filter(({ link }) => !/^[a-z]+:/.test(link))
  expect(internal.length).toBeGreaterThan(50)
  const faults = internal.map(({ page, link }) => faultOf(page, link)).filter((fault) => fault !== null)
  expect(faults).toEqual([])
})
