import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type MarkdownRenderer } from 'vitepress'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The pages of a folder, by their headings. */
function pagesIn(folder: string): Array<{ text: string; link: string }> {
  return readdirSync(ROOT + folder)
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => {
      const heading = /^# (.+)$/m.exec(readFileSync(`${ROOT}${folder}/${name}`, 'utf8'))?.[1]
      return { text: heading ?? name, link: `/${folder}/${name.replace('.md', '')}` }
    })
}

/** Shows links to code as text: code is in the repository, and not on the site. */
function withoutCodeLinks(md: MarkdownRenderer): void {
  md.core.ruler.push('code-links', ({ tokens }) => {
    for (const { children } of tokens) {
      let isCode = false
      const links = (children ?? []).filter(({ type }) => type === 'link_open' || type === 'link_close')
      for (const link of links) {
        if (link.type === 'link_open') isCode = !/^([a-z]+:|#)|\.md(#|$)/.test(String(link.attrGet('href')))
        if (isCode) Object.assign(link, { type: 'text', tag: '', content: '', nesting: 0 })
      }
    }
  })
}

const page = (text: string, link: string) => ({ text, link })

/** The site: Diátaxis, in the order in which a reader needs it. Pages of the repository's root belong to it. */
export default defineConfig({
  title: 'EvilTwin',
  description: 'A self-hosted cyber-deception platform',
  srcDir: '..',
  srcExclude: [
    '{server,dashboard,contract,e2e,bench,scripts,deploy,node_modules,.changeset,.github}/**',
    'CODE_OF_CONDUCT.md',
  ],
  rewrites: { 'README.md': 'index.md' },
  markdown: { config: withoutCodeLinks },
  // Addresses of a running server; server/src/documentation-links.test.ts checks every other link and anchor.
  ignoreDeadLinks: 'localhostLinks',
  cacheDir: '.vitepress/cache',
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: [
      {
        text: 'Start',
        items: [page('Overview', '/'), page('Quick start', '/docs/quick-start')],
      },
      { text: 'Tutorials', items: pagesIn('docs/tutorials') },
      {
        text: 'How-to',
        items: [
          page('Connect sensors', '/docs/sensors'),
          page('Run decoys', '/docs/decoys'),
          page('Evidence', '/docs/evidence'),
          page('Receive alerts, plant canaries', '/docs/alerts'),
          page('Triage sessions, use feeds', '/docs/triage'),
          page('Operate: TLS, backup, upgrade', '/docs/operating'),
          page('Performance', '/docs/performance'),
          page('Install packages', '/docs/packaging'),
          page('Use the dashboard', '/docs/dashboard'),
          { text: 'Runbooks', collapsed: true, items: pagesIn('docs/runbooks') },
        ],
      },
      {
        text: 'Reference',
        items: [
          page('Settings', '/docs/configuration'),
          ...pagesIn('docs/reference'),
          page('The shell of decoys', '/docs/decoys-shell'),
          page('Problems', '/docs/problems'),
          page('Terminology', '/docs/terminology'),
          page('Compatibility of the API', '/docs/api-compatibility'),
          page('Conformance', '/docs/conformance'),
          page('Changelog', '/CHANGELOG'),
        ],
      },
      {
        text: 'Explanation',
        items: [
          page('Architecture', '/ARCHITECTURE'),
          page('Observability', '/docs/observability'),
          page('Service level objectives', '/docs/slos'),
          page('Security', '/SECURITY'),
          page('Hostile input', '/docs/hostile-input'),
          page('Model card', '/docs/model-card'),
          page('Contributing', '/CONTRIBUTING'),
          { text: 'Decisions', collapsed: true, items: pagesIn('docs/decisions') },
        ],
      },
    ],
  },
})
